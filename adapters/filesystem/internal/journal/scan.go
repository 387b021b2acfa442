package journal

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// Mark is a place between two commits of a segment: everything up to it is whole.
type Mark struct {
	Position   domain.Position // last event before the mark, 0 for none
	Chain      Chain           // chain after that event's batch
	RecordedAt time.Time       // store time of that event
	Offset     int64           // bytes from the start of the segment
}

// Damage says where text stops being a run of whole batches, and why.
type Damage struct {
	Offset    int64 // bytes from the start of the segment
	Position  domain.Position
	Want, Got string
}

// Entry says where an event line stands.
type Entry struct {
	Offset uint32 // from the start of the segment
	Length uint32 // without the newline
	CRC    uint32 // CRC-32C of the line without the newline
}

// Span is the place of a batch with its commit line: from Start up to, not
// including, End, in bytes from the start of the segment.
type Span struct {
	Start, End int64
	Foreign    bool // not all of its lines are in canonical form
}

// Scan walks over the whole batches at the start of text, which begins at mark,
// and calls visit for each event of a batch after the batch proved to be whole.
// It returns the mark behind the last whole batch and, unless nothing but newlines
// follows up to the end of text, the damage that does. Of event only the position, the
// store time, the type and the tags are told. It is valid during the call of visit only;
// its texts are parts of text.
func Scan(text string, mark Mark, visit func(batch Span, entry Entry, event *domain.SequencedEvent)) (Mark, *Damage) {
	return new(Scanner).Scan(text, mark, visit)
}

// Scanner scans one text after another with the memory of one. The zero Scanner is
// ready. It belongs to one goroutine at a time.
type Scanner struct {
	events  []scanned // of one batch
	entries []Entry
	want    []byte
	memory  memory
}

// scanned is what is kept of an event until its batch proved to be whole.
type scanned struct {
	recordedAt time.Time
	typ        string
	tags       []domain.Tag
}

// Scan is [Scan].
func (s *Scanner) Scan(text string, mark Mark, visit func(batch Span, entry Entry, event *domain.SequencedEvent)) (Mark, *Damage) {
	links := newLinks(text, mark.Chain)
	defer links.end()
	return s.scan(text, mark, visit, links)
}

func (s *Scanner) scan(text string, mark Mark, visit func(batch Span, entry Entry, event *domain.SequencedEvent), links *links) (Mark, *Damage) {
	// Of the text before this one may be nothing left.
	s.memory = memory{tags: s.memory.tags, enough: max(s.memory.enough, domain.MaxTags)}
	events, entries, want, memory := s.events, s.entries, s.want, &s.memory
	defer func() { s.events, s.entries, s.want = events, entries, want }()
	var event domain.SequencedEvent
	for at := 0; at < len(text); {
		start, first := at, mark.Position+1
		events, entries, memory.tags = events[:0], entries[:0], memory.tags[:0]
		tags, foreign := 0, false
		damage := func(offset int, want, got string) (Mark, *Damage) {
			return mark, &Damage{
				Offset: mark.Offset + int64(offset-start), Position: first + domain.Position(len(events)),
				Want: want, Got: got,
			}
		}
		if text[at] == '\n' {
			if Fill(text[at:]) {
				return mark, nil
			}
			behind := strings.TrimLeft(text[at:], "\n")
			return mark, behindNewlines(mark, len(text)-at-len(behind), behind)
		}
		for {
			length := strings.IndexByte(text[at:], '\n')
			if length < 0 {
				events = events[:0] // without its commit line none of the batch counts
				return damage(at, "a whole line", fmt.Sprintf("%d bytes without a newline", len(text)-at))
			}
			line := text[at : at+length]
			if strings.HasPrefix(line, commitPrefix) {
				break
			}
			parsed, ok := parseCanonical(line, memory, false)
			if !ok {
				var err error
				if parsed, err = parseAny(line); err != nil {
					return damage(at, "an event line or a commit line", fmt.Sprintf("%s (%v)", excerpt(line), err))
				}
				foreign = true
			}
			if !ok || memory.nul || !fits(&parsed.Event) {
				if err := refusal(&parsed.Event); err != nil {
					return damage(at, "an event that a store takes", fmt.Sprintf("%s (%v)", excerpt(line), err))
				}
			}
			if expected := first + domain.Position(len(events)); parsed.Position != expected {
				return damage(at, "position "+expected.String(), "position "+parsed.Position.String())
			}
			events = append(events, scanned{parsed.RecordedAt, parsed.Type, parsed.Tags})
			tags += len(parsed.Tags)
			entries = append(entries, Entry{
				Offset: uint32(mark.Offset + int64(at-start)), Length: uint32(length), CRC: Checksum(line),
			})
			at += length + 1
		}
		if len(events) == 0 {
			return damage(at, "an event line", "a commit line without events")
		}
		batch := text[start:at]
		commit := Commit{
			First: first, Last: first + domain.Position(len(events)-1),
			Bytes: len(batch), CRC: batchChecksum(batch, entries), Chain: links.next(batch),
		}
		want = AppendCommit(want[:0], commit)
		if !strings.HasPrefix(text[at:], TextOf(want)) {
			got, _, _ := strings.Cut(text[at:], "\n")
			events = events[:0] // the damage concerns the batch from its first event on
			return damage(at, "commit line "+strings.TrimSuffix(string(want), "\n"), got)
		}
		at += len(want)
		span := Span{Start: mark.Offset, End: mark.Offset + int64(at-start), Foreign: foreign}
		memory.enough = max(memory.enough, tags)
		mark.Offset = span.End
		mark.Position, mark.Chain = commit.Last, commit.Chain
		for i := range events {
			e := &events[i]
			if e.recordedAt.After(mark.RecordedAt) {
				mark.RecordedAt = e.recordedAt
			}
			if visit != nil {
				event.Position, event.RecordedAt, event.Type, event.Tags = first+domain.Position(i), e.recordedAt, e.typ, e.tags
				visit(span, entries[i], &event)
			}
		}
	}
	return mark, nil
}

var newline = []byte{'\n'}

// batchChecksum returns the CRC-32C of batch, the lines of entries. With one line
// only its newline has to be added.
func batchChecksum(batch string, entries []Entry) uint32 {
	if len(entries) == 1 {
		return crc32.Update(entries[0].CRC, castagnoli, newline)
	}
	return Checksum(batch)
}

// behindNewlines says that something stands behind the newlines at mark.
func behindNewlines(mark Mark, newlines int, behind string) *Damage {
	return &Damage{
		Offset: mark.Offset + int64(newlines), Position: mark.Position + 1,
		Want: "newlines up to the end of the file", Got: fmt.Sprintf("%s behind %d of them", excerpt(behind), newlines),
	}
}

const excerptBytes = 60

// excerpt quotes the start of a damaged line; control characters are escaped, so
// that what is shown on a terminal is harmless.
func excerpt(line string) string {
	if len(line) > excerptBytes {
		return strconv.Quote(line[:excerptBytes]) + "…"
	}
	return strconv.Quote(line)
}
