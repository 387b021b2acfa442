package portstest_test

import (
	"context"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// gate holds back whoever passes it until n have come; then it stays open. It
// makes a race come out wrong every time.
type gate struct {
	mu    sync.Mutex
	await int
	open  chan struct{}
}

func newGate(n int) *gate { return &gate{await: n, open: make(chan struct{})} }

func (g *gate) pass(ctx context.Context) {
	g.mu.Lock()
	if g.await--; g.await == 0 {
		close(g.open)
	}
	g.mu.Unlock()
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// holders are those that keep others waiting. The zero value is ready for use.
type holders struct {
	mu   sync.Mutex // guards the rest
	n    int
	none chan struct{} // is closed when n is 0 again
}

// hold keeps others waiting until the function that it returns is called.
func (o *holders) hold() (release func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n++; o.n == 1 {
		o.none = make(chan struct{})
	}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.n--; o.n == 0 {
			close(o.none)
		}
	}
}

// await waits until nobody holds or ctx has ended.
func (o *holders) await(ctx context.Context) {
	o.mu.Lock()
	none := o.none
	o.mu.Unlock()
	if none == nil {
		return
	}
	select {
	case <-none:
	case <-ctx.Done():
	}
}

// checkThenAct lets n appends check their conditions before any of them writes.
func checkThenAct(n int) func(*handle) {
	g := map[*world]*gate{} // one gate for all handles of a world
	var mu sync.Mutex
	return around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
		if len(conditions) == 0 {
			return right(ctx, events, conditions)
		}
		if err := checked(h.everything(ctx), conditions, matches); err != nil {
			return domain.Positions{}, err
		}
		mu.Lock()
		if g[h.world] == nil {
			g[h.world] = newGate(n)
		}
		mine := g[h.world]
		mu.Unlock()
		mine.pass(ctx)
		return right(ctx, events, nil)
	})
}

var concurrencyMutants = []mutant{
	{
		name: "eight appends check before one writes",
		bend: checkThenAct(8),
		breaks: saying{
			"of concurrent appends that demand that nothing exists yet, exactly one wins": "8 of 8 appends that exclude each other were accepted",
			"of concurrent appends under one stale decision, exactly one wins":            "8 of 8 appends that exclude each other were accepted",
			"of concurrent appends that guard two tags together, exactly one wins":        "8 of 8 appends that exclude each other were accepted",
			"a course with three seats takes exactly three of many students":              "8 students got one of 3 seats, want 3",
			"a student who enrols many times at once is enrolled once":                    "the store holds 8 events, want 1",
			"concurrent invoices get numbers without gaps and duplicates":                 "has number 1, want",
			"of appends by two handles that demand an empty store, exactly one wins":      "8 of 8 appends that exclude each other were accepted",
			"of concurrent appends by two handles under one boundary, exactly one wins":   "8 of 8 appends that exclude each other were accepted",
		},
	},
	{
		name: "two appends check before one writes",
		bend: checkThenAct(2),
		breaks: saying{
			"of concurrent appends that demand that nothing exists yet, exactly one wins": "appends that exclude each other were accepted (at [{",
			"a condition on a type and one on a tag over the same event do not both win":  "2 of 2 appends that exclude each other were accepted",
			"a condition on everything and one on a tag do not both win":                  "appends that exclude each other were accepted (at [{",
			"conditions that overlap in one type do not both win":                         "2 of 2 appends that exclude each other were accepted",
			"conditions that overlap in one tag do not both win":                          "2 of 2 appends that exclude each other were accepted",
		},
	},
	{
		name: "appends exclude each other only under the same query",
		bend: func(h *handle) {
			var mu sync.Mutex
			locks := map[string]*sync.Mutex{}
			g := newGate(2)
			around(func(h *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				if len(conditions) == 0 {
					return right(ctx, events, conditions)
				}
				mu.Lock()
				query := conditions[0].FailIfEventsMatch.String()
				if locks[query] == nil {
					locks[query] = &sync.Mutex{}
				}
				own := locks[query]
				mu.Unlock()

				own.Lock()
				defer own.Unlock()
				if err := checked(h.everything(ctx), conditions, matches); err != nil {
					return domain.Positions{}, err
				}
				g.pass(ctx)
				return right(ctx, events, nil)
			})(h)
		},
		breaks: saying{
			"a condition on a type and one on a tag over the same event do not both win": "2 of 2 appends that exclude each other were accepted",
			"a condition on everything and one on a tag do not both win":                 "appends that exclude each other were accepted (at [{",
			"conditions that overlap in one type do not both win":                        "2 of 2 appends that exclude each other were accepted",
			"conditions that overlap in one tag do not both win":                         "2 of 2 appends that exclude each other were accepted",
		},
	},
	{
		name: "concurrent batches mix",
		bend: func(h *handle) {
			g := newGate(2)
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				if len(events) < 2 {
					return right(ctx, events, conditions)
				}
				first, err := right(ctx, events[:1], conditions)
				if err != nil {
					return first, err
				}
				g.pass(ctx)
				_, err = right(ctx, events[1:], nil)
				return domain.Positions{First: first.First, Last: first.First + domain.Position(len(events)) - 1}, err
			})(h)
		},
		breaks: saying{"concurrent appends are all stored, each batch in one piece": "which was acknowledged there"},
	},
	{
		name: "readers see batches that are half written",
		bend: func(h *handle) {
			read := h.read
			torn := make(chan struct{})
			var once sync.Once
			h.read = func(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
				result, err := read(ctx, query, options)
				if result.Head == 1 {
					once.Do(func() { close(torn) })
				}
				return result, err
			}
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				first, err := right(ctx, events[:1], conditions)
				if err != nil {
					return first, err
				}
				select {
				case <-torn:
				case <-ctx.Done():
				}
				_, err = right(ctx, events[1:], nil)
				return domain.Positions{First: first.First, Last: first.First + domain.Position(len(events)) - 1}, err
			})(h)
		},
		breaks: saying{
			"readers during writes see whole batches and a history that only grows": "a reader saw the head at 1 after 0, want it to grow by whole batches of 3",
		},
	},
	{
		name: "appends whose boundaries are disjoint disturb each other",
		bend: func(h *handle) {
			var mu sync.Mutex
			busy := false
			g := newGate(2)
			around(func(_ *handle, right appendFunc, ctx context.Context, events []domain.Event, conditions []domain.AppendCondition) (domain.Positions, error) {
				if len(conditions) == 0 {
					return right(ctx, events, conditions)
				}
				mu.Lock()
				lost := busy
				busy = true
				mu.Unlock()
				g.pass(ctx)
				if lost {
					return domain.Positions{}, fakeConflict(conditions[0])
				}
				defer func() { mu.Lock(); busy = false; mu.Unlock() }()
				return right(ctx, events, conditions)
			})(h)
		},
		breaks: saying{"concurrent appends with disjoint boundaries all succeed": "is fake [], want it accepted"},
	},
}
