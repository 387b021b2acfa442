package portstest

import (
	"iter"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var snapshotRules = []Rule{
	{"a result may be ranged over several times and yields the same events", rangedTwice},
	{"breaking out of a range spoils neither the result nor the store", breakThenReadAgain},
	{"two ranges over one result do not disturb each other", twoRangesAtOnce},
	{"a result shows the store as it was when Read was called", resultIsASnapshot},
	{"an append in the middle of a range neither waits for it nor shows in it", appendWhileRanging},
	{"what was appended before Read was called is part of the result", appendThenRead},
}

func rangedTwice(t testing.TB, f Fixture) {
	store := openDay(t, f)
	for _, options := range []ports.ReadOptions{{}, {Backwards: true}, {Limit: 2}} {
		result := mustRead(t, store, ofType("opened", "closed"), options)
		first := collect(t, result)
		if len(first) == 0 {
			t.Fatalf("Read(%+v) yields nothing", options)
		}
		wantSame(t, collect(t, result), first)
		wantSame(t, collect(t, result), first)
	}
}

func breakThenReadAgain(t testing.TB, f Fixture) {
	store := openDay(t, f)
	result := mustRead(t, store, domain.All(), forwards)
	for range 3 {
		for e, err := range result.Events {
			if err != nil {
				t.Fatalf("first element is an error: %v", err)
			}
			if e.Position != 1 {
				t.Errorf("a new range starts at position %d, want 1", e.Position)
			}
			break
		}
	}
	if got, want := namesOf(collect(t, result)), "a b c d e f"; got != want {
		t.Errorf("after breaking out the result yields %q, want %q", got, want)
	}
	within(t, f, "an append after breaking out of a range", func() { mustAppendLater(t, store, named("g", "opened")) })
	if got, want := names(t, store, domain.All(), forwards), "a b c d e f g"; got != want {
		t.Errorf("after breaking out the store holds %q, want %q", got, want)
	}
}

func twoRangesAtOnce(t testing.TB, f Fixture) {
	store := openDay(t, f)
	result := mustRead(t, store, domain.All(), forwards)
	within(t, f, "a range within another over the same result", func() {
		nextA, stopA := iter.Pull2(result.Events)
		defer stopA()
		nextB, stopB := iter.Pull2(result.Events)
		defer stopB()
		for i, next := range []func() (domain.SequencedEvent, error, bool){nextA, nextA, nextB, nextA, nextB} {
			want := domain.Position([]int{1, 2, 1, 3, 2}[i])
			if e, err, ok := next(); !ok || err != nil || e.Position != want {
				t.Errorf("step %d yields position %d, error %v, more %v, want position %d", i, e.Position, err, ok, want)
				return
			}
		}
	})
}

func resultIsASnapshot(t testing.TB, f Fixture) {
	store := openDay(t, f)
	up := mustRead(t, store, domain.All(), forwards)
	down := mustRead(t, store, domain.All(), ports.ReadOptions{Limit: 2, Backwards: true})
	beyond := mustRead(t, store, domain.All(), ports.ReadOptions{After: 6})
	mustAppend(t, store, named("g", "opened", "day", "shop"))

	if up.Head != 6 || down.Head != 6 || beyond.Head != 6 {
		t.Errorf("heads of the snapshots = %d, %d, %d, want 6", up.Head, down.Head, beyond.Head)
	}
	for _, row := range []struct {
		result ports.ReadResult
		want   string
	}{{up, "a b c d e f"}, {down, "f e"}, {beyond, ""}} {
		if got := namesOf(collect(t, row.result)); got != row.want {
			t.Errorf("a result from before the append yields %q, want %q", got, row.want)
		}
	}
	mustAppend(t, store, named("h", "opened"))
	if got, want := namesOf(collect(t, up)), "a b c d e f"; got != want {
		t.Errorf("ranged over again, a result from before the appends yields %q, want %q", got, want)
	}
}

func appendWhileRanging(t testing.TB, f Fixture) {
	store := openDay(t, f)
	var seen []domain.SequencedEvent
	for e, err := range mustRead(t, store, domain.All(), forwards).Events {
		if err != nil {
			t.Fatalf("the range ended with %v", err)
		}
		seen = append(seen, e)
		if len(seen) == 3 {
			within(t, f, "an append in the middle of a range", func() {
				mustAppendLater(t, store, named("g", "opened", "day"), named("h", "opened", "day"))
			})
		}
	}
	if got, want := namesOf(seen), "a b c d e f"; got != want {
		t.Errorf("the range yields %q, want %q", got, want)
	}
	if got, want := names(t, store, domain.All(), forwards), "a b c d e f g h"; got != want {
		t.Errorf("the store holds %q, want %q", got, want)
	}
}

func appendThenRead(t testing.TB, f Fixture) {
	store := open(t, f)
	for i := range 20 {
		positions := mustAppend(t, store, event("counted", "one"))
		if head := mustHead(t, store); head != positions.Last {
			t.Fatalf("Head() = %d right after an append at %d", head, positions.Last)
		}
		result := mustRead(t, store, tagged("one"), forwards)
		if got := len(collect(t, result)); got != i+1 || result.Head != positions.Last {
			t.Fatalf("a read right after append %d yields %d events and head %d, want %d and %d", i+1, got, result.Head, i+1, positions.Last)
		}
	}
}

// mustAppendLater is mustAppend for a goroutine that is not the test's own.
func mustAppendLater(t testing.TB, store ports.Appender, events ...domain.Event) {
	if _, err := store.Append(t.Context(), events); err != nil {
		t.Errorf("Append of %s = %v, want it accepted", types(events), err)
	}
}
