package ports

import (
	"context"
	"iter"

	"github.com/opossum-go/opossum/domain"
)

// EventStore is the whole contract of a store. Ask for the smaller interfaces
// where they are enough.
type EventStore interface {
	Reader
	Appender
	Subscriber
}

// Appender adds events to a store.
type Appender interface {
	// Append stores events in order at consecutive positions, all or none, and
	// returns those positions. It returns nil only after the events are durable.
	//
	// Every condition must hold at the moment of the append; each has its own query
	// and its own After, so that "must not exist yet" (After 0) can stand beside a
	// decision's boundary. A condition fails if and only if an event that matches its
	// query has a position greater than its After. The events of the append itself do
	// not count. Without conditions the append is unconditional.
	//
	// Input is checked first: an empty batch, an invalid event and an invalid
	// condition are refused before any condition is looked at and before any lock is
	// taken. The store does not change or keep the caller's slices and maps.
	//
	// A context that ends before the write began makes Append return its error with
	// nothing written. Once the write has begun it runs to its end.
	//
	// Errors: see the package comment. Safe for concurrent use.
	Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error)
}

// Reader reads events and the head of a store. Safe for concurrent use.
type Reader interface {
	// Read takes a snapshot of the store and returns the events in it that match
	// query. Everything appended before Read was called is part of the snapshot,
	// nothing that is appended afterwards is.
	//
	// Errors: [domain.ErrInvalid] for an invalid query or options, [ErrClosed], the
	// context's error, [ErrCorrupt] when stored data is damaged, and [ErrLockTimeout]
	// when an append of this store with [ErrUnknownOutcome] cannot be settled yet, or
	// what is committed cannot be known yet for another reason.
	Read(ctx context.Context, query domain.Query, options ReadOptions) (ReadResult, error)

	// Head returns the position of the last event, 0 for an empty store. Its errors are
	// those of Read.
	Head(ctx context.Context) (domain.Position, error)
}

// ReadOptions narrows a read. The zero value reads everything that matches,
// oldest first. Options never change which events match, only which of the
// matching ones are returned and in what order.
type ReadOptions struct {
	// After skips events at positions up to and including After. It is exclusive in
	// both directions. Zero skips nothing.
	After domain.Position
	// Before skips events at positions from Before on. It is exclusive in both
	// directions. Zero means no bound.
	Before domain.Position
	// Limit is the most events to return, counted in the direction of the read.
	// Zero means no limit; a negative value is invalid.
	Limit int
	// Backwards returns the newest event first.
	Backwards bool
}

// Validate returns a [*domain.ValidationError] when Limit is negative.
func (o ReadOptions) Validate() error {
	if o.Limit < 0 {
		return &domain.ValidationError{Field: "options.limit", Rule: "must not be negative; 0 means no limit"}
	}
	return nil
}

// ReadResult is the snapshot that a read took.
type ReadResult struct {
	// Head is the position of the last event in the store when the snapshot was
	// taken, whether it matched or not; 0 for an empty store. A decision uses it as
	// the After of its condition.
	Head domain.Position
	// Events yields the matching events. It may be ranged over several times and
	// yields the same events each time. An error is yielded with a zero event and
	// ends the sequence; a sequence that ends without an error is complete. Breaking
	// out of the loop frees everything; a result that is never ranged over holds
	// nothing. The receiver owns the events it is given.
	Events iter.Seq2[domain.SequencedEvent, error]
}

// Subscriber follows a store.
type Subscriber interface {
	// Subscribe yields every event that matches query and has a position greater
	// than after: first those already stored, then new ones as they are committed,
	// by whichever process. They come in order, without gap and without duplicate.
	//
	// The sequence never ends silently: its last element is an error with a zero
	// event. That error is the context's when the context ends, [ErrClosed] when the
	// store is closed, [domain.ErrInvalid] for an invalid query. Breaking out of the
	// loop ends the subscription. Each range over the sequence is a subscription of
	// its own.
	Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error]
}
