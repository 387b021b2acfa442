package porcupinetest_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/samber/lo"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// staleReads is a store that now and then shows an older log, as a reader does that
// trusts what it remembers.
type staleReads struct {
	history.Store
	calls atomic.Int64
}

func (s *staleReads) Read(ctx context.Context, query domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	head, err := s.Head(ctx)
	const late = 5
	if err != nil || s.calls.Add(1)%50 > 0 || head <= late {
		return s.Store.Read(ctx, query, o)
	}
	o.Before = head - late + 1
	result, err := s.Store.Read(ctx, query, o)
	result.Head = head - late
	return result, err
}

// checksThenActs is a store that lets others append between check and write. It checks
// all conditions at one moment: that is not its mistake.
type checksThenActs struct{ history.Store }

func (s checksThenActs) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return domain.Positions{}, err
	}
	for i, c := range conditions {
		result, err := s.Read(ctx, c.FailIfEventsMatch, ports.ReadOptions{After: c.After, Before: head + 1, Limit: 1})
		if err != nil {
			return domain.Positions{}, err
		}
		for e, err := range result.Events {
			if err == nil {
				err = &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
			}
			return domain.Positions{}, err
		}
	}
	runtime.Gosched()
	return s.Store.Append(ctx, events)
}

// losesAcks is a store that now and then acknowledges an append which it does not
// make.
type losesAcks struct {
	history.Store
	calls atomic.Int64
}

func (s *losesAcks) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	head, err := s.Head(ctx)
	if err != nil || len(conditions) > 0 || s.calls.Add(1)%20 > 0 {
		return s.Store.Append(ctx, events, conditions...)
	}
	return domain.Positions{First: head + 1, Last: head + domain.Position(len(events))}, nil
}

// decidesAlone is a store whose appends that are made together are each checked
// against the log before all of them, and not against each other.
type decidesAlone struct {
	history.Store
	before *atomic.Uint64 // the head at the last append of every tenth
	calls  atomic.Int64
}

func (s *decidesAlone) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return domain.Positions{}, err
	}
	if s.calls.Add(1)%10 == 0 {
		s.before.Store(uint64(head))
	}
	known := domain.Position(s.before.Load())
	// What came after known is invisible to the check.
	narrowed := lo.Map(conditions, func(c domain.AppendCondition, _ int) domain.AppendCondition {
		if c.After >= known {
			c.After = max(c.After, head)
		}
		return c
	})
	positions, err := s.Store.Append(ctx, events, narrowed...)
	if conflict, ok := errors.AsType[*ports.ConflictError](err); ok {
		again := *conflict
		again.After = conditions[conflict.Condition].After
		return positions, &again
	}
	return positions, err
}

func TestBothJudgesFindAWrongStore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		wrong func(history.Store) history.Store
		rules []history.Rule // one of them is the first that is broken
	}{
		{
			"stale reads", func(s history.Store) history.Store { return &staleReads{Store: s} },
			[]history.Rule{history.Recent, history.SeenWhole},
		},
		{
			"a race between check and write", func(s history.Store) history.Store { return checksThenActs{s} },
			[]history.Rule{history.Guarded},
		},
		{
			"a lost acknowledgement", func(s history.Store) history.Store { return &losesAcks{Store: s} },
			[]history.Rule{history.Durable},
		},
		{
			"appends that are made together and not checked against each other",
			func(s history.Store) history.Store { return &decidesAlone{Store: s, before: new(atomic.Uint64)} },
			[]history.Rule{history.Guarded, history.FirstFailed, history.Named},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const most = 50
			for seed := range uint64(most) {
				store, last := inMemory()
				h := play(t, scene{seed: seed, calls: shortHistory, window: everything, tags: 6, last: last}, tt.wrong(store))
				err, verdict := h.Check(), porcupineSays(h)
				if err == nil && verdict == porcupine.Ok {
					continue // it did not show this time
				}
				var violation *history.ViolationError
				if !errors.As(err, &violation) || !lo.Contains(tt.rules, violation.Rule) {
					t.Errorf("seed %d: Check() = %v, want one of the rules %q to be broken", seed, err, tt.rules)
				}
				if verdict != porcupine.Illegal {
					t.Errorf("seed %d: porcupine says %q of a history with the violation %v", seed, verdict, err)
				}
				t.Log(err)
				return
			}
			t.Errorf("%d histories did not show it", most)
		})
	}
}
