package domain

// AppendCondition guards an append. It fails if and only if the store holds an
// event that FailIfEventsMatch selects at a position greater than After. The
// events being appended are never part of the check.
//
// After is exclusive. Zero ignores nothing: the query must match no event of the
// whole store, which is how "must not exist yet" is said. An After beyond the
// head is legal and can only hold until that many events exist.
type AppendCondition struct {
	FailIfEventsMatch Query
	After             Position
}
