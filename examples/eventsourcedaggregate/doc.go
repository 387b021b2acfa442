// Package eventsourcedaggregate is the example of https://dcb.events for those who
// come from event-sourced aggregates: a [Course] keeps its own state, changes it by
// events, and a [Repository] loads and saves it.
//
// An aggregate is one boundary among many that a query can draw: all events with
// the tag of one course. Loading reads them, saving appends under the condition
// that none has come since, and that is all the repository does. Aggregates that
// exist can move to the store like this and stay as they are.
//
// What an aggregate cannot do is what the example course subscriptions is about: a
// rule over a course and a student at the same time. And it guards all of its
// events, so a new title and a subscription disturb each other, although no rule
// connects them.
package eventsourcedaggregate
