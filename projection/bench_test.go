package projection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

type counted struct {
	Item   string `json:"item"`
	Amount int    `json:"amount"`
}

func (counted) EventType() string    { return "Counted" }
func (e counted) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("item", e.Item)} }

type count struct{ Events, Amount int }

func counts() *projection.Definition[count] {
	return projection.Define[count]("counts", 1, projection.ByTag("item")).With(
		projection.On(func(c count, e counted) count { return count{c.Events + 1, c.Amount + e.Amount} }))
}

// BenchmarkCatchUp counts 1,000,000 events by 10,000 keys. The ratio is how much of
// the rate of a bare loop that reads and unmarshals the same events is left.
func BenchmarkCatchUp(b *testing.B) {
	const events, keys, batch = 1_000_000, 10_000, 1000
	store := memory.New(memory.Options{})
	for i := 0; i < events; i += batch {
		var stored []domain.Event
		for k := i; k < i+batch; k++ {
			e, err := decision.Encode(counted{fmt.Sprint(k * 7919 % keys), k})
			if err != nil {
				b.Fatal(err)
			}
			stored = append(stored, e)
		}
		if _, err := store.Append(b.Context(), stored); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		begin := time.Now()
		result, err := store.Read(b.Context(), counts().Query(), ports.ReadOptions{})
		if err != nil {
			b.Fatal(err)
		}
		total := 0
		for e, err := range result.Events {
			var c counted
			if err != nil || json.Unmarshal(e.Data, &c) != nil {
				b.Fatal(err)
			}
			total += c.Amount
		}
		bare := time.Since(begin)

		begin = time.Now()
		states := memory.NewProjections()
		runner, err := projection.NewRunner(store, states, projection.Options{}, counts())
		if err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- runner.Run(ctx) }()
		if err := counts().View(states).Wait(ctx, events); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begin)
		stop()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(events/took.Seconds(), "events/s")
		b.ReportMetric(events/bare.Seconds(), "bare-events/s")
		b.ReportMetric(bare.Seconds()/took.Seconds(), "ratio")
	}
}
