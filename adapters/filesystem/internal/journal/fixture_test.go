package journal_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

const storeID = "0192f0c1-7a3b-7c44-9d55-2f1e6a7b8c9d"

var recorded = time.Date(2026, 3, 4, 5, 6, 7, 89, time.UTC)

// full is an event with every field in use and every character that needs care.
func full(position domain.Position) domain.SequencedEvent {
	return domain.SequencedEvent{
		Position: position, RecordedAt: recorded,
		Event: domain.Event{
			Type: `Say "hi"\` + "\n\r\t\x01\x1f\x7f",
			Tags: []domain.Tag{`a:"quoted"`, "b:ü€😀\u2028", "c:<&>"},
			Data: json.RawMessage(`{"n":1.50e+3,"s":"\u00fc\"\\","a":[null,true,{}],"commit":{"first":1}}`),
			Metadata: domain.Metadata{
				ID: "id-1", OccurredAt: time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", -(9*3600+30*60))),
				CorrelationID: "corr/1", CausationID: "cause\t1", OperationID: "op é", UserID: `u"1"`,
				Values: map[string]string{"z": "last", "a": "", "k\n": `v\`},
			},
		},
	}
}

func plain(position domain.Position) domain.SequencedEvent {
	return domain.SequencedEvent{
		Position: position, RecordedAt: recorded.Add(time.Duration(position) * time.Millisecond),
		Event: domain.Event{Type: "Moved", Tags: []domain.Tag{"box:1"}, Data: json.RawMessage(`{"to":"shelf"}`)},
	}
}

// text is a segment that is being made by hand.
type text struct {
	bytes string
	mark  journal.Mark // behind the last batch
	ends  []int        // lengths of the text at the header and at each batch
}

// newText begins a segment with its header.
func newText(first domain.Position) *text {
	chain := journal.Genesis(storeID)
	header := string(journal.AppendHeader(nil, journal.Header{Store: storeID, First: first, Chain: chain}))
	return &text{
		bytes: header, ends: []int{len(header)},
		mark: journal.Mark{Position: first - 1, Chain: chain, Offset: int64(len(header))},
	}
}

// add appends a batch with the given events.
func (x *text) add(events ...domain.SequencedEvent) {
	var all []string
	for i := range events {
		all = append(all, string(lineOf(events[i])))
	}
	x.addLines(all...)
	x.mark.RecordedAt = events[len(events)-1].RecordedAt
}

// addLines appends a batch of the given lines. The store time of the mark stays.
func (x *text) addLines(all ...string) {
	batch := strings.Join(all, "\n") + "\n"
	commit := journal.Commit{
		First: x.mark.Position + 1, Last: x.mark.Position + domain.Position(len(all)),
		Bytes: len(batch), CRC: journal.Checksum(batch), Chain: x.mark.Chain.Next(batch),
	}
	x.bytes += batch + string(journal.AppendCommit(nil, commit))
	x.mark.Position, x.mark.Chain, x.mark.Offset = commit.Last, commit.Chain, int64(len(x.bytes))
	x.ends = append(x.ends, len(x.bytes))
}

// small is a segment of four batches with five events.
func small() *text {
	x := newText(1)
	x.add(plain(1))
	x.add(plain(2), full(3))
	x.mark.RecordedAt = plain(2).RecordedAt
	x.add(plain(4))
	x.add(plain(5))
	return x
}

// found is what a scan found.
type found struct {
	mark   journal.Mark
	damage *journal.Damage
	events []domain.SequencedEvent
	spans  []journal.Span
}

// told is what a scan tells of e.
func told(e domain.SequencedEvent) domain.SequencedEvent {
	return domain.SequencedEvent{Position: e.Position, RecordedAt: e.RecordedAt, Event: domain.Event{Type: e.Type, Tags: e.Tags}}
}

// from is where the batches of a segment begin that was made with newText(1).
func from() journal.Mark { return newText(1).mark }

// scan walks over what follows the header of s, a segment with first position 1.
func scan(t testing.TB, s string) found {
	t.Helper()
	from := from()
	var f found
	f.mark, f.damage = journal.Scan(s[from.Offset:], from, func(span journal.Span, entry journal.Entry, line *domain.SequencedEvent) {
		at := s[entry.Offset:][:entry.Length]
		if journal.Checksum(at) != entry.CRC {
			t.Errorf("entry %+v has another checksum than its line %q", entry, at)
		}
		if int64(entry.Offset) < span.Start || int64(entry.Offset+entry.Length) >= span.End {
			t.Errorf("entry %+v lies outside of its batch %+v", entry, span)
		}
		own, err := journal.Decode([]byte(at), nil)
		if err != nil {
			t.Fatalf("the line %q is accepted by a scan and not by a read: %v", at, err)
		}
		checkEvent(t, *line, told(own))
		f.events = append(f.events, own)
		f.spans = append(f.spans, span)
	})
	seen := 0
	mark, damage := journal.ScanOfMuch(s[from.Offset:], from, func(journal.Span, journal.Entry, *domain.SequencedEvent) { seen++ })
	if mark != f.mark || seen != len(f.events) || !reflect.DeepEqual(damage, f.damage) {
		t.Errorf("as much text: mark %+v with %d events, damage %+v; want %+v with %d, %+v", mark, seen, damage, f.mark, len(f.events), f.damage)
	}
	return f
}

// lines returns the lines of s with their newlines.
func lines(s string) []string {
	all := strings.SplitAfter(s, "\n")
	return all[:len(all)-1]
}
