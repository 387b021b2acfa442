package torture

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// usualGap is the number of calls of which a bug spoils one.
const usualGap = 20

// bugs are mistakes that can be planted between a process and its store.
var bugs = map[string]func(*buggy){
	"acknowledge-before-append": func(b *buggy) {
		b.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			p, err := b.pretend(ctx, len(events))
			go func() { _, _ = b.store.Append(context.WithoutCancel(ctx), events, conditions...) }()
			return p, err
		}
	},
	"acknowledge-and-forget": func(b *buggy) {
		b.append = func(ctx context.Context, events []domain.Event, _ []domain.AppendCondition) (domain.Positions, error) {
			return b.pretend(ctx, len(events))
		}
	},
	"skip-conditions": func(b *buggy) {
		b.append = func(ctx context.Context, events []domain.Event, _ []domain.AppendCondition) (domain.Positions, error) {
			return b.store.Append(ctx, events)
		}
	},
	"check-before-lock": func(b *buggy) {
		b.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			for i, c := range conditions {
				found, err := b.store.Read(ctx, c.FailIfEventsMatch, ports.ReadOptions{After: c.After, Limit: 1})
				if err != nil {
					return domain.Positions{}, err
				}
				for e, err := range found.Events {
					if err != nil {
						return domain.Positions{}, err
					}
					return domain.Positions{}, &ports.ConflictError{Condition: i, After: c.After, Position: e.Position, Type: e.Type, Tags: e.Tags}
				}
			}
			return b.store.Append(ctx, events)
		}
	},
	"after-off-by-one": func(b *buggy) {
		b.gap = 2 // it does harm only when one event came in between
		b.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			moved := slices.Clone(conditions)
			for i := range moved {
				moved[i].After++
			}
			p, err := b.store.Append(ctx, events, moved...)
			if conflict, is := errors.AsType[*ports.ConflictError](err); is {
				conflict.After--
			}
			return p, err
		}
	},
	"split-batches": func(b *buggy) {
		b.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			half := len(events) / 2
			if half == 0 {
				return b.store.Append(ctx, events, conditions...)
			}
			first, err := b.store.Append(ctx, events[:half], conditions...)
			if err != nil {
				return first, err
			}
			second, err := b.store.Append(ctx, events[half:])
			return domain.Positions{First: first.First, Last: second.Last}, err
		}
	},
	"refuse-and-write": func(b *buggy) {
		b.append = func(ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
			if p, err := b.store.Append(ctx, events, conditions...); err != nil {
				return p, err
			}
			return domain.Positions{}, ports.ErrLockTimeout
		}
	},
	"hang": func(b *buggy) {
		b.append = func(context.Context, []domain.Event, []domain.AppendCondition) (domain.Positions, error) {
			select {}
		}
	},
	"die": func(b *buggy) {
		b.append = func(context.Context, []domain.Event, []domain.AppendCondition) (domain.Positions, error) {
			panic("this bug was planted")
		}
	},
	"fail": func(b *buggy) {
		b.read = func(context.Context, domain.Query, ports.ReadOptions) (ports.ReadResult, error) {
			return ports.ReadResult{}, &ports.CorruptError{File: "events/1.jsonl", Want: "a bug that was planted", Got: "found"}
		}
	},
	"stale-read": func(b *buggy) {
		b.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			head := domain.Position(b.seen.Load())
			if options.Before == 0 || options.Before > head {
				options.Before = head + 1
			}
			result, err := b.store.Read(ctx, query, options)
			result.Head = min(result.Head, head)
			return result, err
		}
	},
	"read-loses-an-event": func(b *buggy) {
		b.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
			result, err := b.store.Read(ctx, query, options)
			result.Events = without(result.Events, 1)
			return result, err
		}
	},
	"subscription-loses-an-event": func(b *buggy) {
		b.subscribe = func(events iter.Seq2[domain.SequencedEvent, error]) iter.Seq2[domain.SequencedEvent, error] {
			return without(events, 30)
		}
	},
	"subscription-repeats-an-event": func(b *buggy) {
		b.subscribe = func(events iter.Seq2[domain.SequencedEvent, error]) iter.Seq2[domain.SequencedEvent, error] {
			return func(yield func(domain.SequencedEvent, error) bool) {
				n := 0
				for e, err := range events {
					if n++; !yield(e, err) || (n == 30 && !yield(e, err)) {
						return
					}
				}
			}
		}
	},
}

// Bugs returns the names that [Config.Bug] can have.
func Bugs() []string { return slices.Sorted(maps.Keys(bugs)) }

// buggy is a store with a bug. The functions say what happens to calls that it
// spoils; nil ones are spared.
type buggy struct {
	store
	append    func(context.Context, []domain.Event, []domain.AppendCondition) (domain.Positions, error)
	read      func(context.Context, domain.Query, ports.ReadOptions) (ports.ReadResult, error)
	subscribe func(iter.Seq2[domain.SequencedEvent, error]) iter.Seq2[domain.SequencedEvent, error]
	gap       uint64
	calls     atomic.Uint64
	seen      atomic.Uint64 // a head that was seen some time ago
}

// planted returns s with the bug, s itself for no name.
func planted(bug string, s store) store {
	plant := bugs[bug]
	if plant == nil {
		return s
	}
	b := &buggy{store: s, gap: usualGap}
	plant(b)
	return b
}

// spoils says whether this call is one to spoil.
func (b *buggy) spoils() bool { return b.calls.Add(1)%b.gap == 0 }

// pretend returns the positions that n events would get if nobody else appended.
func (b *buggy) pretend(ctx context.Context, n int) (domain.Positions, error) {
	head, err := b.Head(ctx)
	return domain.Positions{First: head + 1, Last: head + domain.Position(n)}, err
}

func (b *buggy) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	if b.append == nil || !b.spoils() {
		return b.store.Append(ctx, events, conditions...)
	}
	return b.append(ctx, events, conditions)
}

func (b *buggy) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	if b.read != nil && b.spoils() {
		return b.read(ctx, query, options)
	}
	result, err := b.store.Read(ctx, query, options)
	b.seen.Store(uint64(result.Head))
	return result, err
}

func (b *buggy) Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	events := b.store.Subscribe(ctx, query, after)
	if b.subscribe != nil {
		return b.subscribe(events)
	}
	return events
}

// without leaves the n-th event out, from 1.
func without(events iter.Seq2[domain.SequencedEvent, error], n int) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		at := 0
		for e, err := range events {
			if at++; at == n && err == nil {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
