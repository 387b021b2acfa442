package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// recent is how many events arrived since the decisions whose conditions are
// checked.
const recent = 500

// conditionScenarios append to the large store under conditions.
func conditionScenarios() []Scenario {
	check := func(name, about string, condition func(i uint64, head domain.Position) domain.AppendCondition) Scenario {
		return Scenario{
			Name: name, About: about + "; an append that fails its only condition",
			run: func(ctx context.Context, l *lab) (Result, error) { return l.check(ctx, condition) },
		}
	}
	since := func(head domain.Position) domain.Position { return max(head, recent) - recent }
	return []Scenario{
		{
			Name: "conditional", About: "one client appends one event after the other under a condition; the same without",
			run: func(ctx context.Context, l *lab) (Result, error) { return l.conditional(ctx) },
		},
		check("check", "one condition, type and hot tag among the last 500 events", func(i uint64, head domain.Position) domain.AppendCondition {
			return domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes(typeName(i)).Tagged(hotTag(mix(i)))), After: since(head)}
		}),
		check("check/tag", "one condition, a tag that few events have among the last 500 events", func(i uint64, head domain.Position) domain.AppendCondition {
			return domain.AppendCondition{FailIfEventsMatch: tagged(uniformTag(mix(i))), After: since(head)}
		}),
		check("check/new", "one condition, a tag that no event has among all events", func(i uint64, _ domain.Position) domain.AppendCondition {
			return domain.AppendCondition{FailIfEventsMatch: tagged(domain.NewTag("new", fmt.Sprint(i)))}
		}),
	}
}

func (l *lab) conditional(ctx context.Context) (Result, error) {
	s, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	plain := s.appends(1, 1)
	r, err := l.compare(ctx, comparison{
		metric: latency, baseline: plain, store: s.conditional(), against: "to " + s.rate() + "; baseline: the same without a condition",
	})
	return s.judged(r), err
}

// conditional is the probe of one client that appends one event after the other
// under the condition that no event of a type and a hot tag came since it last
// looked.
func (s *large) conditional() probe {
	queries := make([]domain.Query, 256)
	for i := range queries {
		queries[i] = domain.NewQuery(domain.OfTypes(typeName(uint64(i))).Tagged(hotTag(mix(uint64(i)))))
	}
	var head domain.Position
	turn, ready := 0, s.supply()
	store := serial(func(ctx context.Context) (int, error) {
		turn++
		positions, err := s.Append(ctx, ready.take(1), domain.AppendCondition{FailIfEventsMatch: queries[turn%len(queries)], After: head})
		head = positions.Last
		return 1, err
	})
	return func(ctx context.Context, slice time.Duration) (_ sample, err error) {
		if head, err = s.Head(ctx); err != nil {
			return sample{}, err
		}
		return store(ctx, slice)
	}
}

// check measures what one more condition that holds costs an append that is
// refused. An append is checked condition by condition, so one with many that
// hold and a last one that fails takes that much longer than one with the last
// one alone; nothing is written by either.
func (l *lab) check(ctx context.Context, condition func(uint64, domain.Position) domain.AppendCondition) (Result, error) {
	s, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	many, err := s.holding(ctx, condition)
	if err != nil {
		return Result{}, err
	}
	last := many[len(many)-1:]
	holding := float64(len(many) - 1)
	event := s.next.batch(1, usualEvents)
	refused := func(ctx context.Context, conditions []domain.AppendCondition) (time.Duration, error) {
		began := time.Now()
		_, err := s.Append(ctx, event, conditions...)
		took := time.Since(began)
		if !errors.Is(err, ports.ErrConflict) {
			return 0, fmt.Errorf("an append whose condition does not hold: %w, want a conflict", err)
		}
		return took, nil
	}
	r, err := l.compare(ctx, comparison{
		metric: latency,
		baseline: serial(func(ctx context.Context) (int, error) {
			_, err := refused(ctx, last)
			return 1, err
		}),
		store: func(ctx context.Context, slice time.Duration) (sample, error) {
			var s sample
			for began := time.Now(); time.Since(began) < slice || s.Events == 0; s.Events++ {
				alone, err := refused(ctx, last)
				if err != nil {
					return s, err
				}
				all, err := refused(ctx, many)
				if err != nil {
					return s, err
				}
				s.Latencies = append(s.Latencies, time.Duration(float64(all-alone)/holding))
			}
			return s, nil
		},
		against: fmt.Sprintf("of %s; (append with %d conditions - append with 1) / %.0f, all refused; baseline: a refused append with 1, with its locks and the reading of the event that it names",
			s.rate(), len(many), holding),
	})
	return s.judged(r), err
}

// holding returns as many conditions as an append may have: all hold but the last
// one.
func (s *large) holding(ctx context.Context, condition func(uint64, domain.Position) domain.AppendCondition) ([]domain.AppendCondition, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return nil, err
	}
	var conditions []domain.AppendCondition
	for i := uint64(0); len(conditions) < domain.MaxConditions-1; i++ {
		if i > 100*domain.MaxConditions {
			return nil, errors.New("no conditions that hold: the store is too small, or it finds events that are not there")
		}
		c := condition(i, head)
		hits, err := count(ctx, s, c.FailIfEventsMatch, ports.ReadOptions{After: c.After, Limit: 1})
		if err != nil {
			return nil, err
		}
		if hits == 0 {
			conditions = append(conditions, c)
		}
	}
	return append(conditions, domain.AppendCondition{FailIfEventsMatch: domain.All(), After: head - 1}), nil
}
