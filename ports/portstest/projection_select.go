package portstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionSelectRules = []ProjectionRule{
	{"states come in the order of their keys, byte by byte", keysInByteOrder},
	{"a selection goes on after a key, there or not, in both directions", selectedAfter},
	{"a selection yields no more than its limit", selectedToALimit},
	{"pages put together are the whole, with and without tags", pagesAreTheWhole},
	{"a query by tags finds the states that carry all of them", tagsAreAll},
	{"tags are compared byte by byte", tagsByByte},
	{"an update replaces the tags of a state", tagsReplaced},
	{"a deleted state is found by none of its tags", deletedTags},
	{"an iteration is of one moment although commits go on", iterationOfOneMoment},
	{"an iteration is of one moment although the copy is swapped", iterationAcrossASwap},
	{"each range over states is a moment of its own", eachRangeIsAMoment},
	{"breaking out of an iteration leaves the store usable", breakingOutFrees},
	{"the store can be read inside an iteration", readInsideAnIteration},
}

// oddKeys are legal keys, sorted by their bytes.
var oddKeys = []string{
	"\x01", " ", " a", `"`, "%", "%41", "'", "''; drop table states; --", "*", "-", ".", "..", "../up", "/", "0", "10", "9", ":", "?1", "A", "AA", "B", "Z", "[a]", `\`, "_",
	"a", "a\n", "a ", "a b", "aA", "aa", "b", "null", "z", "{}", strings.Repeat("~", ports.MaxStateKeyBytes-1), strings.Repeat("~", ports.MaxStateKeyBytes),
	"\u00e4", "\u00e9", "\u0301e", "\u20ac", "\uffff", "\U0001f9ab",
}

func keysInByteOrder(t testing.TB, f ProjectionFixture) {
	shuffled := itemsOf(oddKeys...)
	for i := range shuffled {
		j := (i * 17) % len(shuffled) // swaps in a fixed order that is far from sorted
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
	}
	store, writer := openStock(t, f, shuffled[:20]...)
	mustCommit(t, writer, ports.Live, step(10, 11, shuffled[20:]...))
	wantKeys := func(what string, got []ports.ProjectionState, want []string) {
		t.Helper()
		keys := make([]string, len(got))
		for i, state := range got {
			keys[i] = state.Key
		}
		if !slices.Equal(keys, want) {
			t.Errorf("%s has the keys\n     %.30q\nwant %.30q", what, keys, want)
		}
	}
	backwards := slices.Clone(oddKeys)
	slices.Reverse(backwards)
	wantKeys("a read", collectStates(t, store.States(t.Context(), stock, everyState)), oddKeys)
	wantKeys("a read backwards", collectStates(t, store.States(t.Context(), stock, ports.StateSelection{Backwards: true})), backwards)
	wantKeys("the writer's read", collectStates(t, writer.States(t.Context(), ports.Live)), oddKeys)
	loaded := mustLoad(t, writer, ports.Live, oddKeys...)
	for _, key := range oddKeys {
		wantState(t, store, stock, item(key, 1))
		if g, w := statePicture(loaded[key]), statePicture(item(key, 1)); g != w {
			t.Errorf("Load finds %s, want %s", g, w)
		}
	}
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 11, UpTo: 12, Delete: oddKeys[1:]})
	wantKeys("what is left", collectStates(t, store.States(t.Context(), stock, everyState)), oddKeys[:1])
}

// wantSelected compares keys read with a text.
func wantSelected(t testing.TB, store ports.ProjectionReader, selection ports.StateSelection, want string) {
	t.Helper()
	if got := keysRead(t, store, stock, selection); got != want {
		t.Errorf("States(%+v) = %q, want %q", selection, got, want)
	}
}

func selectedAfter(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, itemsOf("b", "d", "f", "h")...)
	for after, want := range map[string][2]string{
		"": {"b d f h", "h f d b"}, "a": {"b d f h", ""}, "b": {"d f h", ""}, "c": {"d f h", "b"}, "bb": {"d f h", "b"}, "B": {"b d f h", ""},
		"f": {"h", "d b"}, "g": {"h", "f d b"}, "h": {"", "f d b"}, "z": {"", "h f d b"}, "it's": {"", "h f d b"}, "%": {"b d f h", ""},
	} {
		wantSelected(t, store, ports.StateSelection{After: after}, want[0])
		wantSelected(t, store, ports.StateSelection{After: after, Backwards: true}, want[1])
	}
}

func selectedToALimit(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f, item("a", 1, "odd"), item("b", 1), item("c", 1, "odd"), item("d", 1), item("e", 1, "odd"))
	for limit, want := range []string{"a b c d e", "a", "a b", "a b c", "a b c d", "a b c d e", "a b c d e"} {
		wantSelected(t, store, ports.StateSelection{Limit: limit}, want)
	}
	wantSelected(t, store, ports.StateSelection{Limit: 2, Backwards: true}, "e d")
	wantSelected(t, store, ports.StateSelection{Limit: 2, After: "b"}, "c d")
	wantSelected(t, store, ports.StateSelection{Limit: 2, After: "d", Backwards: true}, "c b")
	wantSelected(t, store, ports.StateSelection{Limit: 2, Tags: []domain.Tag{"odd"}}, "a c")
	wantSelected(t, store, ports.StateSelection{Limit: 2, Tags: []domain.Tag{"odd"}, After: "a"}, "c e")
	wantSelected(t, store, ports.StateSelection{Limit: 1, Tags: []domain.Tag{"odd"}, After: "d", Backwards: true}, "c")
}

func pagesAreTheWhole(t testing.TB, f ProjectionFixture) {
	var states []ports.ProjectionState
	for n := range 300 {
		states = append(states, item(fmt.Sprintf("k%03d", n*7%300), 1, domain.Tag(fmt.Sprint("third:", n%3)), domain.Tag(fmt.Sprint("half:", n%2))))
	}
	store, writer := openStock(t, f, states[:200]...)
	mustCommit(t, writer, ports.Live, step(10, 11, states[200:]...))
	for _, tags := range [][]domain.Tag{nil, {"half:1"}, {"half:0", "third:2"}, {"third:2", "half:0", "half:0"}} {
		for _, backwards := range []bool{false, true} {
			whole := strings.Fields(keysRead(t, store, stock, ports.StateSelection{Tags: tags, Backwards: backwards}))
			var pages []string
			for after := ""; ; after = pages[len(pages)-1] {
				page := strings.Fields(keysRead(t, store, stock, ports.StateSelection{Tags: tags, Backwards: backwards, After: after, Limit: 7}))
				if pages = append(pages, page...); len(page) < 7 || len(pages) > len(states) {
					break
				}
			}
			if !slices.Equal(pages, whole) {
				t.Errorf("pages of 7 with tags %q, backwards %v, are %q, the whole is %q", tags, backwards, pages, whole)
			}
			if count, err := store.CountStates(t.Context(), stock, tags...); err != nil || count != len(whole) {
				t.Errorf("CountStates(%q) = %d, %v; want %d", tags, count, err, len(whole))
			}
		}
	}
}

func tagsAreAll(t testing.TB, f ProjectionFixture) {
	store, _ := openStock(t, f,
		item("a", 1, "red", "small", "round"), item("b", 1, "red", "large"), item("c", 1, "small"), item("d", 1),
		item("e", 1, "red", "small"), item("f", 1, "round", "red"))
	for want, tags := range map[string][]domain.Tag{
		"a b c d e f": nil,
		"a b e f":     {"red"},
		"a c e":       {"small"},
		"a e":         {"small", "red"},
		"a":           {"red", "round", "small"},
		"a f":         {"round", "round", "red"},
		"":            {"red", "square"},
	} {
		wantTagged(t, store, stock, want, tags...)
	}
	wantTagged(t, store, stock, "", "large", "small")
	wantTagged(t, store, stock, "", "square")
}

func tagsByByte(t testing.TB, f ProjectionFixture) {
	tags := []domain.Tag{"a", "A", "a ", "a:b", "a%", "a_", "'", `"`, `\`, "\u00e9", "e\u0301", "a,b", "[\"a\"]", "\x01", domain.Tag(strings.Repeat("t", domain.MaxTagBytes))}
	var states []ports.ProjectionState
	for n, tag := range tags {
		states = append(states, item(fmt.Sprint("k", n), 1, tag))
	}
	var many []domain.Tag
	for n := range domain.MaxTags {
		many = append(many, domain.Tag(fmt.Sprintf("many:%02d", n)))
	}
	states = append(states, item("many", 1, many...))
	store, _ := openStock(t, f, states...)
	for n, tag := range tags {
		wantTagged(t, store, stock, fmt.Sprint("k", n), tag)
		wantState(t, store, stock, states[n])
	}
	wantTagged(t, store, stock, "many", many...)
	wantState(t, store, stock, item("many", 1, many...))
}

func tagsReplaced(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1", "red"), item("b", 1, "shelf:1", "red"), item("c", 1))
	mustCommit(t, writer, ports.Live, step(10, 11, item("a", 2, "shelf:2", "red"), item("c", 2, "shelf:1")))
	wantTagged(t, store, stock, "b c", "shelf:1")
	wantTagged(t, store, stock, "a", "shelf:2")
	wantTagged(t, store, stock, "a b", "red")
	wantTagged(t, store, stock, "b", "red", "shelf:1")
	wantState(t, store, stock, item("a", 2, "shelf:2", "red"))
	mustCommit(t, writer, ports.Live, step(11, 12, item("a", 3), item("b", 3, "shelf:1", "red")))
	wantTagged(t, store, stock, "", "shelf:2")
	wantTagged(t, store, stock, "b", "red")
	wantTagged(t, store, stock, "b c", "shelf:1")
	wantState(t, store, stock, item("a", 3))
	for round := range 100 {
		tag := domain.Tag(fmt.Sprint("shelf:", round%3))
		mustCommit(t, writer, ports.Live, step(12, 12, item("a", 4+round, tag)))
	}
	wantTagged(t, store, stock, "a", "shelf:0")
	wantTagged(t, store, stock, "b c", "shelf:1")
	wantTagged(t, store, stock, "", "shelf:2")
}

func deletedTags(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "shelf:1", "red"), item("b", 1, "shelf:1"))
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 11, Delete: []string{"a"}})
	wantTagged(t, store, stock, "b", "shelf:1")
	wantTagged(t, store, stock, "", "red")
	wantTagged(t, store, stock, "", "red", "shelf:1")
	wantTagged(t, store, stock, "b")
}

// manyItems returns states of one version whose keys are in order.
func manyItems(n, version int, tags ...domain.Tag) []ports.ProjectionState {
	out := make([]ports.ProjectionState, n)
	for i := range out {
		out[i] = item(fmt.Sprintf("k%04d", i), version, slices.Clone(tags)...)
	}
	return out
}

// wantOneMoment ranges over 300 states of version 1 and changes the store after the
// third of them.
func wantOneMoment(t testing.TB, store ports.ProjectionReader, selection ports.StateSelection, change func()) {
	t.Helper()
	seen := 0
	for state, err := range store.States(t.Context(), stock, selection) {
		if err != nil {
			t.Fatalf("after %d states the read ended with %v", seen, err)
		}
		if state.Version != 1 {
			t.Fatalf("the iteration yields version %d of %s, which was written after it began", state.Version, state.Key)
		}
		if seen++; seen == 3 {
			change()
		}
	}
	if seen != 300 {
		t.Errorf("the iteration yields %d states, 300 were there when it began", seen)
	}
}

func iterationOfOneMoment(t testing.TB, f ProjectionFixture) {
	for _, selection := range []ports.StateSelection{{}, {Backwards: true}, {Tags: []domain.Tag{"shelf:1"}}, {Limit: 300, After: "a"}} {
		store, writer := openStock(t, f, manyItems(300, 1, "shelf:1")...)
		wantOneMoment(t, store, selection, func() {
			mustCommit(t, writer, ports.Live, step(10, 11, manyItems(200, 2, "shelf:2")...))
			batch := step(11, 12, item("k0001a", 2, "shelf:1"), item("k0250a", 2, "shelf:1"))
			for n := 200; n < 300; n++ {
				batch.Delete = append(batch.Delete, fmt.Sprintf("k%04d", n))
			}
			mustCommit(t, writer, ports.Live, batch)
		})
		wantTagged(t, store, stock, "k0001a k0250a", "shelf:1")
	}
}

func iterationAcrossASwap(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, manyItems(300, 1)...)
	wantOneMoment(t, store, everyState, func() {
		mustBegin(t, writer, "v2")
		mustCommit(t, writer, ports.Shadow, step(0, 11, manyItems(100, 2)...))
		mustSwap(t, writer)
	})
	if count, err := store.CountStates(t.Context(), stock); err != nil || count != 100 {
		t.Errorf("CountStates() after the swap = %d, %v; want 100", count, err)
	}
}

func eachRangeIsAMoment(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a", "b")...)
	states := store.States(t.Context(), stock, everyState)
	written := writer.States(t.Context(), ports.Live)
	for round := range 3 {
		want := fmt.Sprintf("a%d b1", round+1)
		if got := versionsOf(collectStates(t, states)); got != want {
			t.Errorf("range %d over the same sequence yields %q, want %q", round, got, want)
		}
		if got := versionsOf(collectStates(t, written)); got != want {
			t.Errorf("range %d over the writer's sequence yields %q, want %q", round, got, want)
		}
		mustCommit(t, writer, ports.Live, step(position(10+round), position(11+round), item("a", round+2)))
	}
}

func breakingOutFrees(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, manyItems(50, 1)...)
	for round := range 50 {
		for state, err := range store.States(t.Context(), stock, everyState) {
			if err != nil || state.Key != "k0000" {
				t.Fatalf("the first state is %q, %v", state.Key, err)
			}
			break
		}
		for _, err := range writer.States(t.Context(), ports.Live) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		within(t, f.patient(), "a commit after breaking out of an iteration", func() {
			if err := writer.Commit(t.Context(), ports.Live, step(position(10+round), position(11+round), item("k0000", round+2))); err != nil {
				t.Errorf("Commit after breaking out of an iteration = %v, want nil", err)
			}
		})
	}
	wantState(t, store, stock, item("k0000", 51))
}

func readInsideAnIteration(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, item("a", 1, "red"), item("b", 1, "red"), item("c", 1))
	inside := func() string {
		var out []string
		for outer, err := range store.States(t.Context(), stock, everyState) {
			if err != nil {
				return err.Error()
			}
			for inner, err := range store.States(t.Context(), stock, ports.StateSelection{Tags: []domain.Tag{"red"}}) {
				state, found, stateErr := store.State(t.Context(), stock, inner.Key)
				if err != nil || stateErr != nil || !found {
					return fmt.Sprint(err, stateErr, found)
				}
				out = append(out, outer.Key+state.Key)
			}
			if _, err := store.Projection(t.Context(), stock); err != nil {
				return err.Error()
			}
			if _, err := store.CountStates(t.Context(), stock); err != nil {
				return err.Error()
			}
		}
		return strings.Join(out, " ")
	}
	got := make(chan string, 1)
	go func() { got <- inside() }()
	if got, want := await(t, f.patient(), "reading inside an iteration", got), "aa ab ba bb ca cb"; got != want {
		t.Errorf("reading inside an iteration finds %q, want %q", got, want)
	}
	both := func() string {
		var out []string
		for outer, err := range writer.States(t.Context(), ports.Live) {
			if err != nil {
				return err.Error()
			}
			for inner, err := range writer.States(t.Context(), ports.Live) {
				if err != nil {
					return err.Error()
				}
				out = append(out, outer.Key+inner.Key)
			}
		}
		return strings.Join(out, " ")
	}
	written := make(chan string, 1)
	go func() { written <- both() }()
	if got, want := await(t, f.patient(), "two iterations of a writer", written), "aa ab ac ba bb bc ca cb cc"; got != want {
		t.Errorf("two iterations of a writer find %q, want %q", got, want)
	}
}
