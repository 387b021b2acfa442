package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// contentionScenarios are W12: all writers decide about the same events.
func contentionScenarios() []Scenario {
	var scenarios []Scenario
	for _, writers := range []int{4, 16, 64} {
		listed := always
		if writers == 64 {
			listed = notQuick
		}
		scenarios = append(scenarios, Scenario{
			Name: fmt.Sprintf("W12/writers=%d", writers), extents: listed,
			About: fmt.Sprintf("%d writers that all decide about the same tag and repeat what conflicts; one writer alone", writers),
			run:   func(ctx context.Context, l *lab) (Result, error) { return l.contention(ctx, writers) },
		})
	}
	return scenarios
}

func (l *lab) contention(ctx context.Context, writers int) (r Result, err error) {
	s, err := l.newStore(ctx, "contention", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	boundary := tagged("ticket")
	var conflicts atomic.Int64
	wins := make([]atomic.Int64, writers)
	contend := func(ctx context.Context, writer int) (int, error) {
		for {
			last, err := s.Read(ctx, boundary, ports.ReadOptions{Backwards: true, Limit: 1})
			if err != nil {
				return 0, err
			}
			for _, err := range last.Events {
				if err != nil {
					return 0, err
				}
			}
			event := domain.Event{Type: "TicketSold", Tags: []domain.Tag{"ticket"}, Data: data(s.next.take(), dataBytes)}
			_, err = s.Append(ctx, []domain.Event{event}, domain.AppendCondition{FailIfEventsMatch: boundary, After: last.Head})
			if err == nil {
				wins[writer].Add(1)
				return 1, nil
			}
			if !errors.Is(err, ports.ErrConflict) {
				return 0, err
			}
			conflicts.Add(1)
		}
	}
	alone := serial(func(ctx context.Context) (int, error) { return contend(ctx, 0) })
	before := int64(0)
	r, err = l.compare(ctx, comparison{
		metric: rate, store: concurrent(writers, contend),
		baseline: func(ctx context.Context, slice time.Duration) (sample, error) {
			was := wins[0].Load()
			out, err := alone(ctx, slice)
			before += wins[0].Load() - was
			return out, err
		},
	})
	if err != nil {
		return Result{}, err
	}
	wins[0].Add(-before)
	shares := make([]int64, writers)
	total := int64(0)
	for i := range wins {
		shares[i] = wins[i].Load()
		total += shares[i]
	}
	r.Note = fmt.Sprintf("%.1f conflicts for each append that went through; the luckiest writer had %s, the unluckiest %s; baseline: one writer alone",
		float64(conflicts.Load())/float64(max(total, 1)), figureText(float64(slices.Max(shares))), figureText(float64(slices.Min(shares))))
	return r, nil
}
