package projectiontest

import (
	"context"
	"iter"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// past is a store that holds the given events and is never told of others.
type past []domain.SequencedEvent

func (p past) Head(context.Context) (domain.Position, error) { return domain.Position(len(p)), nil }

func (p past) Read(_ context.Context, query domain.Query, options ports.ReadOptions) (ports.ReadResult, error) {
	if err := query.Validate(); err != nil {
		return ports.ReadResult{}, err
	}
	var found []domain.SequencedEvent
	for _, e := range p {
		if e.Position > options.After && (options.Before == 0 || e.Position < options.Before) && query.Matches(e.Event) {
			found = append(found, e)
		}
	}
	if options.Backwards {
		slices.Reverse(found)
	}
	if options.Limit > 0 {
		found = found[:min(options.Limit, len(found))]
	}
	return ports.ReadResult{Head: domain.Position(len(p)), Events: func(yield func(domain.SequencedEvent, error) bool) {
		for _, e := range found {
			if !yield(e, nil) {
				return
			}
		}
	}}, nil
}

func (p past) Subscribe(ctx context.Context, query domain.Query, after domain.Position) iter.Seq2[domain.SequencedEvent, error] {
	return func(yield func(domain.SequencedEvent, error) bool) {
		read, err := p.Read(ctx, query, ports.ReadOptions{After: after})
		if err != nil {
			yield(domain.SequencedEvent{}, err)
			return
		}
		for e, err := range read.Events {
			if !yield(e, err) {
				return
			}
		}
		<-ctx.Done()
		yield(domain.SequencedEvent{}, ctx.Err())
	}
}
