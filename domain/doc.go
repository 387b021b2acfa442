// Package domain holds the values an event store is about: events with their
// type and tags, the positions they get, the queries that select them and the
// conditions under which an append is accepted. It is pure: no clock, no I/O,
// and no import from the rest of the module.
//
// # Consistency boundaries
//
// There are no streams to pick a version from. A decision states, as a [Query],
// which facts it depends on; the [AppendCondition] built from the same query
// says "refuse me if anything that matches has arrived since". Two decisions
// whose queries do not meet never disturb each other.
//
// # One rule for every bound
//
// Positions start at 1 and have no holes. Zero means "before the first event".
// After is exclusive wherever it occurs: in a read, a subscription and a
// condition.
//
// # Zero values
//
// The zero [Event], [Tag], [Query] and [QueryItem] are invalid, and every store
// refuses them with a [ValidationError]: silence about what to read or guard is
// never taken for "everything" or "nothing".
package domain
