package projection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// errStopped ends what a session is doing when the projection has stopped at an
// event. The failure is stored and shown by then.
var errStopped = errors.New("projection is stopped")

// errAsked ends what a session is doing when there is a request, which is pending by
// then. When it is served the session looks anew at what there is to do.
var errAsked = errors.New("there is a request")

// maxUnwritten is how long the checkpoint may stay behind when nothing but events
// of no concern come along.
const maxUnwritten = 5 * time.Millisecond

// session is the work of a worker while it has the projection to itself.
type session struct {
	*worker

	writer ports.ProjectionWriter
	engine engine
	query  domain.Query

	// which is the copy that is worked on, at is its checkpoint as it is stored, and
	// event the id of the event there.
	which ports.Copy
	at    domain.Position
	event string
	// written is when the checkpoint was last written.
	written time.Time
	// serving says that what is going on was asked for: when a build fails the shadow
	// goes, and other requests wait.
	serving bool
	// pending is the request that ended what was going on before.
	pending request
	// limit is where a build ends when it is bounded, otherwise it ends at the head of
	// the store.
	limit   domain.Position
	bounded bool
	// tried is the event that was being retried when a request came.
	tried tried
	token bool // one of the runner's for builds
	// ending reports whether the runner ends.
	ending func() bool
	// head is what a build has to get to, built how fast it is, told when somebody
	// was last told.
	head  domain.Position
	built rate
	told  time.Time
	// gathered is not stored yet.
	gathered gathered
	// matching is the memory of take.
	matching []domain.SequencedEvent
}

// tried is what is known about an event between two tries.
type tried struct {
	which    ports.Copy
	at       domain.Position
	attempts int
	due      time.Time // the next try
	err      error
}

// run works until ctx ends or a store fails.
func (s *session) run(ctx context.Context) (err error) {
	s.ending = func() bool { return ctx.Err() != nil }
	defer func() {
		if s.pending.do != nil { // there was no getting to it
			s.pending.done <- because(fmt.Errorf("%w: %q", ErrNotRunning, s.name), err)
		}
	}()
	for {
		err := s.resume(ctx)
		switch {
		case errors.Is(err, errStopped) && s.pending.do != nil:
			err = errAsked // before it stopped
		case errors.Is(err, errStopped):
			err = s.serve(ctx)
		}
		if errors.Is(err, errAsked) {
			q := s.pending
			s.pending, err = request{}, nil
			s.obey(ctx, q)
		}
		if err != nil {
			return err
		}
	}
}

// resume brings the projection to where it follows the store, and follows.
func (s *session) resume(ctx context.Context) error {
	info, err := s.states.Projection(ctx, s.name)
	if err != nil {
		return err
	}
	if info.Live != nil {
		s.reach(info.Live.Checkpoint, time.Time{}, time.Now())
		s.park(info.Live.Parked)
	}
	if left := time.Until(s.tried.due); left > 0 {
		s.trouble(Retrying, s.tried.err)
		if err := s.rest(ctx, left); err != nil {
			return err
		}
	}
	if err := s.foreign(info); err != nil {
		s.trouble(Stopped, err)
		s.begin()
		return errStopped
	}
	switch {
	case !s.plan.rebuilds && info.Live == nil:
		err = s.open(ctx, info.Shadow)
	case s.plan.rebuilds && s.outdated(info):
		if newer := versionOf(info); newer > versionIn(s.signature()) {
			return fmt.Errorf("%w: it is of version %d", errNewer, newer)
		}
		if s.options.Rebuild == RebuildNone && !s.interrupted(info) {
			if err := s.judge(ctx, info.Live); err != nil {
				return err
			}
			s.enter(Outdated)
			s.begin()
			return s.serve(ctx)
		}
		err = s.build(ctx, info)
	default:
		if info.Shadow != nil { // of another version, or of a dry run: nobody will go on with it
			err = s.writer.Drop(ctx)
		}
		if err == nil {
			err = s.turnTo(ctx, ports.Live, checkpointOf(info.Live))
		}
	}
	if err != nil {
		return err
	}
	s.rebuilt = true
	s.enter(CatchingUp)
	return s.follow(ctx)
}

// foreign returns an error when the name is taken by the other kind.
func (s *session) foreign(info ports.ProjectionInfo) error {
	if info.Live == nil || (info.Live.Signature == outboxSignature) != s.plan.rebuilds {
		return nil
	}
	return fmt.Errorf("%w: the name %q belongs to an outbox, or to a projection if it is one itself: give it another name", ErrDefinition, s.name)
}

// outdated reports whether the projection has to be built.
func (s *session) outdated(info ports.ProjectionInfo) bool {
	return info.Live == nil || info.Live.Signature != s.signature() || s.interrupted(info) ||
		s.options.Rebuild == RebuildAll && !s.rebuilt
}

// pardon takes back that the projection stopped, before its event is tried again. A
// copy of other events than the store's stays stopped until turnTo finds them there.
func (s *session) pardon(ctx context.Context) error {
	s.tried = tried{}
	info, err := s.states.Projection(ctx, s.name)
	if err != nil {
		return err
	}
	for which, c := range map[ports.Copy]*ports.CopyInfo{ports.Live: info.Live, ports.Shadow: info.Shadow} {
		if c != nil && c.Failure != nil && c.Failure.Position > c.Checkpoint {
			err = errors.Join(err, s.writer.Commit(ctx, which, ports.ProjectionBatch{After: c.Checkpoint, UpTo: c.Checkpoint, EventID: c.EventID}))
		}
	}
	return err
}

// interrupted reports whether there is a shadow of this definition that goes on.
func (s *session) interrupted(info ports.ProjectionInfo) bool {
	return info.Shadow != nil && info.Shadow.Signature == s.signature()
}

// open makes the copy of an outbox that runs for the first time.
func (s *session) open(ctx context.Context, begun *ports.CopyInfo) error {
	var from domain.Position
	if begun != nil {
		from = begun.Checkpoint // where it began when it was not finished
	}
	if from == 0 && s.plan.fromHead {
		var err error
		if from, err = s.events.Head(ctx); err != nil {
			return err
		}
	}
	if err := s.writer.Begin(ctx, s.signature()); err != nil {
		return err
	}
	if from > 0 {
		if err := s.writer.Commit(ctx, ports.Shadow, ports.ProjectionBatch{UpTo: from}); err != nil {
			return err
		}
	}
	if err := s.writer.Swap(ctx); err != nil {
		return err
	}
	return s.turnTo(ctx, ports.Live, place{position: from})
}

// turnTo makes a copy the one that is worked on, and takes back that it stopped: the
// event is tried again. A copy whose checkpoint is none of the store's was made from
// other events, and stops there.
func (s *session) turnTo(ctx context.Context, which ports.Copy, at place) error {
	s.engine.forget()
	found, head, err := s.placeAt(ctx, at.position)
	if err != nil {
		return err
	}
	s.which, s.at, s.event, s.written, s.head = which, at.position, found.id, time.Now(), head
	if wrong := at.belongs(found, head); wrong != nil {
		if err := s.distrust(ctx, which, at, wrong); err != nil {
			return err
		}
		s.trouble(Stopped, wrong)
		s.begin()
		return errStopped
	}
	if err := s.writer.Commit(ctx, which, ports.ProjectionBatch{After: s.at, UpTo: s.at, EventID: s.event}); err != nil {
		return err
	}
	s.begin()
	return nil
}

// follow takes events as they come until ctx ends. It returns nil when a request was
// served, which may have changed what there is to do.
func (s *session) follow(ctx context.Context) error {
	for seen := (place{s.at, s.event}); ; {
		events, _, news, held := s.feed.after(seen.position, s.plan.batch)
		switch {
		case !held:
			s.enter(CatchingUp)
			if err := s.catchUp(ctx); err != nil {
				return err
			}
			seen = place{s.at, s.event}
		case len(events) > 0:
			seen = placeOf(&events[len(events)-1])
			if err := s.take(ctx, events, seen); err != nil {
				return err
			}
			if s.asked() {
				return errAsked
			}
		default:
			s.enter(Live)
			served, err := s.idle(ctx, news, seen)
			if served || err != nil {
				return err
			}
		}
	}
}

// take applies those of the events that concern the projection. When none does, the
// checkpoint may wait for a while.
func (s *session) take(ctx context.Context, events []domain.SequencedEvent, upTo place) error {
	s.matching = s.matching[:0]
	for _, e := range events {
		if s.query.Matches(e.Event) {
			s.matching = append(s.matching, e)
		}
	}
	if len(s.matching) == 0 && time.Since(s.written) < maxUnwritten {
		return nil
	}
	return s.step(ctx, s.matching, upTo)
}

// idle waits until there is more to do. It writes the checkpoint when it has been
// behind what was seen for long enough, and serves one request.
func (s *session) idle(ctx context.Context, news <-chan struct{}, seen place) (served bool, err error) {
	var due <-chan time.Time
	if seen.position > s.at {
		timer := time.NewTimer(maxUnwritten - time.Since(s.written))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-s.feed.closed:
		return false, ports.ErrClosed
	case <-news:
		return false, nil
	case <-due:
		return false, s.step(ctx, nil, seen)
	case q := <-s.requests:
		s.obey(ctx, q)
		return true, nil
	}
}

// serve waits for a request and serves it.
func (s *session) serve(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.feed.closed:
		return ports.ErrClosed
	case q := <-s.requests:
		s.obey(ctx, q)
		return nil
	}
}

// obey does what was asked for, until the one who asked or the runner has enough.
func (s *session) obey(ctx context.Context, q request) {
	both, cancel := context.WithCancelCause(q.ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	defer stop()
	s.serving = true
	err := q.do(both, s) //nolint:contextcheck // it ends with either
	s.serving = false
	if errors.Is(err, errStopped) {
		err = fmt.Errorf("%w: %q: %w", ports.ErrProjectionStopped, s.name, s.problem())
	}
	if err != nil && both.Err() != nil {
		err = errors.Join(context.Cause(both), err) //nolint:contextcheck // see above
	}
	q.done <- err
}

// catchUp reads the store from the checkpoint to its head, in steps.
func (s *session) catchUp(ctx context.Context) error {
	s.gathered = gathered{}
	for {
		if err := s.readOn(ctx); !errors.Is(err, errAgain) {
			return err
		}
	}
}

func (s *session) readOn(ctx context.Context) error {
	options := ports.ReadOptions{After: s.at}
	if s.bounded {
		options.Before = s.limit + 1
	}
	result, err := s.events.Read(ctx, s.query, options)
	if err != nil {
		return err
	}
	if s.head = result.Head; s.bounded {
		s.head = min(s.head, s.limit)
	}
	end := place{s.at, s.event}
	for events, err := range inBatches(result.Events, min(s.plan.batch, maxPiece)) {
		if err == nil {
			end = placeOf(&events[len(events)-1])
			err = s.gather(ctx, events)
		}
		if err == nil && s.asked() {
			if err = s.store(ctx, end); err == nil {
				err = errAsked
			}
		}
		if err != nil {
			return err
		}
	}
	if end.position != s.head {
		if end, _, err = s.placeAt(ctx, s.head); err != nil {
			return err
		}
	}
	return s.store(ctx, end)
}

// asked takes the next request, if there is one and none is being served.
func (s *session) asked() bool {
	if s.serving || s.pending.do != nil {
		return !s.serving
	}
	select {
	case s.pending = <-s.requests:
		return true
	default:
		return false
	}
}

// related reads what handlers ask for beside an event.
func (s *session) related(ctx context.Context, query domain.Query, before domain.Position) ([]domain.SequencedEvent, error) {
	result, err := s.events.Read(ctx, query, ports.ReadOptions{Before: before})
	if err != nil {
		return nil, err
	}
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}
