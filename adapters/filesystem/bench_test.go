package filesystem_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// benchEvents makes events of some 300 bytes on disk.
func benchEvents(count int) []domain.Event {
	events := make([]domain.Event, count)
	for i := range events {
		events[i] = domain.Event{
			Type: fmt.Sprint("Type", i%20), Tags: []domain.Tag{domain.Tag(fmt.Sprint("a:", i%1000)), "b:2"},
			Data: []byte(`{"x":"` + strings.Repeat("x", 60) + `"}`),
		}
	}
	return events
}

// What an append costs beside its sync shows with -cpuprofile. The sync itself is
// measured by opossum bench.
func BenchmarkAppendBy64Clients(b *testing.B) {
	store := openStore(b, b.TempDir(), filesystem.Options{})
	events := benchEvents(64)
	b.ReportAllocs()
	var clients sync.WaitGroup
	for c := range events {
		clients.Go(func() {
			for i := c; i < b.N; i += len(events) {
				if _, err := store.Append(b.Context(), events[c:c+1]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	clients.Wait()
}

func BenchmarkAppendOf1000Events(b *testing.B) {
	store := openStore(b, b.TempDir(), filesystem.Options{})
	events := benchEvents(1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.Append(b.Context(), events); err != nil {
			b.Fatal(err)
		}
	}
}
