package domain

import (
	"encoding/json"
	"time"
)

// Event is a fact to be stored.
//
// Type is required: 1 to [MaxTypeBytes] bytes of UTF-8 without NUL.
//
// Tags are a set; the store sorts them and drops duplicates. An event may have
// none.
//
// Data is any JSON value that is text throughout: valid UTF-8, and no \u escape of
// half a surrogate pair. It is stored without insignificant white space and
// otherwise byte for byte: numbers, escapes and the order of keys come back
// unchanged. Absent data (nil or empty) is stored as null.
type Event struct {
	Type     string
	Tags     []Tag
	Data     json.RawMessage
	Metadata Metadata
}

// Metadata says where an event comes from. Every field is optional; text fields
// are at most [MaxMetadataBytes] bytes of UTF-8 without NUL.
type Metadata struct {
	// ID identifies the event outside its store. The store fills in a new UUID
	// (version 7) when it is empty and does not check that it is unique.
	ID string
	// OccurredAt is when the fact happened, by the client's account. The store
	// fills in its own time when it is zero and keeps it otherwise, together with
	// its offset from UTC and to the nanosecond. Years 1 to 9999.
	OccurredAt time.Time
	// CorrelationID names the conversation that the event belongs to.
	CorrelationID string
	// CausationID names the event or command that led to this one.
	CausationID string
	// OperationID names the command that recorded the event.
	OperationID string
	// UserID names who acted.
	UserID string
	// Values holds anything else: at most [MaxMetadataValues] entries. A nil and
	// an empty map are the same.
	Values map[string]string
}

// SequencedEvent is an event as it stands in a store.
type SequencedEvent struct {
	// Position is the event's place in the store, from 1.
	Position Position
	// RecordedAt is the store's time of the append, in UTC. It never goes
	// backwards from one position to the next.
	RecordedAt time.Time
	Event
}
