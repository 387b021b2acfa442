package history

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Store is the part of a store that is recorded.
type Store interface {
	ports.Appender
	ports.Reader
}

// Recorder writes a history down. The zero Recorder is ready. Safe for concurrent
// use.
type Recorder struct {
	clock atomic.Uint64

	mu      sync.Mutex // guards the fields below
	appends []Append
	reads   []Read
}

// Client is a store whose calls are recorded. Safe for concurrent use.
type Client struct {
	recorder *Recorder
	name     string
	store    Store
	appends  atomic.Uint64
}

var _ Store = (*Client)(nil)

// Client returns store as the client with a name sees it. Names must differ:
// they are part of the ids that events get.
func (r *Recorder) Client(name string, store Store) *Client {
	return &Client{recorder: r, name: name, store: store}
}

// History returns what was recorded, with the log that the store holds.
func (r *Recorder) History(log []domain.SequencedEvent) History {
	r.mu.Lock()
	defer r.mu.Unlock()
	return History{Appends: slices.Clone(r.appends), Reads: slices.Clone(r.reads), Log: log}
}

func (r *Recorder) tick() Tick { return Tick(r.clock.Add(1)) }

// Append gives each event an id, in place of its own if it has one, and appends.
// An append of invalid input is not recorded, so that it must leave no trace.
func (c *Client) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	named := slices.Clone(events)
	n := c.appends.Add(1)
	for i := range named {
		named[i].Metadata.ID = fmt.Sprintf("%s-%d.%d", c.name, n, i)
	}
	a := Append{Client: c.name, Events: named, Conditions: slices.Clone(conditions), Invoked: c.recorder.tick()}
	positions, err := c.store.Append(ctx, named, conditions...)
	a.Returned = c.recorder.tick()
	if errors.Is(err, domain.ErrInvalid) {
		return positions, err
	}
	a.Outcome, a.Positions = OutcomeOf(err), positions
	errors.As(err, &a.Conflict)
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	c.recorder.appends = append(c.recorder.appends, a)
	return positions, err
}

// Read reads and collects everything at once. A read that fails is not recorded.
func (c *Client) Read(ctx context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	r := Read{Client: c.name, Query: query, Options: options, Invoked: c.recorder.tick()}
	result, err := c.store.Read(ctx, query, options)
	r.Returned, r.Head = c.recorder.tick(), result.Head
	if err != nil {
		return result, err
	}
	if r.Events, err = collect(result.Events); err != nil {
		return ports.ReadResult{}, err
	}
	c.recorder.addRead(r)
	result.Events = all(r.Events)
	return result, nil
}

// Head asks for the head. A call that fails is not recorded.
func (c *Client) Head(ctx context.Context) (domain.Position, error) {
	r := Read{Client: c.name, Invoked: c.recorder.tick()}
	head, err := c.store.Head(ctx)
	r.Returned, r.Head = c.recorder.tick(), head
	if err == nil {
		c.recorder.addRead(r)
	}
	return head, err
}

func (r *Recorder) addRead(read Read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads = append(r.reads, read)
}

// OutcomeOf returns what the error of an append says about its events.
func OutcomeOf(err error) Outcome {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case err == nil:
		return Acknowledged
	case is(ports.ErrUnknownOutcome):
		return Unknown
	case is(ports.ErrConflict):
		return Conflicted
	case slices.ContainsFunc([]error{
		domain.ErrInvalid, ports.ErrLockTimeout, ports.ErrClosed, ports.ErrReadOnly, context.Canceled, context.DeadlineExceeded,
	}, is):
		return Unwritten
	}
	return Unknown
}

// ReadLog returns everything that a store holds.
func ReadLog(ctx context.Context, store ports.Reader) ([]domain.SequencedEvent, error) {
	result, err := store.Read(ctx, domain.All(), ports.ReadOptions{})
	if err != nil {
		return nil, err
	}
	return collect(result.Events)
}

func collect(events iter.Seq2[domain.SequencedEvent, error]) ([]domain.SequencedEvent, error) {
	var out []domain.SequencedEvent
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func all(events []domain.SequencedEvent) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}
