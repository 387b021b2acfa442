package porcupinetest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

const clients = 8

// rounds multiplies the work: OPOSSUM_ROUNDS=100 for a soak.
func rounds(t testing.TB) int {
	t.Helper()
	text := os.Getenv("OPOSSUM_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("OPOSSUM_ROUNDS is %q, want a number from 1", text)
	}
	return n
}

// client does random things, most of them about one of a few tags: it reads, and
// appends under the head that it saw last.
type client struct {
	*rand.Rand
	store *history.Client
	seen  domain.Position
	// window is how far back it looks, so that a call costs the same in a long history
	// as in a short one.
	window domain.Position
	tags   int
}

// scene is what clients do.
type scene struct {
	seed   uint64
	calls  int // of all clients together
	window domain.Position
	tags   int
	// last returns the handle that reads everything in the end, when all clients have
	// finished, and what frees it.
	last func() (history.Store, func() error, error)
}

// play lets clients loose on handles, in turn, and returns what came of it. Its last
// call is a read of everything.
func play(t *testing.T, s scene, handles ...history.Store) history.History {
	t.Helper()
	var (
		recorder history.Recorder
		all      sync.WaitGroup
		start    = make(chan struct{})
		odd      = make([]error, clients)
	)
	for i := range clients {
		c := &client{
			Rand: rand.New(rand.NewPCG(s.seed, uint64(i))), window: s.window, tags: s.tags,
			store: recorder.Client(fmt.Sprint("client", i), handles[i%len(handles)]),
		}
		all.Go(func() {
			<-start
			for range s.calls / clients {
				if odd[i] = c.call(t.Context()); odd[i] != nil {
					return
				}
			}
		})
	}
	close(start)
	all.Wait()
	for _, h := range handles {
		if v, ok := h.(*vague); ok {
			v.late.Wait()
		}
	}
	if err := errors.Join(odd...); err != nil {
		t.Fatalf("seed %d: %v", s.seed, err)
	}
	handle, done, err := s.last()
	if err != nil {
		t.Fatal(err)
	}
	log, err := history.ReadLog(t.Context(), recorder.Client("last", handle))
	if err = errors.Join(err, done()); err != nil {
		t.Fatal(err)
	}
	return recorder.History(log)
}

func (c *client) call(ctx context.Context) error {
	switch n := c.IntN(100); {
	case n < 15:
		head, err := c.store.Head(ctx)
		c.seen = max(c.seen, head)
		return err
	case n < 45:
		result, err := c.store.Read(ctx, c.query(), c.options())
		c.seen = max(c.seen, result.Head)
		return err
	case n < 48:
		// Somebody may lose patience at any moment of the call.
		ended, cancel := context.WithCancel(ctx)
		defer cancel()
		go cancel()
		_, err := c.store.Append(ended, c.batch(c.tag()))
		return expected(err)
	case n < 55:
		_, err := c.store.Append(ctx, c.batch(c.tag()))
		return expected(err)
	}
	// A decision about one tag, sometimes with an older view, and sometimes with a rule
	// of its own beside it.
	tag, after := c.tag(), c.seen
	if c.IntN(4) == 0 {
		after -= min(after, domain.Position(c.IntN(4)))
	}
	conditions := []domain.AppendCondition{{FailIfEventsMatch: domain.NewQuery(domain.Tagged(tag)), After: after}}
	if c.IntN(5) == 0 {
		conditions = append(conditions, domain.AppendCondition{FailIfEventsMatch: c.query(), After: after})
	}
	positions, err := c.store.Append(ctx, c.batch(tag), conditions...)
	c.seen = max(c.seen, positions.Last)
	return expected(err)
}

// expected passes on what no caller of a healthy store should be told.
func expected(err error) error {
	if err == nil || errors.Is(err, ports.ErrConflict) || errors.Is(err, context.Canceled) || errors.Is(err, ports.ErrUnknownOutcome) {
		return nil
	}
	return err
}

func (c *client) options() ports.ReadOptions {
	o := ports.ReadOptions{After: c.seen - min(c.seen, c.window)}
	if c.IntN(3) == 0 {
		o.Backwards, o.Limit = true, 1+c.IntN(3)
	}
	return o
}

func (c *client) batch(tag domain.Tag) []domain.Event {
	events := make([]domain.Event, max(1, c.IntN(5)-2))
	for i := range events {
		events[i] = domain.Event{Type: c.typ(), Tags: []domain.Tag{tag}}
		if i > 0 || c.IntN(4) == 0 {
			events[i].Tags = append(events[i].Tags, c.tag())
		}
	}
	return events
}

func (c *client) query() domain.Query {
	switch c.IntN(10) {
	case 0:
		return domain.All()
	case 1:
		return domain.NewQuery(domain.OfTypes(c.typ()).Tagged(c.tag()), domain.Tagged(c.tag(), c.tag()))
	case 2:
		return domain.NewQuery(domain.OfTypes(c.typ()))
	}
	return domain.NewQuery(domain.Tagged(c.tag()))
}

func (c *client) typ() string { return fmt.Sprint("type", c.IntN(4)) }

func (c *client) tag() domain.Tag { return domain.Tag(fmt.Sprint("tag:", c.IntN(c.tags))) }

// vague is a store behind a line that breaks in about two of 1,000 calls, half of
// which are appends. Then nobody knows whether the append was made, or will be.
type vague struct {
	history.Store
	late sync.WaitGroup // appends that nobody waits for any more

	mu     sync.Mutex // guards random
	random *rand.Rand
}

func newVague(store history.Store, seed uint64) *vague {
	return &vague{Store: store, random: rand.New(rand.NewPCG(seed, 99))}
}

func (v *vague) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	v.mu.Lock()
	fate := v.random.IntN(750)
	v.mu.Unlock()
	runtime.Gosched() // calls on a store in memory are so short that few would overlap
	switch fate {
	case 0: // never arrives
	case 1: // arrives, and the answer does not
		_, _ = v.Store.Append(ctx, events, conditions...)
	case 2: // arrives later
		v.late.Go(func() { _, _ = v.Store.Append(context.WithoutCancel(ctx), events, conditions...) })
	default:
		return v.Store.Append(ctx, events, conditions...)
	}
	return domain.Positions{}, ports.ErrUnknownOutcome
}

func (v *vague) Read(ctx context.Context, query domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	runtime.Gosched()
	return v.Store.Read(ctx, query, o)
}
