package domain

// Limits that every store enforces before it takes a lock. They are part of the
// contract: what one adapter accepts, all accept.
const (
	// MaxTypeBytes is the longest event type, in bytes of UTF-8.
	MaxTypeBytes = 255
	// MaxTagBytes is the longest tag, in bytes of UTF-8.
	MaxTagBytes = 255
	// MaxTags is the largest number of distinct tags of one event, and of tags in
	// one query item.
	MaxTags = 64
	// MaxDataBytes is the largest event data, in bytes without insignificant white
	// space. Input with more than eight times as many bytes is refused unread.
	MaxDataBytes = 1 << 20
	// MaxDataDepth is the deepest nesting of arrays and objects in event data. Common
	// tools read that much, and the envelope around it.
	MaxDataDepth = 100
	// MaxMetadataBytes is the longest text of one metadata field, key or value, in
	// bytes of UTF-8.
	MaxMetadataBytes = 1024
	// MaxMetadataValues is the largest number of free metadata values of one event.
	MaxMetadataValues = 64
	// MaxBatchEvents is the largest number of events in one append.
	MaxBatchEvents = 10_000
	// MaxBatchBytes is the largest sum of all texts of the events in one append:
	// types, tags, data and metadata, in bytes of UTF-8.
	MaxBatchBytes = 16 << 20
	// MaxQueryItems is the largest number of items of one query.
	MaxQueryItems = 1024
	// MaxQueryTypes is the largest number of types of one query item.
	MaxQueryTypes = 256
	// MaxConditions is the largest number of conditions of one append.
	MaxConditions = 64
)
