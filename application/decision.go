package application

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Decision is one attempt to carry out a command. It is valid until the function
// it was given to returns, and belongs to the goroutine of that function.
//
// An error of Load, Record, RecordWith or RequireNone ends the attempt even when
// the function does not pass it on: a decision is never appended in part.
type Decision struct {
	ctx      context.Context
	reader   ports.Reader
	ids      ports.IDs
	attempt  int
	metadata domain.Metadata
	command  domain.Tag // on every event, empty without a command id

	events     []domain.Event
	conditions []domain.AppendCondition
	absent     []domain.Query // what RequireNone was given
	failure    error
	over       bool
}

// Load reads what the models are about, all as of one moment, and makes the
// append conditional on all of it. It may be called again, with new models, when what
// to load next depends on what was loaded before: each call adds a condition of
// its own, from its own read on.
//
// The models have to be made in this attempt: one that was loaded before is
// refused with [decision.ErrModelUsed]. For other errors see [decision.Load].
func (d *Decision) Load(models ...decision.Loadable) error {
	if d.over {
		return ErrDecisionOver
	}
	condition, err := decision.Load(d.ctx, d.reader, models...)
	if err != nil {
		return d.fail(err)
	}
	d.conditions = append(d.conditions, condition)
	return nil
}

// Record adds events to what is appended, in this order, when the function has
// returned nil. Each gets an id of its own and the metadata of the decision. It
// fails for what [decision.Encode] refuses, and for a tag that begins with
// [CommandTagPrefix].
func (d *Decision) Record(events ...decision.Event) error {
	return d.RecordWith(domain.Metadata{}, events...)
}

// RecordWith is [Decision.Record] with metadata of one's own: each field that is
// given wins over the decision's, the others stay. An ID can be given for one
// event at a time only.
func (d *Decision) RecordWith(metadata domain.Metadata, events ...decision.Event) error {
	if d.over {
		return ErrDecisionOver
	}
	if metadata.ID != "" && len(events) > 1 {
		return d.fail(&domain.ValidationError{
			Field: "metadata.id", Value: metadata.ID, Rule: "must be given for one event at a time, or be empty",
		})
	}
	encoded := make([]domain.Event, len(events))
	for i, event := range events {
		e, err := decision.Encode(event)
		if err != nil {
			return d.fail(fmt.Errorf("application: record event %d: %w", i, err))
		}
		if err := ownTags(i, e.Tags); err != nil {
			return d.fail(err)
		}
		e.Metadata = d.merged(metadata)
		if d.command != "" {
			e.Tags = slices.Concat(e.Tags, []domain.Tag{d.command})
		}
		encoded[i] = e
	}
	d.events = append(d.events, encoded...)
	return nil
}

// ownTags refuses tags that are kept for commands: whoever looks for the command
// would find the event.
func ownTags(event int, tags []domain.Tag) error {
	for i, tag := range tags {
		if strings.HasPrefix(string(tag), CommandTagPrefix) {
			return fmt.Errorf("application: record event %d: %w", event, &domain.ValidationError{
				Field: fmt.Sprintf("tags[%d]", i), Value: strconv.Quote(string(tag)),
				Rule: "must not begin with " + CommandTagPrefix + ", which is kept for the ids of commands",
			})
		}
	}
	return nil
}

// RequireNone makes the append conditional on the store holding no event at all
// that query matches, however old: "must not exist yet". It is checked by the
// append, not now. Since such an event never goes away, an attempt that requires
// its absence again is given up with the conflict; load a model when the absence
// is a rule that deserves its own refusal. When the function has returned it does
// nothing, and cannot say [ErrDecisionOver] as Load and Record do.
func (d *Decision) RequireNone(query domain.Query) {
	if err := query.Validate(); err != nil {
		_ = d.fail(fmt.Errorf("application: require none: %w", err))
		return
	}
	d.absent = append(d.absent, query)
	d.conditions = append(d.conditions, domain.AppendCondition{FailIfEventsMatch: query})
}

// Now returns the time of this attempt: the same instant each time it is asked,
// and the OccurredAt of the recorded events.
func (d *Decision) Now() time.Time { return d.metadata.OccurredAt }

// Attempt returns 1 in the first attempt, 2 after the first conflict, and so on.
func (d *Decision) Attempt() int { return d.attempt }

// Context returns the context of the call.
func (d *Decision) Context() context.Context { return d.ctx }

// Metadata returns what the recorded events will carry, except for the ID, which
// each event gets of its own.
func (d *Decision) Metadata() domain.Metadata { return d.metadata }

// fail keeps the first error: it decides the attempt.
func (d *Decision) fail(err error) error {
	d.failure = cmp.Or(d.failure, err)
	return err
}

// merged returns the decision's metadata with the given fields in their place.
func (d *Decision) merged(given domain.Metadata) domain.Metadata {
	m := d.metadata
	m.ID = given.ID
	if m.ID == "" {
		m.ID = d.ids.NewID()
	}
	if !given.OccurredAt.IsZero() {
		m.OccurredAt = given.OccurredAt
	}
	m.CorrelationID = cmp.Or(given.CorrelationID, m.CorrelationID)
	m.CausationID = cmp.Or(given.CausationID, m.CausationID)
	m.OperationID = cmp.Or(given.OperationID, m.OperationID)
	m.UserID = cmp.Or(given.UserID, m.UserID)
	m.Values = maps.Clone(given.Values)
	return m
}

// run calls fn and closes the decision behind it.
func (d *Decision) run(fn func(*Decision) error) error {
	defer func() { d.over = true }()
	err := fn(d)
	if d.failure == nil || errors.Is(err, d.failure) {
		return err
	}
	return errors.Join(err, d.failure)
}
