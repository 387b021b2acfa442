package index_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

const million = 1_000_000

// largePart is an index of a million events with two tags: one of 200,000 students
// and one of 1,000 courses.
var largePart = sync.OnceValue(func() *index.Memory {
	m := index.NewMemory(1)
	fill(m, million)
	return m
})

var largeFile = sync.OnceValues(func() ([]byte, error) {
	return largePart().Encode(index.Info{First: 1, Last: million})
})

// fill adds events to m. The names are made beforehand.
func fill(m *index.Memory, events int) {
	rng := rand.New(rand.NewPCG(1, 2))
	types, students, courses := names("Type", 20), names("student:", 200_000), names("course:", 1000)
	for range events {
		tags := [2]domain.Tag{domain.Tag(courses[rng.IntN(1000)]), domain.Tag(students[rng.IntN(200_000)])}
		m.Add(journal.Entry{Offset: rng.Uint32(), Length: 300, CRC: rng.Uint32()}, types[rng.IntN(20)], tags[:])
	}
}

func names(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return all
}

func largeForms(b *testing.B) map[string]index.Part {
	b.Helper()
	file, err := largeFile()
	if err != nil {
		b.Fatal(err)
	}
	sidecar, err := index.OpenSidecar(file)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]index.Part{"memory": largePart(), "sidecar": sidecar}
}

// BenchmarkAdd reports the time of one event with two tags: one of 1,000 courses
// and one of the given number of students. The texts lie one behind the other in
// memory, as those of a segment do.
func BenchmarkAdd(b *testing.B) {
	const events = 250_000 // about a segment of 64 MiB
	for _, students := range []int{20_000, 200_000} {
		b.Run(fmt.Sprintf("students=%d", students), func(b *testing.B) {
			b.ReportAllocs()
			rng := rand.New(rand.NewPCG(1, 2))
			var text strings.Builder
			var places []int
			put := func(format string, n int) {
				fmt.Fprintf(&text, format, rng.IntN(n))
				places = append(places, text.Len())
			}
			for range events {
				put("Type%d", 20)
				put("course:%d", 1000)
				put("student:%d", students)
			}
			whole, tags := text.String(), make([]domain.Tag, 2)
			var m *index.Memory
			next, at := events, 0
			for b.Loop() {
				if next == events {
					m, next, at = index.NewMemory(1), 0, 0
				}
				ends := places[3*next : 3*next+3]
				tags[0], tags[1] = domain.Tag(whole[ends[0]:ends[1]]), domain.Tag(whole[ends[1]:ends[2]])
				m.Add(journal.Entry{}, whole[at:ends[0]], tags)
				next, at = next+1, ends[2]
			}
		})
	}
}

// BenchmarkQuery reports the time of a whole query: cursor and walk.
func BenchmarkQuery(b *testing.B) {
	rare := domain.Tag("student:1234")
	for _, bench := range []struct {
		name  string
		query domain.Query
		from  domain.Position
	}{
		{"check/type-and-hot-tag", domain.NewQuery(domain.OfTypes("Type3").Tagged("course:7")), million - 500},
		{"check/type-and-rare-tag", domain.NewQuery(domain.OfTypes("Type3").Tagged(rare)), million - 500},
		{"check/two-items", domain.NewQuery(domain.OfTypes("Type3").Tagged("course:7"), domain.OfTypes("Type4").Tagged(rare)), million - 500},
		{"unknown-tag", domain.NewQuery(domain.Tagged("student:none")), 1},
		{"rare-tag", domain.NewQuery(domain.Tagged(rare)), 1},
		{"hot-tag", domain.NewQuery(domain.Tagged("course:7")), 1},
		{"hot-tag-and-type", domain.NewQuery(domain.OfTypes("Type3").Tagged("course:7")), 1},
		{"two-tags", domain.NewQuery(domain.Tagged("course:7", rare)), 1},
		{"100-hits", domain.NewQuery(domain.Tagged("course:7")), million - 100_000},
		{"type", domain.NewQuery(domain.OfTypes("Type3")), 1},
	} {
		for _, form := range []string{"memory", "sidecar"} {
			b.Run(bench.name+"/form="+form, func(b *testing.B) {
				b.ReportAllocs()
				part := largeForms(b)[form]
				hits := 0
				for b.Loop() {
					hits = 0
					c, err := part.Cursor(bench.query)
					at, err2 := c.Next(bench.from, million)
					for ; at != 0; at, err2 = c.Next(at+1, million) {
						hits++
					}
					if err != nil || err2 != nil {
						b.Fatal(err, err2)
					}
				}
				b.ReportMetric(float64(hits), "hits")
			})
		}
	}
}

// BenchmarkEntry reports the time of finding one line.
func BenchmarkEntry(b *testing.B) {
	for form, part := range largeForms(b) {
		b.Run("form="+form, func(b *testing.B) {
			position := domain.Position(0)
			for b.Loop() {
				position = (position+7919)%million + 1
				if _, err := part.Entry(position); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode reports the time and the length of the file of a million events.
func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	m := largePart()
	for b.Loop() {
		file, err := m.Encode(index.Info{First: 1, Last: million})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(file)))
		b.ReportMetric(float64(len(file))/million, "bytes/event")
	}
}

// BenchmarkOpenSidecar reports the time of opening the file of a million events
// and of the first query, which checks the blocks that it touches.
func BenchmarkOpenSidecar(b *testing.B) {
	b.ReportAllocs()
	file, err := largeFile()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := index.OpenSidecar(file)
		if err != nil {
			b.Fatal(err)
		}
		c, err := s.Cursor(domain.NewQuery(domain.Tagged("student:1234")))
		if err != nil {
			b.Fatal(err)
		}
		if at, err := c.Next(1, million); at == 0 || err != nil {
			b.Fatal(at, err)
		}
	}
}
