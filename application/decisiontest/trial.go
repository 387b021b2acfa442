package decisiontest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/observe"
	"github.com/opossum-go/opossum/ports"
)

// trial is one run of the command on a store of its own.
type trial struct {
	ctx   context.Context
	clock *clock
	store ports.EventStore
	facts []fact          // facts[i] is at position i+1
	head  domain.Position // of the past
	spy   *spy

	injected []domain.Position // events that the kit stored meanwhile
	err      error
	recorded []domain.SequencedEvent // after the past, without the injected ones
}

// prepare makes a trial a special one before the command is run.
type prepare func(*trial)

// try runs the command on a fresh store with the past of the case.
func (c *Case) try(now time.Time, special prepare) *trial {
	t := c.past.t
	t.Helper()
	tr := c.open(now)
	if special != nil {
		special(tr)
	}
	tr.err = tr.run(tr.ctx, c.run, tr.spy)
	if special != nil && tr.lost() {
		tr.err = tr.run(tr.ctx, c.run, tr.spy) // as its caller would do
	}
	recorded, err := tr.stored()
	if err != nil {
		t.Fatalf("decisiontest: cannot read what was recorded: %v", err)
	}
	tr.recorded = recorded
	return tr
}

// open returns a trial in which the past has happened and nothing else.
func (c *Case) open(now time.Time) *trial {
	t := c.past.t
	t.Helper()
	facts, err := c.past.facts()
	if err != nil {
		t.Fatalf("decisiontest: %v", err)
	}
	tr := &trial{ctx: t.Context(), clock: &clock{}, facts: facts, head: domain.Position(len(facts))}
	tr.store = c.past.open(t, tr.clock)
	tr.spy = &spy{EventStore: tr.store}
	for start := 0; start < len(facts); {
		end := start + 1
		for end < len(facts) && facts[end].age == facts[start].age && end-start < domain.MaxBatchEvents {
			end++
		}
		var batch []domain.Event
		for _, f := range facts[start:end] {
			batch = append(batch, f.event)
		}
		tr.clock.set(now.Add(-facts[start].age))
		if _, err := tr.store.Append(tr.ctx, batch); err != nil {
			t.Fatalf("decisiontest: cannot store the past: %v", err)
		}
		start = end
	}
	tr.clock.set(now)
	return tr
}

func (tr *trial) run(ctx context.Context, run runner, s *spy, more ...application.Option) error {
	return run(observe.With(ctx, s.loaded), s, tr.clock, more...)
}

// stored reads what came after the past.
func (tr *trial) stored() ([]domain.SequencedEvent, error) {
	read, err := tr.store.Read(tr.ctx, domain.All(), ports.ReadOptions{After: tr.head})
	if err != nil {
		return nil, err
	}
	var events []domain.SequencedEvent
	for e, err := range read.Events {
		if err != nil {
			return nil, err
		}
		if !slices.Contains(tr.injected, e.Position) {
			events = append(events, e)
		}
	}
	return events, nil
}

// inject stores events of the kit's own.
func (tr *trial) inject(ctx context.Context, events []domain.Event) error {
	positions, err := tr.store.Append(ctx, events)
	tr.injected = slices.AppendSeq(tr.injected, positions.All())
	return err
}

// boundary returns all that the command depended on.
func (tr *trial) boundary() domain.Query {
	var all domain.Query
	for _, a := range tr.spy.attempts() {
		all = all.Union(a.boundary())
	}
	return all
}

// decisive returns the attempt that tells most: the last that appended, or else
// the last one.
func (tr *trial) decisive() *attempt {
	attempts := tr.spy.attempts()
	for _, a := range slices.Backward(attempts) {
		if a.appended {
			return a
		}
	}
	return attempts[len(attempts)-1]
}

// lostAt returns the index of the first attempt that ended in a conflict, negative
// when none did.
func (tr *trial) lostAt() int { return slices.IndexFunc(tr.spy.attempts(), (*attempt).lost) }

// won reports whether the command has recorded something.
func (tr *trial) won() bool { return tr.err == nil && tr.decisive().won() }

// conflict returns the details of a conflict, the zero value for an error without.
func conflict(err error) *ports.ConflictError {
	details := &ports.ConflictError{}
	errors.As(err, &details)
	return details
}

// clock stands still until it is set.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}
