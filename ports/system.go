package ports

import "time"

// Clock tells the time. Safe for concurrent use.
type Clock interface {
	// Now returns the current time. It may jump in either direction: who needs order
	// uses positions.
	Now() time.Time
}

// IDs makes identifiers. Safe for concurrent use.
type IDs interface {
	// NewID returns an identifier that was never returned before, by this or any
	// other source: 1 to [domain.MaxMetadataBytes] bytes of UTF-8.
	NewID() string
}
