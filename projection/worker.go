package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/opossum-go/opossum/ports"
)

// worker runs one projection: it acquires it, and then a session does the work,
// until the context ends or something is wrong with the stores. Then it begins again.
type worker struct {
	*Runner
	Projection

	name     string
	plan     plan
	logger   *slog.Logger
	requests chan request
	begun    chan struct{} // closed when it is known who runs the projection
	ended    chan struct{} // closed when run has ended
	status
	// rebuilt says that RebuildAll was obeyed.
	rebuilt bool
}

// errNewer ends a session that would replace states of a newer version: a program of
// that version may be about to go on with them.
var errNewer = errors.New("the states are of a newer version of the definition than this program has; to go back to it, give it a version above theirs")

// versionIn returns the version in a signature, 0 for none.
func versionIn(signature string) (version int) {
	_, _ = fmt.Sscanf(signature, "v%d ", &version)
	return version
}

// versionOf returns the version that a projection is built by, or being built by for
// the first time; 0 for none.
func versionOf(info ports.ProjectionInfo) int {
	switch {
	case info.Live != nil:
		return versionIn(info.Live.Signature)
	case info.Shadow != nil:
		return versionIn(info.Shadow.Signature)
	}
	return 0
}

// request is something that is done between two steps.
type request struct {
	ctx  context.Context
	do   func(context.Context, *session) error
	done chan<- error
}

func newWorker(r *Runner, p Projection) *worker {
	w := &worker{
		Runner: r, Projection: p, name: p.Name(), plan: p.plan(),
		logger:   r.options.Logger.With(slog.String("projection", p.Name())),
		requests: make(chan request), begun: make(chan struct{}), ended: make(chan struct{}),
	}
	if w.plan.batch == 0 {
		w.plan.batch = r.options.BatchSize
	}
	w.now = Status{Name: w.name, Condition: Starting}
	return w
}

// run runs the projection until ctx ends. It returns an error when a store was
// closed.
func (w *worker) run(ctx context.Context) error {
	pauses := Failure{}.pauses()
	for ctx.Err() == nil {
		begun := time.Now()
		writer, err := w.states.Acquire(ctx, w.name)
		if errors.Is(err, ports.ErrProjectionBusy) {
			w.enter(Elsewhere)
			w.begin()
			w.observe(ctx)
			if err := w.decline(ctx, w.options.Takeover, fmt.Errorf("%w: %q", ErrElsewhere, w.name)); err != nil {
				return w.over(ctx, err)
			}
			continue
		}
		if err == nil {
			err = w.work(ctx, writer)
		}
		if ctx.Err() != nil || errors.Is(err, ports.ErrClosed) {
			return w.over(ctx, err)
		}
		if errors.Is(err, errNewer) {
			w.trouble(Outdated, err)
			w.begin()
			if err := w.decline(ctx, w.options.Takeover, fmt.Errorf("%w: %q", err, w.name)); err != nil {
				return w.over(ctx, err)
			}
			continue
		}
		if time.Since(begun) > time.Minute { // it worked for a while
			pauses.Reset()
		}
		if !errors.Is(err, ports.ErrCheckpoint) { // that one says only that we were too slow
			w.trouble(Interrupted, err)
		}
		w.logger.LogAttrs(ctx, slog.LevelWarn, "projection is interrupted and begins again", slog.Any("error", err), slog.String("stack", stackOf(err)))
		if err := w.decline(ctx, pauses.NextBackOff(), fmt.Errorf("%w: %q is interrupted and begins again: %w", ErrNotRunning, w.name, err)); err != nil {
			return w.over(ctx, err)
		}
	}
	return nil
}

// over returns what Run has to say about the end: nothing when it was told to end.
func (w *worker) over(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return fmt.Errorf("projection %q: %w", w.name, err)
	}
	return nil
}

// begin lets those go on who waited for it to be known who runs the projection.
func (w *worker) begin() {
	select {
	case <-w.begun:
	default:
		close(w.begun)
	}
}

// end says that the projection is not run any more, and why if nobody wanted that.
func (w *worker) end(ctx context.Context, err error) {
	if err != nil {
		w.logger.LogAttrs(ctx, slog.LevelError, "projection has ended", slog.Any("error", err))
	}
	w.trouble(Ended, err)
	close(w.ended)
}

// work runs a session and lets others have the projection afterwards.
func (w *worker) work(ctx context.Context, writer ports.ProjectionWriter) (err error) {
	defer func() { err = errors.Join(err, writer.Release()) }()
	s := &session{worker: w, writer: writer, query: w.Query()}
	s.engine = w.engine(s.related)
	return s.run(ctx)
}

// decline answers requests with an error for as long as it takes until the projection
// is tried again.
func (w *worker) decline(ctx context.Context, until time.Duration, why error) error {
	timer := time.NewTimer(until)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-w.feed.closed:
			return ports.ErrClosed
		case q := <-w.requests:
			q.done <- why
		}
	}
}

// observe notes how far the process is that runs the projection.
func (w *worker) observe(ctx context.Context) {
	info, err := w.states.Projection(ctx, w.name)
	if err != nil || info.Live == nil {
		return
	}
	w.reach(info.Live.Checkpoint, time.Time{}, time.Now())
	w.park(info.Live.Parked)
}

// ask has something done by the session, between two steps. It waits for the runner
// to be started.
func (w *worker) ask(ctx context.Context, do func(context.Context, *session) error) error {
	done := make(chan error, 1)
	select {
	case w.requests <- request{ctx, do, done}:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		return because(fmt.Errorf("%w: %q", ErrNotRunning, w.name), w.problem())
	}
	select {
	case err := <-done:
		return err
	case <-w.ended:
		select {
		case err := <-done:
			return err
		default:
			return because(fmt.Errorf("%w: %q", ErrNotRunning, w.name), w.problem())
		}
	}
}
