package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// step applies events and moves the checkpoint to upTo, which is at or past the last
// of them. What cannot be applied is narrowed down to single events and left to the
// failure policy; the steps before and after such an event are whole.
func (s *session) step(ctx context.Context, events []domain.SequencedEvent, upTo place) error {
	return s.narrow(ctx, events, upTo, s.try(ctx, events, upTo, 1+s.triedBefore(events)))
}

// narrow goes on after a step that came to err.
func (s *session) narrow(ctx context.Context, events []domain.SequencedEvent, upTo place, err error) error {
	bad, ok := errors.AsType[*EventError](err)
	if !ok {
		return err
	}
	s.engine.forget()
	if len(events) == 1 {
		return s.fail(ctx, events, upTo, bad)
	}
	half := len(events) / 2
	if err := s.step(ctx, events[:half], placeOf(&events[half-1])); err != nil {
		return err
	}
	return s.step(ctx, events[half:], upTo)
}

// try applies events and stores the result. After an error nothing of it is stored,
// or, when that comes from the store, it is not known.
func (s *session) try(ctx context.Context, events []domain.SequencedEvent, upTo place, attempt int) error {
	if len(events) == 0 && upTo.position == s.at {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	batch := ports.ProjectionBatch{After: s.at, UpTo: upTo.position, EventID: upTo.id}
	if err := s.fold(ctx, events, attempt, &batch); err != nil {
		return err
	}
	var recorded time.Time
	if len(events) > 0 {
		recorded = events[len(events)-1].RecordedAt
	}
	return s.commit(ctx, batch, recorded)
}

// fold applies events in memory and adds what has changed to the batch.
func (s *session) fold(ctx context.Context, events []domain.SequencedEvent, attempt int, batch *ports.ProjectionBatch) error {
	err := s.absorb(ctx, events, attempt)
	if err == nil {
		batch.Put, batch.Delete, err = s.engine.changes()
	}
	return err
}

// absorb applies events in memory.
func (s *session) absorb(ctx context.Context, events []domain.SequencedEvent, attempt int) error {
	if missing := s.engine.prepare(events); len(missing) > 0 {
		stored, err := s.writer.Load(ctx, s.which, missing)
		if err != nil {
			return err
		}
		if err := s.engine.adopt(missing, stored); err != nil {
			return err
		}
	}
	for i := range events {
		if err := s.engine.apply(ctx, i, attempt); err != nil {
			return err
		}
	}
	return nil
}

// commit stores a step, also when the runner ends meanwhile: what was delivered is
// delivered.
func (s *session) commit(ctx context.Context, batch ports.ProjectionBatch, recorded time.Time) error {
	if err := s.writer.Commit(context.WithoutCancel(ctx), s.which, batch); err != nil {
		return err
	}
	s.engine.settle()
	s.at, s.event, s.written = batch.UpTo, batch.EventID, time.Now()
	if s.which == ports.Shadow {
		s.progress(false)
		return nil
	}
	s.reach(s.at, recorded, s.written)
	return nil
}

// fail deals with the one event in events, which could not be applied, as the
// failure policy says.
func (s *session) fail(ctx context.Context, events []domain.SequencedEvent, upTo place, bad *EventError) error {
	e, policy, attempts := events[0], s.plan.failure, 1
	bad.Type = e.Type
	before := s.condition()
	attempts += s.triedBefore(events)
	s.tried = tried{}
	for pauses := policy.pauses(); policy.more(attempts, bad); attempts++ {
		s.trouble(Retrying, bad)
		d := pauses.NextBackOff()
		due := time.Now().Add(d)
		if err := s.rest(ctx, d); err != nil {
			if errors.Is(err, errAsked) {
				s.tried = tried{which: s.which, at: e.Position, attempts: attempts, due: due, err: bad}
			}
			return err
		}
		err := s.try(ctx, events, upTo, attempts+1)
		again, ok := errors.AsType[*EventError](err)
		if !ok {
			if err == nil {
				s.enter(before)
			}
			return err
		}
		bad = again
		bad.Type = e.Type
		s.engine.forget()
	}
	s.logger.LogAttrs(ctx, slog.LevelError, "projection cannot apply an event",
		slog.Uint64("position", uint64(e.Position)), slog.String("type", e.Type), slog.Int("attempts", attempts),
		slog.String("then", policy.Then.String()), slog.Any("error", bad.Err), slog.String("stack", stackOf(bad)))
	if policy.Then == Stop && s.serving {
		s.trouble(Stopped, bad)
		return errStopped
	}
	now := s.options.Clock.Now().UTC()
	batch := ports.ProjectionBatch{After: s.at, UpTo: upTo.position, EventID: upTo.id}
	switch policy.Then {
	case Park:
		batch.Park = []ports.ParkedEvent{{Position: e.Position, Type: e.Type, Error: bad.Err.Error(), Attempts: attempts, At: now}}
	case Skip:
	default:
		batch.UpTo, batch.EventID = s.at, s.event
		batch.Failure = &ports.ProjectionFailure{Position: e.Position, Type: e.Type, Error: bad.Err.Error(), At: now}
	}
	if err := s.commit(ctx, batch, e.RecordedAt); err != nil {
		return err
	}
	if batch.Failure != nil {
		s.trouble(Stopped, bad)
		return errStopped
	}
	s.enter(before)
	return s.countParked(ctx)
}

// triedBefore returns how often the one event was tried before a request came.
func (s *session) triedBefore(events []domain.SequencedEvent) int {
	if len(events) == 1 && s.tried.which == s.which && s.tried.at == events[0].Position {
		return s.tried.attempts
	}
	return 0
}

// rest waits between two tries. Other projections may be built meanwhile, and a
// request ends it.
func (s *session) rest(ctx context.Context, d time.Duration) error {
	if s.pending.do != nil {
		return errAsked
	}
	building := s.token
	s.giveToken()
	requests := s.requests
	if s.serving {
		requests = nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case s.pending = <-requests:
		return errAsked
	case <-s.feed.closed:
		return ports.ErrClosed
	case <-timer.C:
	}
	if building {
		return s.takeToken(ctx)
	}
	return nil
}

func (s *session) countParked(ctx context.Context) error {
	if s.which != ports.Live {
		return nil
	}
	info, err := s.states.Projection(ctx, s.name)
	if err == nil && info.Live != nil {
		s.park(info.Live.Parked)
	}
	return err
}

// retryParked applies parked events of the live copy.
func (s *session) retryParked(ctx context.Context, positions []domain.Position) (int, error) {
	info, err := s.states.Projection(ctx, s.name)
	if err != nil {
		return 0, err
	}
	switch {
	case info.Live == nil || info.Live.Parked == 0:
		return 0, nil
	case info.Live.Signature != s.signature():
		return 0, fmt.Errorf("projection %q: its parked events belong to another version: %w", s.name, ErrNotBuilt)
	}
	if err := s.turnTo(ctx, ports.Live, checkpointOf(info.Live)); err != nil {
		return 0, err
	}
	parked, err := s.states.Parked(ctx, s.name)
	if err != nil {
		return 0, err
	}
	applied := 0
	var failed []error
	for _, p := range parked {
		if len(positions) > 0 && !slices.Contains(positions, p.Position) {
			continue
		}
		err := s.retry(ctx, p)
		bad, isBad := errors.AsType[*EventError](err)
		switch {
		case err == nil:
			applied++
		case isBad:
			failed = append(failed, bad)
		default:
			return applied, err
		}
	}
	return applied, errors.Join(errors.Join(failed...), s.countParked(ctx))
}

// retry applies a parked event and takes it off the list, or notes why it stays.
func (s *session) retry(ctx context.Context, p ports.ParkedEvent) error {
	result, err := s.events.Read(ctx, s.query, ports.ReadOptions{After: p.Position - 1, Limit: 1, Before: p.Position + 1})
	if err != nil {
		return err
	}
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	batch := ports.ProjectionBatch{After: s.at, UpTo: s.at, EventID: s.event}
	// An event that the projection has no handler for any more needs none.
	err = s.fold(ctx, events, p.Attempts+1, &batch)
	bad, isBad := errors.AsType[*EventError](err)
	switch {
	case err == nil:
		batch.Unpark = []domain.Position{p.Position}
	case isBad:
		s.engine.forget()
		bad.Type = p.Type
		p.Error, p.At = bad.Err.Error(), s.options.Clock.Now().UTC()
		p.Attempts++
		batch = ports.ProjectionBatch{After: s.at, UpTo: s.at, EventID: s.event, Park: []ports.ParkedEvent{p}}
	default:
		return err
	}
	return errors.Join(err, s.commit(ctx, batch, time.Time{}))
}
