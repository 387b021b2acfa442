package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// BenchmarkBatch is what a catch-up does with a step of 5,000 events about one
// of so many keys: it loads the states of the keys that occur, and commits them. An
// op is one batch; what an event and a state cost is reported beside it.
func BenchmarkBatch(b *testing.B) {
	for _, bench := range []struct {
		name string
		keys int
		tags int
	}{
		{"keys=10000/tags=0", 10_000, 0},
		{"keys=10000/tags=2", 10_000, 2},
		{"keys=1000000/tags=0", 1_000_000, 0},
	} {
		b.Run(bench.name, func(b *testing.B) {
			store := openProjections(b, b.TempDir())
			writer, err := store.Acquire(b.Context(), "count")
			if err != nil {
				b.Fatal(err)
			}
			if err := writer.Begin(b.Context(), "v1"); err != nil {
				b.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, 2))
			batch := ports.ProjectionBatch{}
			var states, loading time.Duration
			for b.Loop() {
				batch.After = batch.UpTo
				batch.UpTo += eventsPerBatch
				keys := drawKeys(random, bench.keys)
				began := time.Now()
				before, err := writer.Load(b.Context(), ports.Shadow, keys)
				if err != nil {
					b.Fatal(err)
				}
				loading += time.Since(began)
				batch.Put = batch.Put[:0]
				for _, key := range keys {
					batch.Put = append(batch.Put, counted(key, before[key].Version+1, bench.tags))
				}
				if err := writer.Commit(b.Context(), ports.Shadow, batch); err != nil {
					b.Fatal(err)
				}
				states += time.Duration(len(keys))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*eventsPerBatch), "ns/event")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(states), "ns/state")
			b.ReportMetric(float64(loading.Nanoseconds())/float64(states), "ns/load")
		})
	}
}

// BenchmarkAMillionKeys builds a copy of a million states, which come in the order of
// their keys or in no order, swaps it in, counts it, and drops it. An op is all that.
func BenchmarkAMillionKeys(b *testing.B) {
	const keys, batches = 1_000_000, 200
	for _, order := range []string{"ascending", "random"} {
		b.Run("order="+order, func(b *testing.B) {
			for b.Loop() {
				dir := b.TempDir()
				store := openProjections(b, dir)
				writer, err := store.Acquire(b.Context(), "count")
				if err == nil {
					err = writer.Begin(b.Context(), "v1")
				}
				numbers := rand.New(rand.NewPCG(1, 2)).Perm(keys)
				if order == "ascending" {
					slices.Sort(numbers)
				}
				began, before := time.Now(), heapBytes()
				var most uint64
				batch := ports.ProjectionBatch{}
				for part := range slices.Chunk(numbers, keys/batches) {
					batch.After, batch.Put = batch.UpTo, batch.Put[:0]
					batch.UpTo += keys / batches
					for _, n := range part {
						batch.Put = append(batch.Put, counted(fmt.Sprintf("course:%08d", n), 1, 0))
					}
					if err == nil {
						err = writer.Commit(b.Context(), ports.Shadow, batch)
					}
					if batch.UpTo%100_000 == 0 {
						most = max(most, heapBytes())
					}
				}
				b.ReportMetric(float64(time.Since(began).Nanoseconds())/keys, "ns/state")
				b.ReportMetric(float64(most-min(most, before))/(1<<20), "MB-more-heap")
				phase := func(unit string, do func() error) {
					began := time.Now()
					if err == nil {
						err = do()
					}
					b.ReportMetric(float64(time.Since(began).Milliseconds()), unit)
				}
				phase("ms-swap", func() error { return writer.Swap(b.Context()) })
				phase("ms-count", func() error {
					n, err := store.CountStates(b.Context(), "count")
					if n != keys {
						b.Errorf("%d states, want %d", n, keys)
					}
					return err
				})
				phase("ms-swap-and-drop", func() error {
					return errors.Join(writer.Begin(b.Context(), "v2"), writer.Swap(b.Context()))
				})
				if err = errors.Join(err, store.Close()); err != nil {
					b.Fatal(err)
				}
				file, err := os.Stat(filepath.Join(dir, "count.sqlite"))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(file.Size())/(1<<20), "MB-file")
			}
		})
	}
}

// heapBytes is what the heap of Go holds. The memory of SQLite is not among it, and
// is bounded by its cache.
func heapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

const eventsPerBatch = 5000

func drawKeys(random *rand.Rand, n int) []string {
	drawn := map[string]bool{}
	for range eventsPerBatch {
		drawn[fmt.Sprintf("course:%08d", random.IntN(n))] = true
	}
	keys := make([]string, 0, len(drawn))
	for key := range drawn {
		keys = append(keys, key)
	}
	return keys
}

// counted is a state of some 100 bytes.
func counted(key string, version, tags int) ports.ProjectionState {
	at := time.Date(2026, 1, 2, 9, 0, 0, 123456000, time.UTC).Add(time.Duration(version) * time.Second)
	state := ports.ProjectionState{
		Key: key, Data: fmt.Appendf(nil, `{"course":"%s","name":"Pottery for beginners","subscribed":%d,"capacity":30}`, key, version),
		Version: version, CreatedAt: at, UpdatedAt: at, Position: domain.Position(version),
	}
	if tags > 0 {
		state.Tags = []domain.Tag{domain.Tag("capacity:30"), domain.NewTag("subscribed", fmt.Sprint(version%10))}[:tags]
	}
	return state
}
