package torture

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// flushInterval is how often a subscription tells what it has seen.
const flushInterval = 5 * time.Millisecond

// watch is a subscription whose events the parent is told of.
type watch struct {
	out   *reporter
	told  sighting // what does not change
	query domain.Query
	after domain.Position
	stop  context.CancelFunc
	ended chan error    // how the subscription ended
	moved chan struct{} // one element when there is something new

	mu        sync.Mutex // guards the fields below
	positions []domain.Position
	prints    []uint64
	last      domain.Position
}

// watch begins subscriptions to what wanted says.
func (a *actor) watch(ctx context.Context, s store, wanted []sighting) []*watch {
	var all []*watch
	for i, told := range wanted {
		told.Client, told.Watch = a.Name, i
		ctx, stop := context.WithCancel(ctx)
		w := &watch{
			out: a.out, told: told, query: told.Query.received(), after: told.After, last: told.After,
			stop: stop, ended: make(chan error, 1), moved: make(chan struct{}, 1),
		}
		all = append(all, w)
		go func() { w.ended <- w.follow(ctx, s) }()
		go w.flushOften(ctx)
	}
	return all
}

// follow returns the error that ended the subscription.
func (w *watch) follow(ctx context.Context, s store) error {
	for e, err := range s.Subscribe(ctx, w.query, w.after) {
		if err != nil {
			return err
		}
		w.mu.Lock()
		w.positions = append(w.positions, e.Position)
		w.prints = append(w.prints, fingerprint(e))
		w.last = e.Position
		w.mu.Unlock()
		select {
		case w.moved <- struct{}{}:
		default:
		}
	}
	return errors.New("it ended without an error")
}

func (w *watch) flushOften(ctx context.Context) {
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.flush(false)
		}
	}
}

// flush tells what was seen since the last time.
func (w *watch) flush(complete bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.positions) == 0 && !complete {
		return
	}
	told := w.told
	told.Positions, told.Prints, told.Complete = w.positions, w.prints, complete
	w.positions, w.prints = nil, nil
	w.out.tell(report{Seen: &told})
}

// complete waits until the subscription has yielded an event at position or
// behind, and ends it.
func (w *watch) complete(ctx context.Context, position domain.Position) error {
	for !w.reached(position) {
		select {
		case <-w.moved:
		case err := <-w.ended:
			return fmt.Errorf("the subscription to %v after %d ended before position %d: %w", w.query, w.after, position, err)
		case <-ctx.Done():
			return nil
		}
	}
	w.stop()
	if err := <-w.ended; !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the subscription to %v after %d was cancelled and ended with: %w", w.query, w.after, err)
	}
	w.flush(true)
	return nil
}

func (w *watch) reached(position domain.Position) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last >= position
}
