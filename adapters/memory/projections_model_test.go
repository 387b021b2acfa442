package memory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// model is what states a copy has, by key, kept in the simplest way.
type model map[string]ports.ProjectionState

// selected looks at every state.
func (m model) selected(selection ports.StateSelection) []string {
	var keys []string
	for key, state := range m {
		carried := true
		for _, tag := range selection.Tags {
			carried = carried && slices.Contains(state.Tags, tag)
		}
		after := selection.After == "" || key > selection.After != selection.Backwards && key != selection.After
		if carried && after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if selection.Backwards {
		slices.Reverse(keys)
	}
	if selection.Limit > 0 {
		keys = keys[:min(len(keys), selection.Limit)]
	}
	return keys
}

func TestWhateverIsCommittedSelectionsFindWhatAScanFinds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		store, want := memory.NewProjections(), model{}
		writer, err := store.Acquire(t.Context(), "model")
		if err != nil {
			r.Fatal(err)
		}
		if err := writer.Begin(t.Context(), "v1"); err != nil {
			r.Fatal(err)
		}
		if err := writer.Swap(t.Context()); err != nil {
			r.Fatal(err)
		}
		keys := rapid.Custom(func(r *rapid.T) string { return fmt.Sprint("k", rapid.IntRange(0, 120).Draw(r, "key")) })
		tags := rapid.SliceOfNDistinct(rapid.SampledFrom([]domain.Tag{"a", "b", "c"}), 0, 3, rapid.ID[domain.Tag])
		r.Repeat(map[string]func(*rapid.T){
			"commit": func(r *rapid.T) {
				var batch ports.ProjectionBatch
				for _, key := range rapid.SliceOfNDistinct(keys, 0, 60, rapid.ID[string]).Draw(r, "keys") {
					if rapid.Bool().Draw(r, "delete") {
						batch.Delete = append(batch.Delete, key)
						delete(want, key)
						continue
					}
					carried, err := domain.PrepareTags(tags.Draw(r, "tags"))
					if err != nil {
						r.Fatal(err)
					}
					state := ports.ProjectionState{Key: key, Data: []byte("1"), Version: 1, Tags: carried}
					batch.Put = append(batch.Put, state)
					want[key] = state
				}
				if err := writer.Commit(t.Context(), ports.Live, batch); err != nil {
					r.Fatal(err)
				}
			},
			"": func(r *rapid.T) {
				selection := ports.StateSelection{Tags: tags.Draw(r, "of tags"), Limit: rapid.IntRange(0, 5).Draw(r, "limit"), Backwards: rapid.Bool().Draw(r, "backwards")}
				if rapid.Bool().Draw(r, "goes on") {
					selection.After = keys.Draw(r, "after")
				}
				var got []string
				for state, err := range store.States(t.Context(), "model", selection) {
					if err != nil {
						r.Fatal(err)
					}
					got = append(got, state.Key)
				}
				if found := want.selected(selection); !slices.Equal(got, found) {
					r.Fatalf("States(%+v) = %s, want %s", selection, strings.Join(got, " "), strings.Join(found, " "))
				}
				count, err := store.CountStates(t.Context(), "model", selection.Tags...)
				if all := want.selected(ports.StateSelection{Tags: selection.Tags}); err != nil || count != len(all) {
					r.Fatalf("CountStates(%q) = %d, %v; want %d", selection.Tags, count, err, len(all))
				}
			},
		})
	})
}
