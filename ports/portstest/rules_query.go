package portstest

import (
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var queryRules = []Rule{
	{"All selects every event, oldest first", allSelectsEverything},
	{"the types of an item are alternatives", typesAreAlternatives},
	{"an event must carry all tags of an item and may carry more", tagsAreAllDemanded},
	{"types and tags of an item must both match", typesAndTagsMustBothMatch},
	{"the items of a query are alternatives, and an event that matches several comes once", itemsAreAlternatives},
	{"a query that matches nothing selects nothing", unknownSelectsNothing},
	{"types and tags are compared as wholes, byte for byte", comparedByteForByte},
	{"a tag is opaque: separators in it separate nothing", tagsAreOpaque},
	{"an event without tags is found by its type and by All", untaggedIsFound},
	{"the order of items, types and tags in a query does not matter", queryOrderDoesNotMatter},
	{"events with one type and several tags are told apart by every combination", combinationsOfThree},
	{"a course's enrolments are found by student, by course and by both", enrolmentsAreFound},
}

func allSelectsEverything(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{{domain.All(), forwards, "a b c d e f"}})
	wantSelections(t, openLookAlikes(t, f), []selection{{domain.All(), forwards, "1 2 3 4 5 6 7 8"}})
}

func typesAreAlternatives(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{ofType("opened"), forwards, "a c e"},
		{ofType("counted"), forwards, "d"},
		{ofType("opened", "closed"), forwards, "a b c e f"},
		{ofType("opened", "closed", "counted"), forwards, "a b c d e f"},
		{ofType("opened", "burnt"), forwards, "a c e"},
	})
}

func tagsAreAllDemanded(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{tagged("shop"), forwards, "a d e f"},
		{tagged("day"), forwards, "a b c d e f"},
		{tagged("day", "shop"), forwards, "a d e f"},
		{tagged("day", "shop", "night"), forwards, ""},
	})
	wantSelections(t, openLookAlikes(t, f), []selection{
		{tagged("box:red", "lid:oak"), forwards, "2 3 7"},
		{tagged("box:red", "lid:oak", "oak:lid"), forwards, "7"},
	})
}

func typesAndTagsMustBothMatch(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{items(domain.OfTypes("opened").Tagged("shop")), forwards, "a e"},
		{items(domain.OfTypes("opened", "counted").Tagged("shop", "day")), forwards, "a d e"},
		{items(domain.OfTypes("burnt").Tagged("shop")), forwards, ""},
		{items(domain.OfTypes("opened").Tagged("night")), forwards, ""},
	})
}

func itemsAreAlternatives(t testing.TB, f Fixture) {
	wantSelections(t, openLookAlikes(t, f), []selection{
		{items(domain.Tagged("box:red"), domain.Tagged("lid:oak")), forwards, "1 2 3 4 6 7"},
		{items(domain.Tagged("lid:oak"), domain.Tagged("lid:oak", "box:red")), forwards, "2 3 4 7"},
		{items(domain.Tagged("lid:oa"), domain.OfTypes("burnt")), forwards, "8"},
	})
	wantSelections(t, openDay(t, f), []selection{
		{items(domain.OfTypes("closed"), domain.OfTypes("opened").Tagged("shop")), forwards, "a b e f"},
		{items(domain.OfTypes("opened"), domain.OfTypes("opened")), forwards, "a c e"},
		{items(domain.OfTypes("opened"), domain.Tagged("shop"), domain.OfTypes("closed")), forwards, "a b c d e f"},
	})
}

func unknownSelectsNothing(t testing.TB, f Fixture) {
	empty := []selection{
		{domain.All(), forwards, ""},
		{ofType("opened"), forwards, ""},
		{tagged("shop"), backwards(forwards), ""},
	}
	wantSelections(t, open(t, f), empty)
	wantSelections(t, openDay(t, f), []selection{
		{ofType("burnt"), forwards, ""},
		{tagged("night"), forwards, ""},
		{tagged("night"), backwards(forwards), ""},
		{items(domain.OfTypes("burnt"), domain.Tagged("night")), forwards, ""},
	})
}

func comparedByteForByte(t testing.TB, f Fixture) {
	wantSelections(t, openLookAlikes(t, f), []selection{
		{tagged("lid:oak"), forwards, "2 3 4 7"},
		{tagged("lid:oaken"), forwards, "5"},
		{tagged("lid:oa"), forwards, "8"},
		{tagged("lid:"), forwards, ""},
		{tagged("lid"), forwards, ""},
		{tagged("oak"), forwards, ""},
		{tagged("red"), forwards, ""},
	})

	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	store := open(t, f)
	mustAppend(t, store,
		named("lower", "moved", "place:rome"),
		named("upper", "Moved", "place:Rome"),
		named("longer", "movedOn", "place:rome "),
		named("composed", composed, composed),
		named("decomposed", decomposed, decomposed),
	)
	wantSelections(t, store, []selection{
		{ofType("moved"), forwards, "lower"},
		{ofType("Moved"), forwards, "upper"},
		{ofType("movedOn"), forwards, "longer"},
		{ofType("move"), forwards, ""},
		{ofType("MOVED"), forwards, ""},
		{tagged("place:rome"), forwards, "lower"},
		{tagged("place:Rome"), forwards, "upper"},
		{tagged("place:rome "), forwards, "longer"},
		{tagged("PLACE:ROME"), forwards, ""},
		{tagged(composed), forwards, "composed"},
		{tagged(decomposed), forwards, "decomposed"},
		{ofType(composed), forwards, "composed"},
		{ofType(decomposed), forwards, "decomposed"},
	})
}

func tagsAreOpaque(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, named("both", "seen", "a", "b"))
	odd := []domain.Tag{
		"a,b", "a b", "a|b", "a\nb", "a\tb", "a\x1fb", "a\x1eb", `a","b`, `a\b`, "a/b", "../a", "a;b", "a:b:c", ":", " ", "*", "%", "a\u2028b", "日本", "👩‍🔬",
	}
	for i, tag := range odd {
		mustAppend(t, store, named(string(rune('A'+i)), "seen", tag))
	}
	wantSelections(t, store, []selection{
		{tagged("a"), forwards, "both"},
		{tagged("b"), forwards, "both"},
		{tagged("a", "b"), forwards, "both"},
	})
	for i, tag := range odd {
		want := string(rune('A' + i))
		if got := names(t, store, tagged(tag), forwards); got != want {
			t.Errorf("events tagged %q = %q, want %q", tag, got, want)
		}
	}
}

func untaggedIsFound(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, named("bare", "ticked"), named("dressed", "ticked", "hat"), named("other", "tocked"))
	wantSelections(t, store, []selection{
		{ofType("ticked"), forwards, "bare dressed"},
		{domain.All(), forwards, "bare dressed other"},
		{tagged("hat"), forwards, "dressed"},
		{items(domain.OfTypes("ticked").Tagged("hat")), forwards, "dressed"},
	})
	if tags := wantDense(t, store, 3)[0].Tags; len(tags) != 0 {
		t.Errorf("an event without tags came back with %q", tags)
	}
}

func queryOrderDoesNotMatter(t testing.TB, f Fixture) {
	wantSelections(t, openDay(t, f), []selection{
		{items(domain.OfTypes("closed", "opened").Tagged("shop", "day"), domain.OfTypes("counted")), forwards, "a d e f"},
		{items(domain.OfTypes("counted"), domain.OfTypes("opened", "closed").Tagged("day", "shop")), forwards, "a d e f"},
	})
	wantSelections(t, openThree(t, f), []selection{
		{items(domain.Tagged("tc"), domain.Tagged("tb")), forwards, "y z"},
		{items(domain.Tagged("tb"), domain.Tagged("tc")), forwards, "y z"},
		{items(domain.Tagged("tc"), domain.Tagged("tb")), backwards(forwards), "z y"},
		{items(domain.Tagged("tb"), domain.Tagged("tc")), backwards(forwards), "z y"},
	})
}

func combinationsOfThree(t testing.TB, f Fixture) {
	one := open(t, f)
	mustAppend(t, one, named("x", "first", "tx"))
	rows := []selection{
		{domain.All(), forwards, "x"},
		{ofType("first"), forwards, "x"},
		{ofType("second"), forwards, ""},
		{tagged("tx"), forwards, "x"},
		{tagged("ty"), forwards, ""},
		{items(domain.OfTypes("first").Tagged("tx")), forwards, "x"},
		{items(domain.OfTypes("first").Tagged("ty")), forwards, ""},
		{items(domain.OfTypes("second").Tagged("tx")), forwards, ""},
	}
	wantSelections(t, one, rows)
	for i := range rows {
		rows[i].options.Backwards = true
	}
	wantSelections(t, one, rows)

	typed := items(domain.OfTypes("second").Tagged("tb"), domain.OfTypes("third").Tagged("tc"))
	swapped := items(domain.OfTypes("third").Tagged("tc"), domain.OfTypes("second").Tagged("tb"))
	wantSelections(t, openThree(t, f), []selection{
		{tagged("ta"), forwards, "y z"},
		{tagged("ta", "tb"), forwards, "y"},
		{tagged("tb", "tc"), forwards, ""},
		{items(domain.Tagged("tb"), domain.Tagged("tc")), forwards, "y z"},
		{items(domain.Tagged("tx"), domain.Tagged("ty")), forwards, "x"},
		{items(domain.OfTypes("second").Tagged("ta")), forwards, "y"},
		{items(domain.OfTypes("second").Tagged("ta")), ports.ReadOptions{After: 2}, ""},
		{ofType("first"), ports.ReadOptions{After: 1}, ""},
		{ofType("first"), ports.ReadOptions{Before: 3, Backwards: true}, "x"},
		{typed, forwards, "y z"},
		{swapped, forwards, "y z"},
		{typed, backwards(forwards), "z y"},
		{swapped, backwards(forwards), "z y"},
		{typed, ports.ReadOptions{Backwards: true, Limit: 1}, "z"},
	})
}

func enrolmentsAreFound(t testing.TB, f Fixture) {
	store := openThree(t, f)
	append1 := func(e domain.Event, query domain.Query) {
		t.Helper()
		mustAppendIf(t, store, []domain.Event{e}, noneAfter(3, query))
	}
	append1(named("student", "StudentRegistered", "student:s1"), tagged("student:s1"))
	append1(named("course", "CourseRegistered", "course:c1"), tagged("course:c1"))
	append1(named("joined", "StudentJoinedCourse", "course:c1", "student:s1"), tagged("course:c1", "student:s1"))

	both := items(
		domain.OfTypes("StudentRegistered", "StudentJoinedCourse").Tagged("student:s1"),
		domain.OfTypes("CourseRegistered", "StudentJoinedCourse").Tagged("course:c1"))
	wantSelections(t, store, []selection{
		{tagged("student:s1"), forwards, "student joined"},
		{tagged("course:c1"), forwards, "course joined"},
		{tagged("course:c1", "student:s1"), forwards, "joined"},
		{tagged("student:s1"), ports.ReadOptions{After: 3}, "student joined"},
		{tagged("student:s1"), ports.ReadOptions{After: 4}, "joined"},
		{tagged("student:s1"), ports.ReadOptions{Before: 4, Backwards: true}, ""},
		{tagged("course:c1"), ports.ReadOptions{Limit: 1}, "course"},
		{tagged("course:c1"), ports.ReadOptions{Limit: 1, Backwards: true}, "joined"},
		{both, forwards, "student course joined"},
		{both, backwards(forwards), "joined course student"},
	})
	if head := mustHead(t, store); head != 6 {
		t.Errorf("Head() = %d, want 6", head)
	}
}
