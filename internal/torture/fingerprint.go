package torture

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// fingerprint returns a number that differs, but for bad luck, when anything about
// the event does. It is the same in every process.
func fingerprint(e domain.SequencedEvent) uint64 {
	p := printer{fnv.New64a()}
	p.number(uint64(e.Position))
	p.time(e.RecordedAt)
	p.text(e.Type)
	for _, tag := range e.Tags {
		p.text(string(tag))
	}
	p.text(string(e.Data))
	m := e.Metadata
	p.time(m.OccurredAt)
	for _, text := range []string{m.ID, m.CorrelationID, m.CausationID, m.OperationID, m.UserID} {
		p.text(text)
	}
	for _, key := range slices.Sorted(maps.Keys(m.Values)) {
		p.text(key)
		p.text(m.Values[key])
	}
	return p.Sum64()
}

type printer struct{ hash.Hash64 }

func (p printer) number(n uint64) {
	_, _ = p.Write(binary.LittleEndian.AppendUint64(nil, n)) // a hash takes everything
}

// text is told apart from what follows by its length.
func (p printer) text(s string) {
	p.number(uint64(len(s)))
	_, _ = p.Write([]byte(s)) // a hash takes everything
}

func (p printer) time(t time.Time) {
	p.number(uint64(t.Unix()))
	p.number(uint64(t.Nanosecond()))
}
