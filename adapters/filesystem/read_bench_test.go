package filesystem_test

import (
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const benchCount = 100_000 // events of a store that is read

// benchStores opens stores of benchCount events, of which each thousandth has the
// tag rare: one with all of them in the last segment, and one with most of them sealed.
func benchStores(b *testing.B, bench func(b *testing.B, dir string)) {
	b.Helper()
	for _, tt := range []struct {
		name        string
		segmentSize int64
	}{{"last segment", 0}, {"sealed segments", 8 << 20}} {
		b.Run(tt.name, func(b *testing.B) {
			dir := b.TempDir()
			store := openStore(b, dir, filesystem.Options{SegmentSize: tt.segmentSize})
			events := benchEvents(1000)
			events[0].Tags = append(events[0].Tags, "rare")
			for range benchCount / len(events) {
				mustAppend(b, store, events...)
			}
			if err := store.Close(); err != nil {
				b.Fatal(err)
			}
			bench(b, dir)
		})
	}
}

func benchRead(b *testing.B, query domain.Query, want int) {
	b.Helper()
	benchStores(b, func(b *testing.B, dir string) {
		b.Helper()
		store := openStore(b, dir, filesystem.Options{})
		b.ReportAllocs()
		for b.Loop() {
			result, err := store.Read(b.Context(), query, ports.ReadOptions{})
			if err != nil {
				b.Fatal(err)
			}
			events := 0
			for _, err := range result.Events {
				if err != nil {
					b.Fatal(err)
				}
				events++
			}
			if events != want {
				b.Fatalf("%d events, want %d", events, want)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*want), "ns/event")
	})
}

func BenchmarkReadOfEverything(b *testing.B) { benchRead(b, domain.All(), benchCount) }

func BenchmarkReadOf100ScatteredEvents(b *testing.B) {
	benchRead(b, domain.NewQuery(domain.Tagged("rare")), benchCount/1000)
}

// What is opened is the last segment; of sealed ones the headers of their index files.
func BenchmarkOpen(b *testing.B) {
	benchStores(b, func(b *testing.B, dir string) {
		b.Helper()
		b.ReportAllocs()
		for b.Loop() {
			store, err := filesystem.Open(b.Context(), dir, filesystem.Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := store.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
