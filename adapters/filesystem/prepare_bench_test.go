package filesystem

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// BenchmarkBeforeTheCommit is what an append does before it waits for its commit.
func BenchmarkBeforeTheCommit(b *testing.B) {
	options, err := Options{}.withDefaults()
	if err != nil {
		b.Fatal(err)
	}
	store := &Store{options: options}
	for _, count := range []int{1, 10, 100, 1000, 10_000} {
		events := make([]domain.Event, count)
		for i := range events {
			events[i] = domain.Event{
				Type: fmt.Sprint("Type", i%20), Tags: []domain.Tag{domain.Tag(fmt.Sprint("a:", i%1000)), "b:2"},
				Data: []byte(`{"x":"` + strings.Repeat("x", 60) + `"}`),
			}
		}
		var body []byte
		b.Run(fmt.Sprint("events=", count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				batch, err := store.prepare(events)
				if err != nil {
					b.Fatal(err)
				}
				if body = journal.AppendBodies(body[:0], batch); cap(body) > maxTextKept {
					body = nil
				}
			}
		})
	}
}
