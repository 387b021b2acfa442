package portstest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionInputMutants = []projectionMutant{
	{
		name: "a name that is invalid has nothing parked",
		bend: func(h *projectionHandle) {
			right := h.parked
			h.parked = func(ctx context.Context, name string) ([]ports.ParkedEvent, error) {
				parked, err := right(ctx, name)
				if errors.Is(err, domain.ErrInvalid) {
					return nil, nil
				}
				return parked, err
			}
		},
		breaks: saying{
			"every method refuses an invalid name of a projection":                               "= <nil>, want domain.ErrInvalid",
			"invalid input about projections is refused as such even when the context has ended": "Parked of an invalid name = <nil>",
		},
	},
	{
		name: "the longest names are refused",
		bend: func(h *projectionHandle) {
			right := h.acquire
			h.acquire = func(ctx context.Context, name string) (ports.ProjectionWriter, error) {
				if len(name) >= ports.MaxProjectionNameBytes {
					return nil, errors.New("file name too long")
				}
				return right(ctx, name)
			}
		},
		breaks: saying{"the longest and the shortest name of a projection are accepted": "= file name too long, want a writer"},
	},
	{
		name: "Load finds nothing under an invalid key",
		bend: bendWriters(func(w *projectionWriterHandle) {
			right := w.load
			w.load = func(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
				return right(ctx, which, slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return ports.ValidateStateKey(key) != nil }))
			}
		}),
		breaks: saying{"an invalid key is refused": `Load of the key "" = <nil>, want domain.ErrInvalid`},
	},
	{
		name: "a negative limit is none",
		bend: func(h *projectionHandle) {
			right := h.states
			h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
				selection.Limit = max(selection.Limit, 0)
				return right(ctx, name, selection)
			}
		},
		breaks: saying{"an invalid selection is refused": "States with limit -1 = <nil>, want domain.ErrInvalid"},
	},
	{
		name: "what is valid of an invalid batch is written",
		bend: bendCommits(func(_ *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			err := right(ctx, which, batch)
			if errors.Is(err, domain.ErrInvalid) && len(batch.Put) > 0 {
				_ = right(ctx, which, ports.ProjectionBatch{After: batch.After, UpTo: batch.After, Put: batch.Put[:1]})
			}
			return err
		}),
		breaks: saying{"an invalid batch is refused and writes nothing": `the live copy has the states "a2 b1", want "a1 b1"`},
	},
	{
		name: "contexts that have ended are not noticed by writers",
		bend: bendWriters(func(w *projectionWriterHandle) {
			right := w.drop
			w.drop = func(ctx context.Context) error { return right(context.WithoutCancel(ctx)) }
		}),
		breaks: saying{"a context that has ended makes a writer return its error with nothing written": "Drop = <nil>, want context"},
	},
}

func projectionCloseMutants() []projectionMutant {
	return []projectionMutant{
		{
			name: "Close does nothing",
			bend: func(h *projectionHandle) { h.close = func() error { return nil } },
			breaks: saying{
				"a closed projection store refuses everything with ErrClosed": "of a closed store = <nil>, want ports.ErrClosed",
				"closing a projection store ends Await with ErrClosed":        hanging("Await beside Close"),
				"closing one handle leaves the other usable":                  hanging("Await beside Close"),
			},
		},
		{
			name:   "Close keeps what was acquired",
			bend:   func(h *projectionHandle) { h.close = func() error { h.end(); return nil } },
			breaks: saying{"a writer that was not released goes with its handle": "projection is run by somebody else: stock, want a writer"},
		},
		{
			name: "a second Close is an error",
			bend: func(h *projectionHandle) {
				right := h.close
				h.close = func() error { return errors.Join(h.alive(), right()) }
			},
			breaks: saying{"a projection store may be closed more than once": "Close() = opossum: store is closed, want nil"},
		},
		{
			name: "tags are lost when a store is opened again",
			bend: func(h *projectionHandle) {
				if h.second {
					bendStates(func(s ports.ProjectionState) ports.ProjectionState {
						s.Tags = nil
						return s
					})(h)
				}
			},
			breaks: saying{"projections survive closing and opening again, in every detail": "tags=[] version=3"},
		},
		{
			name: "a shadow is dropped when a store is opened again",
			bend: func(h *projectionHandle) {
				right, dropped := h.acquire, false
				h.acquire = func(ctx context.Context, name string) (ports.ProjectionWriter, error) {
					writer, err := right(ctx, name)
					if err == nil && h.second && !dropped {
						dropped = true
						err = writer.Drop(ctx)
					}
					return writer, err
				}
			},
			breaks: saying{"a shadow survives closing and opening again, and is gone on with": `the shadow copy has the states "", want "a9 d4"`},
		},
		{
			name: "what was unparked is back when a store is opened again",
			bend: func(h *projectionHandle) {
				right := h.parked
				h.parked = func(ctx context.Context, name string) ([]ports.ParkedEvent, error) {
					parked, err := right(ctx, name)
					if h.second && len(parked) == 0 {
						parked = []ports.ParkedEvent{{Position: 5}}
					}
					return parked, err
				}
			},
			breaks: saying{"what was deleted, dropped or swapped away stays away after opening again": "the parked events are\n     5 "},
		},
		{
			name: "another handle sees what was there when it was first looked at",
			bend: func(h *projectionHandle) {
				if h.second {
					first := map[string]ports.ProjectionInfo{}
					right := h.info
					h.info = func(ctx context.Context, name string) (ports.ProjectionInfo, error) {
						info, err := right(ctx, name)
						if old, known := first[name]; known {
							info = old
						}
						first[name] = info
						return info, err
					}
				}
			},
			breaks: saying{"two handles see each other's commits and swaps at once": "the projection is stock: live v1 at 11, shadow none"},
		},
	}
}
