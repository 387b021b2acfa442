package portstest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
)

var projectionCommitMutants = []projectionMutant{
	{
		name: "states are written although the commit does not begin at the checkpoint",
		bend: bendCommits(func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			err := right(ctx, which, batch)
			if now := w.copyInfo(which); errors.Is(err, ports.ErrCheckpoint) && now != nil {
				states := ports.ProjectionBatch{After: now.Checkpoint, UpTo: now.Checkpoint, Put: batch.Put}
				err = errors.Join(err, right(ctx, which, states))
			}
			return err
		}),
		breaks: saying{
			"a commit that does not begin at the checkpoint writes nothing and returns ErrCheckpoint": `has the states "a7 b1 z1", want "a1 b1"`,
		},
	},
	{
		name: "a commit begins wherever the checkpoint is",
		bend: bendSteps(func(w *projectionWriterHandle, which ports.Copy, batch *ports.ProjectionBatch) {
			if now := w.copyInfo(which); now != nil {
				batch.After, batch.UpTo = now.Checkpoint, max(batch.UpTo, now.Checkpoint)
			}
		}),
		breaks: saying{
			"a commit that does not begin at the checkpoint writes nothing and returns ErrCheckpoint": "= <nil>, want ports.ErrCheckpoint",
			"a writer goes on from where the writer of another handle stopped":                        "= <nil>, want ports.ErrCheckpoint",
		},
	},
	{
		name: "a commit makes the copy that is missing",
		bend: bendCommits(func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			if w.copyInfo(which) == nil {
				if err := w.begin(ctx, "made by a commit"); err != nil {
					return err
				}
			}
			return right(ctx, which, batch)
		}),
		breaks: saying{"a commit to a copy that does not exist returns ErrCheckpoint": "Commit to a shadow copy that does not exist = <nil>"},
	},
	{
		name: "deletions are lost",
		bend: bendSteps(func(_ *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) { batch.Delete = nil }),
		breaks: saying{
			"a commit writes states, deletions and checkpoint in one step": `has the states "a2 b1 c1 d1", want "a2 c1 d1"`,
			"a deleted state is found by none of its tags":                 `the states with tags ["shelf:1"] are "a b", want "b"`,
			"projections see nothing of each other":                        `projection sales has the states "a5 c6", want "c6"`,
		},
	},
	{
		name: "a step without states is none",
		bend: bendCommits(func(_ *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			if len(batch.Put)+len(batch.Delete) == 0 && batch.UpTo > batch.After {
				return nil
			}
			return right(ctx, which, batch)
		}),
		breaks: saying{"a commit may move the checkpoint alone": "stock: live v1 at 10, shadow none"},
	},
	{
		name: "a step that moves nothing is none",
		bend: bendCommits(func(_ *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			if batch.UpTo == batch.After {
				return nil
			}
			return right(ctx, which, batch)
		}),
		breaks: saying{"a commit may leave the checkpoint where it is": `has the states "a1", want "a2 b1"`},
	},
	{
		name: "the event at the checkpoint is not kept",
		bend: bendSteps(func(_ *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) { batch.EventID = "" }),
		breaks: saying{
			"a copy tells which event the last commit has ended at":          "stock: live v1 at 20, shadow none",
			"projections survive closing and opening again, in every detail": "stock: live v1 at 12 with 2 parked",
		},
	},
	{
		name: "a step without an event keeps the one before",
		bend: bendSteps(func(w *projectionWriterHandle, which ports.Copy, batch *ports.ProjectionBatch) {
			if now := w.copyInfo(which); now != nil && batch.EventID == "" {
				batch.EventID = now.EventID
			}
		}),
		breaks: saying{"a copy tells which event the last commit has ended at": `stock: live v1 at 30 "another"`},
	},
	{
		name: "what is deleted must be there",
		bend: bendCommits(func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			if found, err := w.load(ctx, which, batch.Delete); err == nil && len(found) < len(batch.Delete) {
				return errors.New("no such state")
			}
			return right(ctx, which, batch)
		}),
		breaks: saying{"deleting a key without a state is no error": "= no such state, want nil"},
	},
	{
		name: "a deleted state is kept without its tags",
		bend: bendSteps(func(w *projectionWriterHandle, which ports.Copy, batch *ports.ProjectionBatch) {
			found, _ := w.load(context.Background(), which, batch.Delete)
			for _, s := range found {
				s.Tags = nil
				batch.Put = append(batch.Put, s)
				batch.Delete = slices.DeleteFunc(slices.Clone(batch.Delete), func(key string) bool { return key == s.Key })
			}
		}),
		breaks: saying{"a state that was deleted and comes again is the new one only": "found true, <nil>; want nothing found"},
	},
	{
		name: "large batches are cut",
		bend: bendSteps(func(_ *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) {
			batch.Put = batch.Put[:min(len(batch.Put), 1000)]
		}),
		breaks: saying{"large batches are written as a whole": "Load of 3000 keys finds 1000, want 2500"},
	},
	{
		name: "a commit is written in two steps",
		bend: func(h *projectionHandle) {
			seen := make(chan struct{}) // is closed when somebody has read between the steps
			see := sync.OnceFunc(func() { close(seen) })
			states := h.states
			h.states = func(ctx context.Context, name string, selection ports.StateSelection) stateSequence {
				return func(yield func(ports.ProjectionState, error) bool) {
					first := 0
					for s, err := range states(ctx, name, selection) {
						if first == 0 {
							first = s.Version
						}
						if err == nil && s.Version != first {
							see()
						}
						if !yield(s, err) {
							return
						}
					}
				}
			}
			bendCommits(func(_ *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
				if half := len(batch.Put) / 2; batch.After >= 10 && half > 0 {
					first := ports.ProjectionBatch{After: batch.After, UpTo: batch.After, Put: batch.Put[:half]}
					if err := right(ctx, which, first); err != nil {
						return err
					}
					select {
					case <-seen:
					case <-ctx.Done():
					}
					batch.Put = batch.Put[half:]
				}
				return right(ctx, which, batch)
			})(h)
		},
		breaks: saying{"readers beside a writer see whole commits and whole swaps": "a reader "},
	},
}

func projectionCopyMutants() []projectionMutant {
	common := memory.NewProjections()
	return []projectionMutant{
		{
			name: "Begin goes on with the shadow that is there",
			bend: bendWriters(func(w *projectionWriterHandle) {
				right := w.begin
				w.begin = func(ctx context.Context, signature string) error {
					if w.copyInfo(ports.Shadow) != nil {
						return nil
					}
					return right(ctx, signature)
				}
			}),
			breaks: saying{"Begin drops the shadow that was there": "shadow v2 at 5 with 1 parked"},
		},
		{
			name: "Begin empties the live copy",
			bend: bendWriters(func(w *projectionWriterHandle) {
				right := w.begin
				w.begin = func(ctx context.Context, signature string) error {
					if w.copyInfo(ports.Live) != nil {
						if err := errors.Join(right(ctx, signature), w.swap(ctx)); err != nil {
							return err
						}
					}
					return right(ctx, signature)
				}
			}),
			breaks: saying{"Begin makes an empty shadow at checkpoint 0 and leaves the live copy alone": "stock: live v2 at 0, shadow v2 at 0"},
		},
		{
			name: "Load and States read the live copy only",
			bend: bendWriters(func(w *projectionWriterHandle) {
				load, states := w.load, w.states
				w.load = func(ctx context.Context, _ ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
					return load(ctx, ports.Live, keys)
				}
				w.states = func(ctx context.Context, _ ports.Copy) stateSequence { return states(ctx, ports.Live) }
			}),
			breaks: saying{
				"Load and States of a writer tell the copies apart":                        `the shadow copy has the states "a1 b1", want "b2 c3"`,
				"a shadow survives closing and opening again, and is gone on with":         "the shadow copy has the states",
				"what was deleted, dropped or swapped away stays away after opening again": `the shadow copy has the states "d4", want ""`,
			},
		},
		{
			name: "a copy that does not exist cannot be loaded from",
			bend: bendWriters(func(w *projectionWriterHandle) {
				right := w.load
				w.load = func(ctx context.Context, which ports.Copy, keys []string) (map[string]ports.ProjectionState, error) {
					if w.copyInfo(which) == nil {
						return nil, errors.New("no such table")
					}
					return right(ctx, which, keys)
				}
			}),
			breaks: saying{"a copy that does not exist has no states": "= no such table, want no error"},
		},
		{
			name: "the live copy stands still while there is a shadow",
			bend: bendCommits(func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
				if which == ports.Live && w.copyInfo(ports.Shadow) != nil {
					return ports.ErrCheckpoint
				}
				return right(ctx, which, batch)
			}),
			breaks: saying{"the live copy goes on while a shadow is made": "to the live copy = opossum: projection's checkpoint is not where the commit begins"},
		},
		{
			name: "a swap leaves the tags of the old copy",
			bend: func(h *projectionHandle) {
				var old []ports.ProjectionState
				bendSwap(func(w *projectionWriterHandle, right func(context.Context) error, ctx context.Context) error {
					old, _ = statesListed(w.states(ctx, ports.Live))
					return right(ctx)
				})(h)
				bendReads(func(all func(ports.StateSelection) []ports.ProjectionState, selection ports.StateSelection) []ports.ProjectionState {
					out := all(selection)
					if len(selection.Tags) == 1 {
						for _, s := range old {
							if slices.Contains(s.Tags, selection.Tags[0]) {
								out = append(out, s)
							}
						}
					}
					return out
				})(h)
			},
			breaks: saying{"a swap leaves nothing of the old copy": `the states with tags ["shelf:1"] are "a b", want ""`},
		},
		{
			name: "a swap forgets why the copy is stopped",
			bend: bendSwap(func(w *projectionWriterHandle, right func(context.Context) error, ctx context.Context) error {
				if err := right(ctx); err != nil {
					return err
				}
				at := w.copyInfo(ports.Live).Checkpoint
				return w.commit(ctx, ports.Live, ports.ProjectionBatch{After: at, UpTo: at})
			}),
			breaks: saying{"a swap makes the shadow the live copy, with all that belongs to it": "stock: live v2 at 5 with 2 parked, shadow none"},
		},
		{
			name: "a swap without a shadow empties the live copy",
			bend: bendSwap(func(w *projectionWriterHandle, right func(context.Context) error, ctx context.Context) error {
				if w.copyInfo(ports.Shadow) == nil {
					if err := w.begin(ctx, "empty"); err != nil {
						return err
					}
				}
				return right(ctx)
			}),
			breaks: saying{"a swap without a shadow returns ErrCheckpoint and changes nothing": "Swap without a shadow = <nil>, want ports.ErrCheckpoint"},
		},
		{
			name: "only the first swaps are done",
			bend: func(h *projectionHandle) {
				swaps := 0
				bendSwap(func(w *projectionWriterHandle, right func(context.Context) error, ctx context.Context) error {
					if swaps++; swaps > 2 {
						return w.drop(ctx)
					}
					return right(ctx)
				})(h)
			},
			breaks: saying{"a projection may be made anew many times": `"a" {"version":2}`},
		},
		{
			name: "Drop removes the live copy's states too",
			bend: bendWriters(func(w *projectionWriterHandle) {
				w.drop = func(ctx context.Context) error { return errors.Join(w.begin(ctx, "v1"), w.swap(ctx)) }
			}),
			breaks: saying{"Drop removes the shadow and nothing else": "stock: live v1 at 0, shadow none"},
		},
		{
			name: "all projections are one",
			bend: func(h *projectionHandle) {
				info, acquire, infos, states := h.info, h.acquire, h.infos, h.states
				h.info = func(ctx context.Context, name string) (ports.ProjectionInfo, error) {
					found, err := info(ctx, "one")
					found.Name = name
					return found, err
				}
				h.acquire = func(ctx context.Context, _ string) (ports.ProjectionWriter, error) { return acquire(ctx, "one") }
				h.infos = infos
				h.states = func(ctx context.Context, _ string, selection ports.StateSelection) stateSequence {
					return states(ctx, "one", selection)
				}
			},
			breaks: saying{
				"projections see nothing of each other":                           `Acquire("sales") = opossum: projection is run by somebody else`,
				"several projections are written at once, each by its own writer": "has the states",
			},
		},
		{
			name: "projections are sorted by the names of their files",
			bend: func(h *projectionHandle) {
				right := h.infos
				h.infos = func(ctx context.Context) ([]ports.ProjectionInfo, error) {
					infos, err := right(ctx)
					slices.SortFunc(infos, func(a, b ports.ProjectionInfo) int { return strings.Compare(a.Name+".db", b.Name+".db") })
					return infos, err
				}
			},
			breaks: saying{"Projections tells about all of them, sorted by name": "9-lives: live v1 at 10, shadow none\na-b: live"},
		},
		{
			name:   "all stores are one",
			bend:   func(h *projectionHandle) { h.use(common) },
			breaks: saying{"two stores of projections see nothing of each other": "the projection is stock: live v1 at 10, shadow none"},
		},
	}
}

var projectionParkedMutants = []projectionMutant{
	{
		name: "the event that was parked last is listed first",
		bend: func(h *projectionHandle) {
			right := h.parked
			h.parked = func(ctx context.Context, name string) ([]ports.ParkedEvent, error) {
				parked, err := right(ctx, name)
				slices.Reverse(parked)
				return parked, err
			}
		},
		breaks: saying{"parked events are listed by position and counted": "the parked events are\n     100 "},
	},
	{
		name: "what is parked stays as it was parked first",
		bend: bendSteps(func(w *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) {
			parked, _ := w.store.shared.Parked(context.Background(), w.name)
			batch.Park = slices.DeleteFunc(slices.Clone(batch.Park), func(e ports.ParkedEvent) bool {
				return slices.ContainsFunc(parked, func(old ports.ParkedEvent) bool { return old.Position == e.Position })
			})
		}),
		breaks: saying{"an event that is parked again replaces what was parked at its position": `11 "counted": "no shelf at 11" tried 1`},
	},
	{
		name: "unparking empties the list",
		bend: bendSteps(func(w *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) {
			if len(batch.Unpark) > 0 {
				parked, _ := w.store.shared.Parked(context.Background(), w.name)
				batch.Unpark = nil
				for _, e := range parked {
					batch.Unpark = append(batch.Unpark, e.Position)
				}
			}
		}),
		breaks: saying{"an event that is unparked leaves the list": `the parked events are` + "\n     14 "},
	},
	{
		name: "errors are cut",
		bend: bendSteps(func(_ *projectionWriterHandle, _ ports.Copy, batch *ports.ProjectionBatch) {
			batch.Park = slices.Clone(batch.Park)
			for i := range batch.Park {
				batch.Park[i].Error = batch.Park[i].Error[:min(1000, len(batch.Park[i].Error))]
			}
			if batch.Failure != nil {
				cut := *batch.Failure
				cut.Error = cut.Error[:min(1000, len(cut.Error))]
				batch.Failure = &cut
			}
		}),
		breaks: saying{"parked events come back as given": `long long " tried 1`, "a failure comes back as given": `long long " on 9999`},
	},
	{
		name: "a copy that stopped once is stopped for good",
		bend: bendSteps(func(w *projectionWriterHandle, which ports.Copy, batch *ports.ProjectionBatch) {
			if now := w.copyInfo(which); now != nil && batch.Failure == nil {
				batch.Failure = now.Failure
			}
		}),
		breaks: saying{
			"a commit with a failure stops the copy, the next one without goes on": "want stock: live v1 at 12, shadow v2 at 0",
			"Await works again when a projection goes on after it stopped":         "is stopped at position 13",
		},
	},
}

var projectionWriterMutants = []projectionMutant{
	{
		name: "anybody may acquire",
		bend: func(h *projectionHandle) {
			right := h.acquire
			h.acquire = func(ctx context.Context, name string) (ports.ProjectionWriter, error) {
				writer, err := right(ctx, name)
				if errors.Is(err, ports.ErrProjectionBusy) {
					return memory.NewProjections().Acquire(ctx, name)
				}
				return writer, err
			}
		},
		breaks: saying{
			"a projection that is acquired is busy for everybody else":                   "= <nil>, want ports.ErrProjectionBusy",
			"a projection that is acquired through one handle is busy through the other": "= <nil>, want ports.ErrProjectionBusy",
			"of many who acquire a projection at once one gets it":                       "got it, got it",
		},
	},
	{
		name:   "what was acquired stays busy",
		bend:   bendWriters(func(w *projectionWriterHandle) { w.release = func() error { return nil } }),
		breaks: saying{"a projection that was released can be acquired again": "projection is run by somebody else: stock, want a writer"},
	},
	{
		name: "a writer goes on after its release",
		bend: bendCommits(func(w *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
			err := right(ctx, which, batch)
			if errors.Is(err, ports.ErrClosed) && w.store.alive() == nil {
				again, err := w.store.shared.Acquire(ctx, w.name)
				if err != nil {
					return fmt.Errorf("%w: %w", ports.ErrClosed, err)
				}
				return errors.Join(again.Commit(ctx, which, batch), again.Release())
			}
			return err
		}),
		breaks: saying{"a writer that was released returns ErrClosed and writes nothing": "of a released writer, with nobody else at it, = <nil>; want ports.ErrClosed"},
	},
	{
		name: "Release lets the projection go, whoever has it",
		bend: bendWriters(func(w *projectionWriterHandle) {
			w.release = func() error {
				w.store.mu.Lock()
				defer w.store.mu.Unlock()
				for _, writer := range w.store.writers {
					_ = writer.Release()
				}
				return nil
			}
		}),
		breaks: saying{"a second Release does nothing, whoever has the projection by then": "= <nil>, want ports.ErrProjectionBusy"},
	},
}
