package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// counter gives numbers from 1. Safe for concurrent use.
type counter struct{ n atomic.Uint64 }

func (c *counter) next() uint64 { return c.n.Add(1) }

// write is the role of a process that appends until it is told to finish, with
// several goroutines and one or more handles.
func (a *actor) write(ctx context.Context) (err error) {
	stores := make([]store, a.Handles)
	for i := range stores {
		if stores[i], err = a.open(ctx, false, nil); err != nil {
			return err
		}
	}
	a.out.tell(report{Ready: true})
	var (
		group sync.WaitGroup
		calls counter
		errs  = make([]error, a.Goroutines)
		stop  = make(chan struct{})
	)
	for i := range a.Goroutines {
		w := &worker{
			client: client{store: stores[i%len(stores)], out: a.out, name: fmt.Sprintf("%s.%d", a.Name, i), calls: &calls},
			random: rand.New(rand.NewPCG(a.Seed, uint64(i))), //nolint:gosec // G404: repeatable on purpose
			round:  a.Round, first: i < len(stores),
		}
		group.Go(func() { errs[i] = w.work(ctx, stop) })
	}
	err = a.obey(ctx, &calls)
	close(stop)
	group.Wait()
	errs = append(errs, err)
	for _, s := range stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// worker is one goroutine that appends.
type worker struct {
	client
	random *rand.Rand
	round  int
	seen   domain.Position // the last position it knows of
	made   int             // batches
	first  bool            // it is the first one with its store, and tells of those
}

func (w *worker) work(ctx context.Context, stop <-chan struct{}) error {
	steps := []func(context.Context) error{
		w.register, w.register, w.count, w.count, w.transfer, w.transfer, w.batch, w.noise, w.guarded, w.guarded,
	}
	for {
		select {
		case <-stop:
			return nil
		case <-ctx.Done():
			return nil
		default:
		}
		limited, cancel := ctx, context.CancelFunc(func() {})
		if oneIn(w.random, 20) {
			limited, cancel = context.WithTimeout(ctx, time.Duration(w.random.Int64N(int64(3*time.Millisecond))))
		}
		err := steps[w.random.IntN(len(steps))](limited)
		gaveUp := limited.Err() != nil && errors.Is(err, limited.Err()) && !errors.Is(err, ports.ErrUnknownOutcome)
		cancel()
		if err != nil && !gaveUp {
			return err
		}
		if w.first {
			w.tellTorn()
		}
	}
}

func (w *worker) commit(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) error {
	positions, err := w.append(ctx, events, conditions...)
	w.seen = max(w.seen, positions.Last)
	return err
}

func none(after domain.Position, tags ...domain.Tag) domain.AppendCondition {
	return domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged(tags...)), After: after}
}

// register takes a key if nobody has.
func (w *worker) register(ctx context.Context) error {
	key := drawKey(w.random, w.seen)
	free := domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes(registered).Tagged(key))}
	return w.commit(ctx, []domain.Event{fact{Pad: pad(w.random)}.event(registered, key)}, free)
}

// count appends the next number of a counter.
func (w *worker) count(ctx context.Context) error {
	tag := counterTag(w.random.IntN(counters))
	last, head, err := w.last(ctx, tag)
	if err != nil {
		return err
	}
	next := fact{Number: 1}
	if last != nil {
		f, err := factOf(*last)
		if err != nil {
			return err
		}
		next.Number = f.Number + 1
	}
	w.seen = max(w.seen, head)
	return w.commit(ctx, []domain.Event{next.event(counted, tag)}, none(head, tag))
}

// transfer moves money between two accounts, each under a condition of its own.
func (w *worker) transfer(ctx context.Context) error {
	n := w.random.IntN(accounts)
	from, to := accountTag(n), accountTag((n+1+w.random.IntN(accounts-1))%accounts)
	fromBalance, fromHead, err := w.balance(ctx, from)
	if err != nil {
		return err
	}
	toBalance, toHead, err := w.balance(ctx, to)
	if err != nil {
		return err
	}
	w.seen = max(w.seen, toHead)
	amount := 1 + w.random.IntN(40)
	if amount > fromBalance {
		return nil // refused, as it should be
	}
	f := fact{From: string(from), To: string(to), Amount: amount, FromBalance: fromBalance - amount, ToBalance: toBalance + amount}
	return w.commit(ctx, []domain.Event{f.event(transferred, from, to)}, none(fromHead, from), none(toHead, to))
}

func (w *worker) balance(ctx context.Context, account domain.Tag) (int, domain.Position, error) {
	last, head, err := w.last(ctx, account)
	if err != nil || last == nil {
		return openingBalance, head, err
	}
	f, err := factOf(*last)
	return f.balance(account), head, err
}

// batch appends events that belong together.
func (w *worker) batch(ctx context.Context) error {
	size := 1 + w.random.IntN(12)
	if oneIn(w.random, 30) {
		size = 100 + w.random.IntN(100)
	}
	w.made++
	name := fmt.Sprintf("%s#%d", w.name, w.made)
	events := make([]domain.Event, size)
	for i := range events {
		events[i] = fact{Batch: name, At: i, Of: size, Pad: pad(w.random)}.event(batched, roundTag(w.round))
	}
	return w.commit(ctx, events)
}

// noise appends one event under no condition.
func (w *worker) noise(ctx context.Context) error {
	return w.commit(ctx, []domain.Event{fact{Pad: pad(w.random)}.event(noise, roundTag(w.round))})
}

// guarded appends under conditions that may hold or not.
func (w *worker) guarded(ctx context.Context) error {
	conditions := make([]domain.AppendCondition, 1+w.random.IntN(3))
	for i := range conditions {
		after := w.seen + domain.Position(w.random.IntN(3))
		after -= min(after, domain.Position(w.random.IntN(6)))
		conditions[i] = domain.AppendCondition{FailIfEventsMatch: drawQuery(w.random, w.round, w.seen), After: after}
	}
	if oneIn(w.random, 4) { // what it was about to know anyway
		head, err := w.head(ctx)
		if err != nil {
			return err
		}
		w.seen = max(w.seen, head)
	}
	return w.commit(ctx, []domain.Event{fact{}.event(guarded, drawKey(w.random, w.seen))}, conditions...)
}
