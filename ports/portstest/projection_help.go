package portstest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// stock is the projection that most rules are about.
const stock = "stock"

// everyState selects all states.
var everyState = ports.StateSelection{}

// item returns a state whose data says its key and version. It is as old as its version says.
func item(key string, version int, tags ...domain.Tag) ports.ProjectionState {
	slices.Sort(tags)
	return ports.ProjectionState{
		Key: key, Data: fmt.Appendf(nil, `{"version":%d}`, version), Tags: tags, Version: version,
		CreatedAt: dayOne, UpdatedAt: dayOne.Add(time.Duration(version) * time.Minute), Position: domain.Position(version),
	}
}

// itemsOf returns a state of version 1 for each key.
func itemsOf(keys ...string) []ports.ProjectionState {
	out := make([]ports.ProjectionState, len(keys))
	for i, key := range keys {
		out[i] = item(key, 1)
	}
	return out
}

// step returns a batch that writes states.
func step(after, upTo domain.Position, put ...ports.ProjectionState) ports.ProjectionBatch {
	return ports.ProjectionBatch{After: after, UpTo: upTo, Put: put}
}

// endingAt returns the batch as one that knows the event at its end.
func endingAt(batch ports.ProjectionBatch, id string) ports.ProjectionBatch {
	batch.EventID = id
	return batch
}

func mustAcquire(t testing.TB, store ports.ProjectionStore, name string) ports.ProjectionWriter {
	t.Helper()
	writer, err := store.Acquire(t.Context(), name)
	if err != nil {
		t.Fatalf("Acquire(%q) = %v, want a writer", name, err)
	}
	t.Cleanup(func() { _ = writer.Release() })
	return writer
}

func mustRelease(t testing.TB, writer ports.ProjectionWriter) {
	t.Helper()
	if err := writer.Release(); err != nil {
		t.Fatalf("Release() = %v, want nil", err)
	}
}

func mustBegin(t testing.TB, writer ports.ProjectionWriter, signature string) {
	t.Helper()
	if err := writer.Begin(t.Context(), signature); err != nil {
		t.Fatalf("Begin(%q) = %v, want nil", signature, err)
	}
}

func mustCommit(t testing.TB, writer ports.ProjectionWriter, which ports.Copy, batch ports.ProjectionBatch) {
	t.Helper()
	if err := writer.Commit(t.Context(), which, batch); err != nil {
		t.Fatalf("Commit of %d states and %d deletions from %d to %d to the %v copy = %v, want nil",
			len(batch.Put), len(batch.Delete), batch.After, batch.UpTo, which, err)
	}
}

func mustSwap(t testing.TB, writer ports.ProjectionWriter) {
	t.Helper()
	if err := writer.Swap(t.Context()); err != nil {
		t.Fatalf("Swap() = %v, want nil", err)
	}
}

// mustBuild makes a live copy of signature "v1" at checkpoint 10 with the given states.
func mustBuild(t testing.TB, store ports.ProjectionStore, name string, states ...ports.ProjectionState) ports.ProjectionWriter {
	t.Helper()
	writer := mustAcquire(t, store, name)
	mustBegin(t, writer, "v1")
	mustCommit(t, writer, ports.Shadow, step(0, 10, states...))
	mustSwap(t, writer)
	return writer
}

// openStock returns a new store whose projection stock has the given states.
func openStock(t testing.TB, f ProjectionFixture, states ...ports.ProjectionState) (ports.ProjectionStore, ports.ProjectionWriter) {
	t.Helper()
	store := f.Open(t)
	return store, mustBuild(t, store, stock, states...)
}

func mustInfo(t testing.TB, store ports.ProjectionReader, name string) ports.ProjectionInfo {
	t.Helper()
	info, err := store.Projection(t.Context(), name)
	if err != nil {
		t.Fatalf("Projection(%q) = %v, want no error", name, err)
	}
	return info
}

// wantInfo compares with what infoPicture writes.
func wantInfo(t testing.TB, store ports.ProjectionReader, name, want string) {
	t.Helper()
	if got := infoPicture(mustInfo(t, store, name)); got != want {
		t.Errorf("the projection is %s\n                 want %s", got, want)
	}
}

// infoPicture writes all of an info, such as "stock: live v1 at 10, shadow none".
func infoPicture(info ports.ProjectionInfo) string {
	return fmt.Sprintf("%s: live %s, shadow %s", info.Name, copyPicture(info.Live), copyPicture(info.Shadow))
}

func copyPicture(c *ports.CopyInfo) string {
	if c == nil {
		return "none"
	}
	out := fmt.Sprintf("%s at %d", c.Signature, c.Checkpoint)
	if c.EventID != "" {
		out += fmt.Sprintf(" %q", c.EventID)
	}
	if c.Parked != 0 {
		out += fmt.Sprintf(" with %d parked", c.Parked)
	}
	if c.Failure != nil {
		out += " stopped at " + failurePicture(*c.Failure)
	}
	return out
}

func failurePicture(f ports.ProjectionFailure) string {
	return fmt.Sprintf("%d %q: %q on %s", f.Position, f.Type, f.Error, f.At.Format(time.RFC3339Nano))
}

// mustState returns the state with a key that must be there.
func mustState(t testing.TB, store ports.ProjectionReader, name, key string) ports.ProjectionState {
	t.Helper()
	state, found, err := store.State(t.Context(), name, key)
	if err != nil || !found {
		t.Fatalf("State(%q, %.40q) = found %v, %v; want it found", name, key, found, err)
	}
	return state
}

func wantState(t testing.TB, store ports.ProjectionReader, name string, want ports.ProjectionState) {
	t.Helper()
	if g, w := statePicture(mustState(t, store, name, want.Key)), statePicture(want); g != w {
		t.Errorf("the state is\n     %s\nwant %s", g, w)
	}
}

func wantNoState(t testing.TB, store ports.ProjectionReader, name, key string) {
	t.Helper()
	if state, found, err := store.State(t.Context(), name, key); found || err != nil {
		t.Errorf("State(%q, %.40q) = %s, found %v, %v; want nothing found and no error", name, key, statePicture(state), found, err)
	}
}

// statePicture writes all of a state. Unlike the state, the text shares no memory with the store.
func statePicture(s ports.ProjectionState) string {
	return fmt.Sprintf("%q %s tags=%q version=%d created=%s updated=%s position=%d",
		s.Key, s.Data, s.Tags, s.Version, s.CreatedAt.Format(time.RFC3339Nano), s.UpdatedAt.Format(time.RFC3339Nano), s.Position)
}

// collectStates ranges over states once.
func collectStates(t testing.TB, states iter.Seq2[ports.ProjectionState, error]) []ports.ProjectionState {
	t.Helper()
	var out []ports.ProjectionState
	for state, err := range states {
		if err != nil {
			t.Fatalf("after %d states the read ended with %v", len(out), err)
		}
		out = append(out, state)
	}
	return out
}

// keysOf joins the keys of states by a space.
func keysOf(states []ports.ProjectionState) string {
	out := make([]string, len(states))
	for i, state := range states {
		out[i] = state.Key
	}
	return strings.Join(out, " ")
}

func keysRead(t testing.TB, store ports.ProjectionReader, name string, selection ports.StateSelection) string {
	t.Helper()
	return keysOf(collectStates(t, store.States(t.Context(), name, selection)))
}

// versionsOf writes keys with versions, such as "a1 b2".
func versionsOf(states []ports.ProjectionState) string {
	out := make([]string, len(states))
	for i, state := range states {
		out[i] = fmt.Sprint(state.Key, state.Version)
	}
	return strings.Join(out, " ")
}

// wantVersions compares all states of a projection with a text such as "a1 b2".
func wantVersions(t testing.TB, store ports.ProjectionReader, name, want string) {
	t.Helper()
	if got := versionsOf(collectStates(t, store.States(t.Context(), name, everyState))); got != want {
		t.Errorf("projection %s has the states %q, want %q", name, got, want)
	}
}

// wantCopy compares all states of a copy with a text such as "a1 b2".
func wantCopy(t testing.TB, writer ports.ProjectionWriter, which ports.Copy, want string) {
	t.Helper()
	if got := versionsOf(collectStates(t, writer.States(t.Context(), which))); got != want {
		t.Errorf("the %v copy has the states %q, want %q", which, got, want)
	}
}

// wantTagged wants a query by tags and the count of them to give these keys.
func wantTagged(t testing.TB, store ports.ProjectionReader, name, want string, tags ...domain.Tag) {
	t.Helper()
	if got := keysRead(t, store, name, ports.StateSelection{Tags: tags}); got != want {
		t.Errorf("the states with tags %q are %q, want %q", tags, got, want)
	}
	count, err := store.CountStates(t.Context(), name, tags...)
	if err != nil || count != len(strings.Fields(want)) {
		t.Errorf("CountStates(%q) = %d, %v; want %d", tags, count, err, len(strings.Fields(want)))
	}
}

func mustLoad(t testing.TB, writer ports.ProjectionWriter, which ports.Copy, keys ...string) map[string]ports.ProjectionState {
	t.Helper()
	states, err := writer.Load(t.Context(), which, keys)
	if err != nil {
		t.Fatalf("Load of %d keys of the %v copy = %v, want no error", len(keys), which, err)
	}
	return states
}

// wantLoaded compares what Load finds of the keys with a text such as "a1 b2".
func wantLoaded(t testing.TB, writer ports.ProjectionWriter, which ports.Copy, keys []string, want string) {
	t.Helper()
	states := mustLoad(t, writer, which, keys...)
	var found []ports.ProjectionState
	for _, key := range slices.Sorted(maps.Keys(states)) {
		if states[key].Key != key {
			t.Errorf("Load returns the state of %q under the key %q", states[key].Key, key)
		}
		found = append(found, states[key])
	}
	if got := versionsOf(found); got != want {
		t.Errorf("Load of %q from the %v copy finds %q, want %q", keys, which, got, want)
	}
}

func mustParked(t testing.TB, store ports.ProjectionReader, name string) []ports.ParkedEvent {
	t.Helper()
	parked, err := store.Parked(t.Context(), name)
	if err != nil {
		t.Fatalf("Parked(%q) = %v, want no error", name, err)
	}
	return parked
}

func position(n int) domain.Position { return domain.Position(n) }

// parkedAt returns an event to set aside.
func parkedAt(at domain.Position) ports.ParkedEvent {
	return ports.ParkedEvent{Position: at, Type: "counted", Error: fmt.Sprintf("no shelf at %d", at), Attempts: 1, At: dayOne}
}

// failureAt returns why a projection stopped.
func failureAt(at domain.Position) *ports.ProjectionFailure {
	return &ports.ProjectionFailure{Position: at, Type: "counted", Error: "no shelf", At: dayOne}
}
