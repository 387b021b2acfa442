package portstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionReadMutants = []projectionMutant{
	{
		name: "a projection must be built before it can be read",
		bend: func(h *projectionHandle) {
			right := h.info
			h.info = func(ctx context.Context, name string) (ports.ProjectionInfo, error) {
				info, err := right(ctx, name)
				if err == nil && info.Live == nil && info.Shadow == nil {
					err = errors.New("no such projection")
				}
				return info, err
			}
		},
		breaks: saying{"a projection that was never built reads as one without states": "= no such projection, want no error"},
	},
	{
		name: "readers see the shadow",
		bend: func(h *projectionHandle) {
			right := h.states
			h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
				info, err := h.shared.Projection(ctx, name)
				h.mu.Lock()
				defer h.mu.Unlock()
				if err != nil || info.Shadow == nil || len(selection.Tags) > 0 {
					return right(ctx, name, selection)
				}
				return h.writers[len(h.writers)-1].States(ctx, ports.Shadow)
			}
		},
		breaks: saying{"readers see nothing of the shadow": `projection stock has the states "a9 c1", want "a1 b1"`},
	},
	{
		name: "keys are sorted without their case",
		bend: bendReads(func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState {
			return slices.SortedStableFunc(slices.Values(all(selection)), func(a, b ports.ProjectionState) int {
				return strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key))
			})
		}),
		breaks: saying{"states come in the order of their keys, byte by byte": "a read has the keys"},
	},
	{
		name: "a page begins with the key that it goes on after",
		bend: bendReads(func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState {
			out, whole := all(selection), all(ports.StateSelection{Tags: selection.Tags})
			if i := slices.IndexFunc(whole, func(s ports.ProjectionState) bool { return s.Key == selection.After }); i >= 0 {
				out = slices.Insert(out, 0, whole[i])
			}
			return out
		}),
		breaks: saying{
			"a selection goes on after a key, there or not, in both directions": "= \"b d f h\", want \"d f h\"",
			"pages put together are the whole, with and without tags":           "pages of 7 with tags",
		},
	},
	{
		name: "a limit holds before the tags are looked at",
		bend: bendReads(func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState {
			tags := selection.Tags
			selection.Tags = nil
			return slices.DeleteFunc(all(selection), func(s ports.ProjectionState) bool {
				return slices.ContainsFunc(tags, func(tag domain.Tag) bool { return !slices.Contains(s.Tags, tag) })
			})
		}),
		breaks: saying{"a selection yields no more than its limit": `= "a", want "a c"`},
	},
	{
		name: "one of the tags is enough",
		bend: bendReads(func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState {
			tags := selection.Tags
			selection.Tags = nil
			return slices.DeleteFunc(all(selection), func(s ports.ProjectionState) bool {
				return len(tags) > 0 && !slices.ContainsFunc(tags, func(tag domain.Tag) bool { return slices.Contains(s.Tags, tag) })
			})
		}),
		breaks: saying{"a query by tags finds the states that carry all of them": `are "a b c e f", want "a e"`},
	},
	{
		name: "tags are compared without their case",
		bend: bendReads(func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState {
			tags := selection.Tags
			selection.Tags = nil
			return slices.DeleteFunc(all(selection), func(s ports.ProjectionState) bool {
				return slices.ContainsFunc(tags, func(tag domain.Tag) bool {
					return !slices.ContainsFunc(s.Tags, func(own domain.Tag) bool { return strings.EqualFold(string(own), string(tag)) })
				})
			})
		}),
		breaks: saying{"tags are compared byte by byte": `the states with tags ["a"] are "k0 k1", want "k0"`},
	},
	{
		name: "an update adds tags and takes none away",
		bend: bendSteps(func(w *projectionWriterHandle, which ports.Copy, batch *ports.ProjectionBatch) {
			for i, s := range batch.Put {
				old, _ := w.load(context.Background(), which, []string{s.Key})
				batch.Put[i].Tags, _ = domain.PrepareTags(append(slices.Clone(s.Tags), old[s.Key].Tags...))
			}
		}),
		breaks: saying{"an update replaces the tags of a state": `the states with tags ["shelf:1"] are "a b c", want "b c"`},
	},
}

func projectionIterationMutants() []projectionMutant {
	return []projectionMutant{
		{
			name: "an iteration reads one page after the other",
			bend: func(h *projectionHandle) {
				right := h.states
				h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
					return func(yield func(ports.ProjectionState, error) bool) {
						left := selection.Limit
						for page := selection; ; {
							if page.Limit = 10; selection.Limit > 0 {
								page.Limit = min(left, 10)
							}
							n := 0
							for s, err := range right(ctx, name, page) {
								if !yield(s, err) {
									return
								}
								page.After = s.Key
								n++
							}
							if left -= n; n < 10 || left == 0 {
								return
							}
						}
					}
				}
			},
			breaks: saying{
				"an iteration is of one moment although commits go on":                    "which was written after it began",
				"an iteration is of one moment although the copy is swapped":              "which was written after it began",
				"an iteration is of one moment although another handle commits and swaps": "which was written after it began",
			},
		},
		{
			name: "a sequence is of the moment at which it was asked for",
			bend: func(h *projectionHandle) {
				right := h.states
				h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
					states, _ := statesListed(right(ctx, name, selection))
					return func(yield func(ports.ProjectionState, error) bool) {
						for _, s := range states {
							if !yield(s, nil) {
								return
							}
						}
					}
				}
			},
			breaks: saying{"each range over states is a moment of its own": `range 1 over the same sequence yields "a1 b1", want "a2 b1"`},
		},
		{
			name: "a lock is held until an iteration has come to its end",
			bend: func(h *projectionHandle) {
				states, state := h.states, h.state
				locked := make(chan struct{}, 1)
				lock := func(ctx context.Context) error {
					select {
					case locked <- struct{}{}:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
					return func(yield func(ports.ProjectionState, error) bool) {
						if err := lock(ctx); err != nil {
							yield(ports.ProjectionState{}, err)
							return
						}
						for s, err := range states(ctx, name, selection) {
							if !yield(s, err) {
								return
							}
						}
						<-locked
					}
				}
				h.state = func(ctx context.Context, name, key string) (ports.ProjectionState, bool, error) {
					if err := lock(ctx); err != nil {
						return ports.ProjectionState{}, false, err
					}
					defer func() { <-locked }()
					return state(ctx, name, key)
				}
				bendCommits(func(_ *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
					if err := lock(ctx); err != nil {
						return err
					}
					defer func() { <-locked }()
					return right(ctx, which, batch)
				})(h)
			},
			breaks: saying{
				"breaking out of an iteration leaves the store usable": hanging("a commit after breaking out of an iteration"),
				"the store can be read inside an iteration":            hanging("reading inside an iteration"),
			},
		},
		{
			name: "an iteration whose context ends stops without a word",
			bend: func(h *projectionHandle) {
				right := h.states
				h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
					return func(yield func(ports.ProjectionState, error) bool) {
						for s, err := range right(context.WithoutCancel(ctx), name, selection) {
							if ctx.Err() != nil || !yield(s, err) {
								return
							}
						}
					}
				}
			},
			breaks: saying{
				"an iteration whose context ends on the way is complete or says so":                  "ended without an error after 3 states, want 300",
				"a context that has ended makes every method of a projection store return its error": "States = <nil>, want context",
			},
		},
		{
			name: "Close cuts iterations off without a word",
			bend: func(h *projectionHandle) {
				right := h.states
				h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
					return func(yield func(ports.ProjectionState, error) bool) {
						for s, err := range right(ctx, name, selection) {
							if h.alive() != nil || !yield(s, err) {
								return
							}
						}
					}
				}
			},
			breaks: saying{"an iteration from before Close is complete or says that the store is closed": "ended without an error after 3 states, want 300"},
		},
	}
}

var projectionStateMutants = []projectionMutant{
	{
		name: "the data of states is written without white space",
		bend: bendStates(func(s ports.ProjectionState) ports.ProjectionState {
			var compact bytes.Buffer
			if json.Compact(&compact, s.Data) == nil {
				s.Data = compact.Bytes()
			}
			return s
		}),
		breaks: saying{"the data of a state comes back byte for byte": `data " {\n\t\"b\" : 1`},
	},
	{
		name: "times of states are kept as nanoseconds since 1970",
		bend: bendStates(func(s ports.ProjectionState) ports.ProjectionState {
			s.CreatedAt, s.UpdatedAt = time.Unix(0, s.CreatedAt.UnixNano()).UTC(), time.Unix(0, s.UpdatedAt.UnixNano()).UTC()
			return s
		}),
		breaks: saying{"version, times and position of a state come back as given, the times in UTC": "want \"b\" 1 tags=[]"},
	},
	{
		name: "data is not copied on its way in",
		bend: func(h *projectionHandle) {
			given := map[string]json.RawMessage{}
			bendSteps(func(_ *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) {
				for _, s := range batch.Put {
					given[s.Key] = s.Data
				}
			})(h)
			bendStates(func(s ports.ProjectionState) ports.ProjectionState {
				s.Data = slices.Clone(given[s.Key])
				return s
			})(h)
		},
		breaks: saying{"what a caller gave to a projection it may change afterwards": `the state is` + "\n     \"a\" xxxx"},
	},
	{
		name: "data is not copied on its way out of Load",
		bend: bendWriters(func(w *projectionWriterHandle) {
			right, kept := w.load, map[string]ports.ProjectionState{}
			w.load = func(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
				found, err := right(ctx, which, keys)
				for key, s := range found {
					if old, known := kept[key]; known && old.Version == s.Version {
						found[key] = old
					}
					kept[key] = found[key]
				}
				return found, err
			}
		}),
		breaks: saying{"what a caller gets from a projection it may change": "Load finds\n     \"a\" xxxx"},
	},
}
