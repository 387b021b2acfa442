package projection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Difference tells what a rebuild would change.
type Difference struct {
	// Projection is its name, Position the position up to which it was built.
	Projection string
	Position   domain.Position
	// States is the number of states there would be. Of these, Added are new and
	// Changed have other data or tags than now; Removed are those that would go.
	States, Added, Changed, Removed int
	// Keys are the first keys, up to 20, that would be added, changed or removed.
	Keys []string
}

const maxDifferentKeys = 20

// build makes the projection anew, or goes on with a build that was interrupted.
func (s *session) build(ctx context.Context, info ports.ProjectionInfo) error {
	var from place
	if s.interrupted(info) {
		from = checkpointOf(info.Shadow)
	} else if err := s.writer.Begin(ctx, s.signature()); err != nil {
		return err
	}
	if err := s.judge(ctx, info.Live); err != nil {
		return err
	}
	return s.finish(ctx, from)
}

// rebuild makes the projection anew because somebody asked for it. When it fails the
// live copy goes on as it was.
func (s *session) rebuild(ctx context.Context) error {
	info, err := s.states.Projection(ctx, s.name)
	if err == nil {
		err = s.foreign(info)
	}
	if err != nil {
		return err
	}
	s.tried = tried{}
	if err := s.writer.Begin(ctx, s.signature()); err != nil {
		return err
	}
	if err := s.finish(ctx, place{}); err != nil {
		return s.abandon(ctx, err)
	}
	s.rebuilt = true
	return nil
}

// dryRun makes the projection anew, compares and drops what it made.
func (s *session) dryRun(ctx context.Context) (Difference, error) {
	info, err := s.states.Projection(ctx, s.name)
	if err != nil {
		return Difference{}, err
	}
	if err := s.foreign(info); err != nil {
		return Difference{}, err
	}
	if s.interrupted(info) {
		return Difference{}, fmt.Errorf("projection %q is being built and there is nothing to compare with yet: %w", s.name, errors.Join(ErrNotBuilt, s.problem()))
	}
	if info.Live != nil { // what came since would be no difference
		s.limit, s.bounded = info.Live.Checkpoint, true
		defer func() { s.limit, s.bounded = 0, false }()
	}
	// Under another signature, so that nobody goes on with it.
	if err := s.writer.Begin(ctx, "dry run of "+s.signature()); err != nil {
		return Difference{}, err
	}
	if err := s.fill(ctx, place{}); err != nil {
		return Difference{}, s.abandon(ctx, err)
	}
	d := Difference{Projection: s.name, Position: s.at}
	if err := d.compare(s.writer.States(ctx, ports.Live), s.writer.States(ctx, ports.Shadow)); err != nil {
		return Difference{}, s.abandon(ctx, err)
	}
	return d, s.writer.Drop(ctx)
}

// abandon drops the shadow after an error. When the runner ends it stays, for the
// next one to go on with; but not when only the one who asked for it has enough.
func (s *session) abandon(ctx context.Context, err error) error {
	if errors.Is(err, errStopped) {
		err = errors.Join(errors.New("the build met an event that cannot be applied"), s.problem())
	}
	if s.ending() {
		return err
	}
	return errors.Join(err, s.writer.Drop(context.WithoutCancel(ctx)))
}

// finish fills the shadow and puts it in the place of the live copy.
func (s *session) finish(ctx context.Context, from place) error {
	if err := s.fill(ctx, from); err != nil {
		return err
	}
	if err := s.writer.Swap(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.which = ports.Live
	s.reach(s.at, time.Time{}, time.Now())
	s.logger.LogAttrs(ctx, slog.LevelInfo, "projection is built", slog.Uint64("position", uint64(s.at)))
	return s.countParked(context.WithoutCancel(ctx))
}

// fill brings the shadow, whose checkpoint is given, to the head of the store.
func (s *session) fill(ctx context.Context, from place) error {
	s.enter(Rebuilding)
	if err := s.takeToken(ctx); err != nil {
		return err
	}
	defer s.giveToken()
	if err := s.turnTo(ctx, ports.Shadow, from); err != nil {
		return err
	}
	s.built, s.told = rate{}, time.Time{}
	s.built.note(from.position, time.Now())
	s.progress(false)
	defer s.progress(true)
	s.logger.LogAttrs(ctx, slog.LevelInfo, "projection is being built",
		slog.Uint64("after", uint64(from.position)), slog.Uint64("head", uint64(s.head)))
	for {
		// What came while the last events were read is read too, until that is the work
		// of a moment: the rest comes when the copy is live.
		begun := time.Now()
		if err := s.catchUp(ctx); err != nil {
			return err
		}
		if time.Since(begun) < time.Second || s.bounded {
			return ctx.Err()
		}
	}
}

// takeToken waits for its turn to build.
func (s *session) takeToken(ctx context.Context) error {
	requests := s.requests
	if s.serving {
		requests = nil
	}
	select {
	case s.building <- struct{}{}:
		s.token = true
		return nil
	case s.pending = <-requests:
		return errAsked
	case <-s.feed.closed:
		return ports.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// giveToken lets another projection be built.
func (s *session) giveToken() {
	if s.token {
		s.token = false
		<-s.building
	}
}

// progress tells how far the build is, not more often than people can read.
func (s *session) progress(done bool) {
	now := time.Now()
	s.built.note(s.at, now)
	if !done && now.Sub(s.told) < 100*time.Millisecond {
		return
	}
	s.told = now
	p := ports.Progress{Projection: s.name, Position: s.at, Target: max(s.head, s.at), Rate: s.built.at(now), Done: done}
	if p.Rate > 0 {
		p.Left = time.Duration(float64(p.Target-p.Position) / p.Rate * float64(time.Second))
	}
	if !done {
		s.status.build(p)
	}
	if s.options.Progress == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.options.Progress(p)
}

// compare walks through two copies in the order of their keys.
func (d *Difference) compare(before, after iter.Seq2[ports.ProjectionState, error]) error {
	nextOld, stopOld := iter.Pull2(before)
	defer stopOld()
	nextNew, stopNew := iter.Pull2(after)
	defer stopNew()
	old, oldErr, isOld := nextOld()
	made, newErr, isNew := nextNew()
	for isOld || isNew {
		if err := errors.Join(oldErr, newErr); err != nil {
			return err
		}
		switch {
		case !isNew || isOld && old.Key < made.Key:
			d.Removed++
			d.note(old.Key)
			old, oldErr, isOld = nextOld()
		case !isOld || made.Key < old.Key:
			d.States++
			d.Added++
			d.note(made.Key)
			made, newErr, isNew = nextNew()
		default:
			d.States++
			if !bytes.Equal(old.Data, made.Data) || !slices.Equal(old.Tags, made.Tags) {
				d.Changed++
				d.note(made.Key)
			}
			old, oldErr, isOld = nextOld()
			made, newErr, isNew = nextNew()
		}
	}
	return nil
}

func (d *Difference) note(key string) {
	if len(d.Keys) < maxDifferentKeys {
		d.Keys = append(d.Keys, key)
	}
}
