package projection

import (
	"iter"

	"github.com/opossum-go/opossum/domain"
)

// maxStepBytes bounds the data of the events in one step.
const maxStepBytes = 8 << 20

// inBatches collects events in slices of at most so many, while the one before is
// being worked on. A slice is the receiver's until it asks for the next one. An error
// comes behind the events before it and is the last element. It never yields an empty
// slice without an error.
func inBatches(events iter.Seq2[domain.SequencedEvent, error], most int) iter.Seq2[[]domain.SequencedEvent, error] {
	type batch struct {
		events []domain.SequencedEvent
		err    error
	}
	return func(yield func([]domain.SequencedEvent, error) bool) {
		batches, enough := make(chan batch), make(chan struct{})
		used := make(chan []domain.SequencedEvent, 1) // the memory of slices that were worked on
		go func() {
			defer close(batches)
			send := func(b batch) bool {
				select {
				case batches <- b:
					return true
				case <-enough:
					return false
				}
			}
			var full []domain.SequencedEvent
			bytes := 0
			for e, err := range events {
				if err != nil {
					if len(full) == 0 || send(batch{events: full}) {
						send(batch{err: err})
					}
					return
				}
				if full == nil {
					select {
					case full = <-used:
					default:
						full = make([]domain.SequencedEvent, 0, min(most, 1024))
					}
				}
				full = append(full, e)
				bytes += len(e.Data)
				if len(full) == most || bytes >= maxStepBytes {
					if !send(batch{events: full}) {
						return
					}
					full, bytes = nil, 0
				}
			}
			if len(full) > 0 {
				send(batch{events: full})
			}
		}()
		defer func() {
			close(enough)
			for range batches { // it has let go of the store when this ends
			}
		}()
		for b := range batches {
			if !yield(b.events, b.err) {
				return
			}
			select {
			case used <- b.events[:0]:
			default:
			}
		}
	}
}
