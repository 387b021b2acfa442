package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/system"
	"github.com/opossum-go/opossum/ports"
)

var (
	// ErrNotRunning reports something asked of a runner that has ended, or of a
	// projection that is interrupted, and then says why. Before a runner is started, who
	// asks waits for the start.
	ErrNotRunning = errors.New("projection: not running")
	// ErrElsewhere reports something asked of a projection that another process runs.
	ErrElsewhere = errors.New("projection: run by another process")
	// ErrNotBuilt reports something asked of a projection whose live copy is not of this
	// version of its definition yet.
	ErrNotBuilt = errors.New("projection: not built yet")
	// ErrUnknown reports a name that the runner has no projection of.
	ErrUnknown = errors.New("projection: unknown projection")
)

// Rebuild says which projections a runner builds when it takes them over.
type Rebuild uint8

const (
	// RebuildMissing builds projections that were never built, whose definition has
	// another version, or whose build was interrupted.
	RebuildMissing Rebuild = iota
	// RebuildNone builds nothing by itself: such a projection waits for
	// [Runner.Rebuild].
	RebuildNone
	// RebuildAll builds every projection anew. A build that was interrupted goes on.
	RebuildAll
)

// Options of a runner. The zero value is a good choice.
type Options struct {
	// Rebuild says what is built at the start.
	Rebuild Rebuild
	// ParallelRebuilds is how many projections are built at the same time, the others
	// wait. Zero means one for each processor.
	ParallelRebuilds int
	// BatchSize is the most events in one step, which is one commit of the projection
	// store. Larger steps catch up faster and are repeated from their beginning when
	// the process dies. A step also ends after half a second, or when 20,000 states
	// have changed. Zero means 100,000. An outbox takes one at a time.
	BatchSize int
	// Takeover is how often a projection that another process runs is asked for; the
	// most that passes between the death of that process and the takeover. As often Run
	// looks whether the projection store was closed. Zero means 250 ms.
	Takeover time.Duration
	// Progress is told how far builds are, a few times a second and at their end, by
	// one goroutine at a time.
	Progress func(ports.Progress)
	// Logger is told what happens to the projections. Nil logs nothing.
	Logger *slog.Logger
	// Clock tells the time. Nil means the machine's.
	Clock ports.Clock
}

// EventStore is what a runner needs of an event store.
type EventStore interface {
	ports.Reader
	ports.Subscriber
}

// Runner keeps projections up to date and works through outboxes. Any number of
// processes may run the same ones on one store: each projection is run by one of
// them at a time, the others take over when it ends or dies. Make it with [NewRunner].
// Safe for concurrent use.
type Runner struct {
	events  EventStore
	states  ports.ProjectionStore
	options Options
	workers []*worker
	feed    *feed
	// building holds a token for each build that is going on.
	building chan struct{}
	telling  sync.Mutex

	started atomic.Bool
}

// NewRunner returns a runner of the given projections and outboxes. It returns
// [ErrDefinition] for a mistake in one of them, for a name that comes twice and for
// none at all, and [domain.ErrInvalid] for options that make no sense.
func NewRunner(events EventStore, states ports.ProjectionStore, options Options, projections ...Projection) (*Runner, error) {
	if len(projections) == 0 {
		return nil, fmt.Errorf("%w: nothing to run", ErrDefinition)
	}
	if options.ParallelRebuilds < 0 || options.BatchSize < 0 || options.Takeover < 0 || options.Rebuild > RebuildAll {
		return nil, fmt.Errorf("%w: projection options: counts and times must not be negative, and Rebuild is missing, none or all", domain.ErrInvalid)
	}
	r := &Runner{events: events, states: states, options: options.withDefaults()}
	r.feed = newFeed(r.options.Logger)
	r.building = make(chan struct{}, r.options.ParallelRebuilds)
	names := make(map[string]bool)
	for i, p := range projections {
		if p == nil {
			return nil, fmt.Errorf("%w: projection %d is nil", ErrDefinition, i)
		}
		if err := p.check(); err != nil {
			return nil, err
		}
		if names[p.Name()] {
			return nil, fmt.Errorf("%w: two projections of the name %q", ErrDefinition, p.Name())
		}
		names[p.Name()] = true
		r.workers = append(r.workers, newWorker(r, p))
	}
	return r, nil
}

func (o Options) withDefaults() Options {
	if o.ParallelRebuilds == 0 {
		o.ParallelRebuilds = runtime.GOMAXPROCS(0)
	}
	if o.BatchSize == 0 {
		o.BatchSize = 100_000
	}
	if o.Takeover == 0 {
		o.Takeover = 250 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = system.Clock{}
	}
	return o
}

// Run runs the projections until ctx ends. Then it finishes the steps that are being
// written, lets other processes have the projections and returns nil. A projection that
// fails does not end it, see [Runner.Status]. It returns an error when the store
// cannot be read at all, [ports.ErrClosed] when a store was closed, and an error when
// Run is called a second time. A handler that ends its goroutine ends its projection,
// which the log and the status tell at once; Run returns that error, too, but goes on
// until ctx ends as long as there is another projection to run.
func (r *Runner) Run(ctx context.Context) error {
	if r.started.Swap(true) {
		return errors.New("projection: Run was called before, make another runner")
	}
	head, err := r.events.Head(ctx)
	if err != nil {
		err = fmt.Errorf("projection: read the head of the store: %w", err)
		if ctx.Err() != nil {
			err = nil
		}
		for _, w := range r.workers {
			w.end(ctx, err)
		}
		return err
	}
	r.feed.begin(head)
	// The feed ends when all workers have: they do so by themselves when a store is closed.
	ctx, done := context.WithCancel(ctx)
	defer done()
	var all, beside sync.WaitGroup
	beside.Go(func() { r.feed.run(ctx, r.events, head) })
	beside.Go(func() { r.watch(ctx) })
	errs := make([]error, len(r.workers))
	for i, w := range r.workers {
		all.Go(func() {
			err := fmt.Errorf("projection %q: a handler has ended its goroutine, by runtime.Goexit or by FailNow of a test", w.name)
			defer func() {
				errs[i] = err
				w.end(ctx, err)
			}()
			err = w.run(ctx)
		})
	}
	all.Wait()
	done()
	beside.Wait()
	return errors.Join(errs...)
}

// watch looks whether the projection store is closed, of which those that have
// nothing to write would hear nothing.
func (r *Runner) watch(ctx context.Context) {
	for pause(ctx, r.options.Takeover) == nil {
		if _, err := r.states.Projection(ctx, r.workers[0].name); errors.Is(err, ports.ErrClosed) {
			r.feed.end()
			return
		}
	}
}

// Status tells how each projection is, in the order in which they were given.
func (r *Runner) Status() []Status {
	all := make([]Status, len(r.workers))
	for i, w := range r.workers {
		all[i] = w.tell()
	}
	return all
}

// Rebuild builds the named projections anew, all of them without names, in shadows
// which take the place of the live copies when they have caught up. It returns when
// all are done. At most [Options.ParallelRebuilds] are built at the same time; each
// is not brought up to date meanwhile. It joins the errors of those that failed;
// their live copies stay as they were. Outboxes are left alone, and are
// [ErrDefinition] by name.
//
// It returns [ErrElsewhere] for a projection that another process runs: ask that one.
//
// When ctx ends first the builds end, and what they made is dropped. When the runner ends
// or dies they go on at the next start.
func (r *Runner) Rebuild(ctx context.Context, names ...string) error {
	workers, err := r.rebuildable(names)
	if err != nil {
		return err
	}
	return eachWorker(workers, func(w *worker, _ int) error {
		return w.ask(ctx, func(ctx context.Context, s *session) error { return s.rebuild(ctx) })
	})
}

// DryRun builds the named projections anew, all of them without names, as Rebuild
// does, and then tells what would change instead of changing it. It compares at the
// position of the live copy. A projection that is being built has nothing to compare
// with: [ErrNotBuilt]. The differences of those that failed are empty.
func (r *Runner) DryRun(ctx context.Context, names ...string) ([]Difference, error) {
	workers, err := r.rebuildable(names)
	if err != nil {
		return nil, err
	}
	differences := make([]Difference, len(workers))
	err = eachWorker(workers, func(w *worker, i int) error {
		return w.ask(ctx, func(ctx context.Context, s *session) error {
			var err error
			differences[i], err = s.dryRun(ctx)
			return err
		})
	})
	return differences, err
}

// Wait returns as soon as the named projections and outboxes, all of the runner
// without names, have taken everything up to position into account, here or in the
// process that runs them. It waits for the runner to be started. It joins the errors
// of those that do not get there, see [View.Wait]. A sender that waits for its own
// outbox waits for ever.
func (r *Runner) Wait(ctx context.Context, position domain.Position, names ...string) error {
	workers := r.workers
	if len(names) > 0 {
		workers = nil
	}
	for _, name := range names {
		w, err := r.worker(name)
		if err != nil {
			return err
		}
		workers = append(workers, w)
	}
	return eachWorker(workers, func(w *worker, _ int) error {
		select {
		case <-w.begun:
		case <-w.ended:
			return because(fmt.Errorf("%w: %q", ErrNotRunning, w.name), w.problem())
		case <-ctx.Done():
			return because(fmt.Errorf("projection %q: wait for the runner to begin with it: %w", w.name, ctx.Err()), w.problem())
		}
		err := awaited(ctx, r.states, w.name, w.signature(), position)
		if ctx.Err() != nil {
			err = because(err, w.problem())
		}
		return err
	})
}

// Resume makes a projection that stopped at an event try it again. It returns when
// that is about to happen: whoever waits from then on does not hear of the old failure.
// One that stopped because the store's events were replaced stays stopped.
func (r *Runner) Resume(ctx context.Context, name string) error {
	w, err := r.worker(name)
	if err != nil {
		return err
	}
	return w.ask(ctx, func(ctx context.Context, s *session) error { return s.pardon(ctx) })
}

// RetryParked applies the events at the given positions that the projection has
// parked, all of them without positions, in the order of their positions. Those that
// succeed leave the list, those that fail stay in it. It returns how many succeeded.
// Applied so late, they follow events that came after them.
func (r *Runner) RetryParked(ctx context.Context, name string, positions ...domain.Position) (int, error) {
	w, err := r.worker(name)
	if err != nil {
		return 0, err
	}
	applied := 0
	err = w.ask(ctx, func(ctx context.Context, s *session) error {
		applied, err = s.retryParked(ctx, positions)
		return err
	})
	return applied, err
}

func (r *Runner) worker(name string) (*worker, error) {
	for _, w := range r.workers {
		if w.name == name {
			return w, nil
		}
	}
	return nil, fmt.Errorf("%w %q", ErrUnknown, name)
}

// rebuildable returns the workers of the named projections, all without names.
func (r *Runner) rebuildable(names []string) ([]*worker, error) {
	var workers []*worker
	for _, name := range names {
		w, err := r.worker(name)
		if err != nil {
			return nil, err
		}
		if !w.plan.rebuilds {
			return nil, fmt.Errorf("%w: %q is an outbox and has nothing to rebuild", ErrDefinition, name)
		}
		workers = append(workers, w)
	}
	if len(names) == 0 {
		for _, w := range r.workers {
			if w.plan.rebuilds {
				workers = append(workers, w)
			}
		}
	}
	return workers, nil
}

// eachWorker calls do for all workers at the same time and joins the errors.
func eachWorker(workers []*worker, do func(*worker, int) error) error {
	errs := make([]error, len(workers))
	var all sync.WaitGroup
	for i, w := range workers {
		all.Go(func() { errs[i] = do(w, i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// pause waits, and returns an error when ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
