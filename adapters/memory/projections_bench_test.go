package memory_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// BenchmarkProjectionsCommit writes batches of states beside those that are there;
// ns/put is what one of them costs.
func BenchmarkProjectionsCommit(b *testing.B) {
	const puts = 4000
	for _, keys := range []int{10_000, 1_000_000} {
		for _, tags := range []int{0, 2} {
			b.Run(fmt.Sprintf("keys=%d/tags=%d", keys, tags), func(b *testing.B) {
				writer := builtProjection(b, memory.NewProjections(), keys, tags)
				random := rand.New(rand.NewPCG(1, 2))
				batches := make([]ports.ProjectionBatch, 8)
				for i := range batches {
					for _, n := range random.Perm(keys)[:puts] {
						batches[i].Put = append(batches[i].Put, benchState(n, tags))
					}
				}
				b.ReportAllocs()
				for n := 0; b.Loop(); n++ {
					batch := batches[n%len(batches)]
					batch.After, batch.UpTo = domain.Position(1+n), domain.Position(2+n)
					if err := writer.Commit(b.Context(), ports.Live, batch); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*puts), "ns/put")
			})
		}
	}
}

// BenchmarkProjectionsPage reads pages of 50 states while commits add states.
func BenchmarkProjectionsPage(b *testing.B) {
	store := memory.NewProjections()
	builtProjection(b, store, 100_000, 2)
	for _, tags := range [][]domain.Tag{nil, {"half:1"}, {"half:1", "tenth:3"}} {
		b.Run(fmt.Sprintf("tags=%d", len(tags)), func(b *testing.B) {
			after := ""
			b.ReportAllocs()
			for b.Loop() {
				seen := 0
				for state, err := range store.States(b.Context(), "bench", ports.StateSelection{Tags: tags, Limit: 50, After: after}) {
					if err != nil {
						b.Fatal(err)
					}
					seen++
					after = state.Key
				}
				if seen < 50 {
					after = ""
				}
			}
		})
	}
}

func builtProjection(b *testing.B, store *memory.Projections, keys, tags int) ports.ProjectionWriter {
	b.Helper()
	writer, err := store.Acquire(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	all := ports.ProjectionBatch{UpTo: 1}
	for n := range keys {
		all.Put = append(all.Put, benchState(n, tags))
	}
	if err := writer.Begin(b.Context(), "v1"); err != nil {
		b.Fatal(err)
	}
	if err := writer.Commit(b.Context(), ports.Shadow, all); err != nil {
		b.Fatal(err)
	}
	if err := writer.Swap(b.Context()); err != nil {
		b.Fatal(err)
	}
	return writer
}

func benchState(n, tags int) ports.ProjectionState {
	at := time.Date(2031, time.March, 5, 14, 7, 9, 0, time.UTC)
	return ports.ProjectionState{
		Key: fmt.Sprintf("item-%07d", n*7919%1_000_003), Data: fmt.Appendf(nil, `{"count":%d,"last":"2031-03-05T14:07:09Z"}`, n),
		Tags:    []domain.Tag{domain.Tag(fmt.Sprint("half:", n%2)), domain.Tag(fmt.Sprint("tenth:", n%10))}[:tags],
		Version: 1, CreatedAt: at, UpdatedAt: at, Position: domain.Position(n),
	}
}
