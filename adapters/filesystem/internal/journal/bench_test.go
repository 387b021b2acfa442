package journal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// usual is an event whose line has about 300 bytes: one type, two tags, an id, a
// time of its own and small data.
func usual(position domain.Position) domain.SequencedEvent {
	return domain.SequencedEvent{
		Position: position, RecordedAt: recorded.Add(time.Duration(position) * 123_456_789),
		Event: domain.Event{
			Type: "StudentSubscribedToCourse",
			Tags: []domain.Tag{domain.Tag(fmt.Sprintf("course:%06d", position%1000)), domain.Tag(fmt.Sprintf("student:%06d", position%10_000))},
			Data: json.RawMessage(fmt.Sprintf(`{"course":"%06d","student":"%06d","seat":%d,"paid":true}`, position%1000, position%10_000, position%40)),
			Metadata: domain.Metadata{
				ID: fmt.Sprintf("01938a4e-7c1f-7e21-9a53-%012x", position), OccurredAt: recorded.Add(time.Duration(position) * 123_450_000),
			},
		},
	}
}

// usualText is a segment of usual events in batches of the given size.
func usualText(events, batch int) *text {
	x := newText(1)
	for i := 0; i < events; i += batch {
		var b []domain.SequencedEvent
		for j := range batch {
			b = append(b, usual(domain.Position(i+j+1)))
		}
		x.add(b...)
	}
	return x
}

// BenchmarkScan walks over whole segments. BenchmarkHashesOfAScan is
// the limit: the hashes of such a text, with nothing else done.
func BenchmarkScan(b *testing.B) {
	for _, batch := range []int{1, 10, 1000} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			rest := usualText(10_000, batch).bytes[len(newText(1).bytes):]
			b.SetBytes(int64(len(rest)))
			b.ReportAllocs()
			count := 0
			for b.Loop() {
				if _, damage := journal.Scan(rest, from(), func(journal.Span, journal.Entry, *domain.SequencedEvent) { count++ }); damage != nil {
					b.Fatal(damage)
				}
			}
			b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkHashesOfAScan(b *testing.B) {
	rest := usualText(10_000, 1000).bytes
	for _, tt := range []struct {
		name string
		work func()
	}{
		{"crc", func() { journal.Checksum(rest) }},
		{"crc+sha256", func() { journal.Checksum(rest); journal.Genesis(rest) }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.SetBytes(int64(len(rest)))
			for b.Loop() {
				tt.work()
			}
		})
	}
}

// BenchmarkDecode takes lines apart as a read does: a copy of each into memory that
// the event keeps, its checksum, its fields. "copy+crc" is the limit: what remains
// when nothing is decoded.
func BenchmarkDecode(b *testing.B) {
	const events = 10_000
	var lines [][]byte
	size := 0
	for i := range events {
		e := usual(domain.Position(i + 1))
		line := journal.AppendEvent(nil, &e)
		lines = append(lines, line[:len(line)-1])
		size += len(line)
	}
	var types journal.Interner
	together := journal.NewDecoder(&types)
	var e domain.SequencedEvent
	for _, tt := range []struct {
		name string
		work func(line []byte) error
	}{
		{"crc", func(line []byte) error { journal.Checksum(journal.TextOf(line)); return nil }},
		{"copy+crc", func(line []byte) error { journal.Checksum(string(line)); return nil }},
		{"copy+crc+decode", func(line []byte) error {
			line = bytes.Clone(line)
			journal.Checksum(journal.TextOf(line))
			_, err := journal.Decode(line, &types)
			return err
		}},
		{"copy+crc+decode/proven", func(line []byte) error {
			line = bytes.Clone(line)
			journal.Checksum(journal.TextOf(line))
			return together.Decode(&e, line, true)
		}},
		{"decode/proven", func(line []byte) error {
			return together.Decode(&e, line, true)
		}},
		{"decode", func(line []byte) error {
			_, err := journal.Decode(line, &types)
			return err
		}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for i, line := range lines {
					if i%14 == 0 {
						together.Together(14)
					}
					if err := tt.work(line); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N)*events/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkAppendLine(b *testing.B) {
	e := usual(123456)
	recorded := journal.AppendTime(nil, e.RecordedAt)
	var encoder journal.Encoder
	var body, dst []byte
	b.ReportAllocs()
	for b.Loop() {
		body = encoder.AppendBody(body[:0], &e.Event)
		dst = journal.AppendLine(dst[:0], e.Position, recorded, body)
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkAppendCommit(b *testing.B) {
	c := journal.Commit{First: 12345, Last: 12345, Bytes: 312, CRC: 0x12345678, Chain: journal.Genesis(storeID)}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = journal.AppendCommit(dst[:0], c)
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkChain(b *testing.B) {
	e := usual(123456)
	line := string(journal.AppendEvent(nil, &e))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	chain := journal.Genesis(storeID)
	for b.Loop() {
		chain = chain.Next(line)
	}
}

func BenchmarkChecksum(b *testing.B) {
	e := usual(123456)
	line := string(journal.AppendEvent(nil, &e))
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		journal.Checksum(line)
	}
}
