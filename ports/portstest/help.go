package portstest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// forwards reads everything, oldest first.
var forwards = ports.ReadOptions{}

func open(t testing.TB, f Fixture) ports.EventStore {
	t.Helper()
	return f.Open(t, newClock())
}

// event returns an event with tags and without data.
func event(typ string, tags ...domain.Tag) domain.Event {
	return domain.Event{Type: typ, Tags: tags}
}

// named returns an event whose data is a name to recognise it by.
func named(name, typ string, tags ...domain.Tag) domain.Event {
	return domain.Event{Type: typ, Tags: tags, Data: fmt.Appendf(nil, "%q", name)}
}

func ofType(types ...string) domain.Query { return domain.NewQuery(domain.OfTypes(types...)) }

func tagged(tags ...domain.Tag) domain.Query { return domain.NewQuery(domain.Tagged(tags...)) }

func none(query domain.Query) domain.AppendCondition {
	return domain.AppendCondition{FailIfEventsMatch: query}
}

func noneAfter(after domain.Position, query domain.Query) domain.AppendCondition {
	return domain.AppendCondition{FailIfEventsMatch: query, After: after}
}

func mustAppend(t testing.TB, store ports.Appender, events ...domain.Event) domain.Positions {
	t.Helper()
	return mustAppendIf(t, store, events)
}

func mustAppendIf(t testing.TB, store ports.Appender, events []domain.Event, conditions ...domain.AppendCondition) domain.Positions {
	t.Helper()
	positions, err := store.Append(t.Context(), events, conditions...)
	if err != nil {
		t.Fatalf("Append of %s under [%s] = %v, want it accepted", types(events), guards(conditions), err)
	}
	if positions.Len() != len(events) {
		t.Fatalf("Append of %d events = positions %d to %d, want %d positions, none of them 0", len(events), positions.First, positions.Last, len(events))
	}
	return positions
}

// mustConflict appends and wants a *ports.ConflictError.
func mustConflict(t testing.TB, store ports.Appender, events []domain.Event, conditions ...domain.AppendCondition) *ports.ConflictError {
	t.Helper()
	positions, err := store.Append(t.Context(), events, conditions...)
	if err == nil {
		t.Fatalf("Append of %s under [%s] = positions %d to %d, want a conflict", types(events), guards(conditions), positions.First, positions.Last)
	}
	conflict, ok := asConflict(err)
	if !ok {
		t.Fatalf("Append of %s under [%s] = %v, want a *ports.ConflictError", types(events), guards(conditions), err)
	}
	return conflict
}

func asConflict(err error) (*ports.ConflictError, bool) {
	var conflict *ports.ConflictError
	ok := errors.As(err, &conflict) && errors.Is(err, ports.ErrConflict)
	return conflict, ok
}

func mustRead(t testing.TB, store ports.Reader, query domain.Query, options ports.ReadOptions) ports.ReadResult {
	t.Helper()
	result, err := store.Read(t.Context(), query, options)
	if err != nil {
		t.Fatalf("Read(%v, %+v) = %v, want a result", query, options, err)
	}
	return result
}

func mustHead(t testing.TB, store ports.Reader) domain.Position {
	t.Helper()
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatalf("Head() = %v, want a position", err)
	}
	return head
}

// collect ranges over a result once.
func collect(t testing.TB, result ports.ReadResult) []domain.SequencedEvent {
	t.Helper()
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			t.Fatalf("after %d events the read ended with %v", len(events), err)
		}
		events = append(events, e)
	}
	return events
}

func readAll(t testing.TB, store ports.Reader) []domain.SequencedEvent {
	t.Helper()
	return collect(t, mustRead(t, store, domain.All(), forwards))
}

// wantDense reads everything and wants n events at positions 1 to n.
func wantDense(t testing.TB, store ports.Reader, n int) []domain.SequencedEvent {
	t.Helper()
	all := readAll(t, store)
	if len(all) != n {
		t.Fatalf("the store holds %d events, want %d", len(all), n)
	}
	for i, e := range all {
		if e.Position != domain.Position(i+1) {
			t.Fatalf("event %d has position %d, want %d", i, e.Position, i+1)
		}
	}
	return all
}

// names reads and returns the names of the events, joined by a space.
func names(t testing.TB, store ports.Reader, query domain.Query, options ports.ReadOptions) string {
	t.Helper()
	return namesOf(collect(t, mustRead(t, store, query, options)))
}

func namesOf(events []domain.SequencedEvent) string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = strings.Trim(string(e.Data), `"`)
	}
	return strings.Join(out, " ")
}

func positionsOf(events []domain.SequencedEvent) []domain.Position {
	out := make([]domain.Position, len(events))
	for i, e := range events {
		out[i] = e.Position
	}
	return out
}

func types(events []domain.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Type
	}
	return out
}

func guards(conditions []domain.AppendCondition) string {
	out := make([]string, len(conditions))
	for i, c := range conditions {
		out[i] = fmt.Sprintf("no %v after %d", c.FailIfEventsMatch, c.After)
	}
	return strings.Join(out, ", ")
}

// wantUnchanged fails when the store holds anything else than before.
func wantUnchanged(t testing.TB, store ports.Reader, before []domain.SequencedEvent) {
	t.Helper()
	wantSame(t, readAll(t, store), before)
	if head := mustHead(t, store); head != domain.Position(len(before)) {
		t.Errorf("Head() = %d, want %d as before", head, len(before))
	}
}

// wantSame fails when two lists of events differ in anything that a receiver can see.
func wantSame(t testing.TB, got, want []domain.SequencedEvent) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d events at %v, want %d at %v", len(got), positionsOf(got), len(want), positionsOf(want))
		return
	}
	for i := range got {
		if g, w := picture(got[i]), picture(want[i]); g != w {
			t.Errorf("event %d:\n got %s\nwant %s", i, g, w)
		}
	}
}

// pictures writes everything that a receiver can see of the store. Unlike events,
// the texts cannot share memory with it.
func pictures(t testing.TB, store ports.Reader) []string {
	t.Helper()
	var out []string
	for _, e := range readAll(t, store) {
		out = append(out, picture(e))
	}
	return out
}

// wantPictures fails when the store shows anything else than before.
func wantPictures(t testing.TB, store ports.Reader, before []string) {
	t.Helper()
	if got := pictures(t, store); !slices.Equal(got, before) {
		t.Errorf("the store holds\n     %s\nwant %s", strings.Join(got, "\n     "), strings.Join(before, "\n     "))
	}
}

// picture writes everything that a receiver can see of an event.
func picture(e domain.SequencedEvent) string {
	return fmt.Sprintf("%d recorded %s %s", e.Position, e.RecordedAt.Format(time.RFC3339Nano), pictureOf(e.Event))
}

func pictureOf(e domain.Event) string {
	m := e.Metadata
	values := make([]string, 0, len(m.Values))
	for _, key := range slices.Sorted(maps.Keys(m.Values)) {
		values = append(values, fmt.Sprintf("%q=%q", key, m.Values[key]))
	}
	return fmt.Sprintf("%q %q %s id=%q occurred=%s correlation=%q causation=%q operation=%q user=%q values=%v",
		e.Type, e.Tags, e.Data, m.ID, m.OccurredAt.Format(time.RFC3339Nano),
		m.CorrelationID, m.CausationID, m.OperationID, m.UserID, values)
}

// await returns what comes out of done, and fails when nothing does.
func await[T any](t testing.TB, f Fixture, what string, done <-chan T) T {
	t.Helper()
	patience := f.patience()
	giveUp := time.NewTimer(patience)
	defer giveUp.Stop()
	select {
	case v := <-done:
		return v
	case <-giveUp.C:
		t.Fatalf("%s: nothing happened for %v", what, patience)
		panic("unreachable")
	}
}

// patience is how long a rule waits for what must happen.
func (f Fixture) patience() time.Duration {
	if f.Patience == 0 {
		return 30 * time.Second
	}
	return f.Patience
}

// within runs something that must not block.
func within(t testing.TB, f Fixture, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	await(t, f, what, done)
}
