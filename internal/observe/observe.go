// Package observe lets a test kit watch what decision models fold. Whoever runs
// a decision puts an observer into the context; without one a load pays for a
// single look into its context and nothing else. It is internal: what a decision
// does must never depend on being watched.
package observe

import (
	"context"

	"github.com/opossum-go/opossum/domain"
)

// Load is one completed read for decision models, and the condition that comes of
// it. A load that needs several reads is several of them.
type Load struct {
	// Condition is what this read alone demands: the union of the models' queries,
	// after the head of the read. The condition of several reads begins at the head of
	// the first one.
	Condition domain.AppendCondition
	// Models are in the order in which they were loaded.
	Models []Model
}

// Model is what a load made of one model.
type Model struct {
	// Name is the model's text form.
	Name string
	// Query is what the model is about.
	Query domain.Query
	// Before and After are its state, as text, around the load.
	Before, After string
	// Folded are the events that the model was given, in that order.
	Folded []domain.SequencedEvent
}

// Observer is told of each completed read, in the goroutine that loads.
type Observer func(Load)

type key struct{}

// With returns a context whose loads the observer is told of.
func With(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, key{}, o)
}

// From returns the observer of a context, nil when nobody watches.
func From(ctx context.Context) Observer {
	o, _ := ctx.Value(key{}).(Observer)
	return o
}
