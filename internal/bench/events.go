package bench

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
)

const (
	// eventBytes is the size of the usual event, as the line that the filesystem
	// adapter stores, and so of what a raw baseline writes for it.
	eventBytes = 300

	types       = 20
	uniformTags = 150_000
	zipfTags    = 49_000
	hotTags     = 1_000
	// caseEvents carry the tag of one case, scattered evenly over the large store.
	caseEvents = 100
)

// numbers hands out the numbers of events, from 0. Safe for concurrent use.
type numbers struct{ next atomic.Uint64 }

func (n *numbers) take() uint64 { return n.next.Add(1) - 1 }

// mix spreads i over all 64 bits (the finaliser of splitmix64).
func mix(i uint64) uint64 {
	i += 0x9e3779b97f4a7c15
	i = (i ^ i>>30) * 0xbf58476d1ce4e5b9
	i = (i ^ i>>27) * 0x94d049bb133111eb
	return i ^ i>>31
}

func typeName(i uint64) string { return fmt.Sprintf("OrderEvent%02d", i%types) }

func uniformTag(i uint64) domain.Tag { return domain.Tag(fmt.Sprintf("order:%06d", i%uniformTags)) }
func zipfTag(i uint64) domain.Tag    { return domain.Tag(fmt.Sprintf("item:%05d", i%zipfTags)) }
func hotTag(i uint64) domain.Tag     { return domain.Tag(fmt.Sprintf("shop:%03d", i%hotTags)) }
func caseTag(i uint64) domain.Tag    { return domain.Tag(fmt.Sprintf("case:%03d", i)) }

// cases is how many cases a store of so many events has, each with caseEvents.
func cases(events int) uint64 { return max(1, uint64(events)/(100*caseEvents)) }

// event returns the event with number i of a store of so many: one of 20 types
// and 2 or 3 tags, of which one of 150,000 is as likely as another, one of 49,000
// follows Zipf's law, and one of 1,000 stands on every thousandth event. Of a
// hundred events one belongs to a case, and each case has 100 events.
func event(i uint64, of int) domain.Event {
	random := mix(i)
	tags := make([]domain.Tag, 0, 3)
	tags = append(tags, uniformTag(random>>8), hotTag(i))
	switch {
	case i%100 == 0:
		tags = append(tags, caseTag(i/100%cases(of)))
	case random%2 == 0:
		tags = append(tags, zipfTag(zipf(random>>32)))
	}
	return domain.Event{Type: typeName(random >> 3), Tags: tags, Data: data(i, dataBytes)}
}

// zipf turns 32 random bits into a rank: each power of two of ranks is as likely
// as the next, which is Zipf's law with exponent 1.
func zipf(random uint64) uint64 {
	const octaves = 16
	octave := random % octaves
	return (1<<octave - 1 + random/octaves%(1<<octave)) % zipfTags
}

// dataBytes makes the line of a usual event about eventBytes long.
const dataBytes = 54

// data returns a JSON object of the given size in bytes, at least 30, that differs from
// number to number.
func data(i uint64, size int) json.RawMessage {
	text := make([]byte, 0, size)
	text = fmt.Appendf(text, `{"number":%d,"text":"`, i)
	for len(text) < size-2 {
		text = append(text, 'a'+byte((i+uint64(len(text)))%26))
	}
	return append(text, `"}`...)
}

// batch returns the next n events.
func (n *numbers) batch(size, of int) []domain.Event {
	events := make([]domain.Event, size)
	for i := range events {
		events[i] = event(n.take(), of)
	}
	return events
}
