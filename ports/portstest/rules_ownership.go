package portstest

import (
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var ownershipRules = []Rule{
	{"an append does not change the caller's slices and maps", appendChangesNoInput},
	{"the store keeps nothing of what the caller gave it", storeKeepsNoInput},
	{"what a read yields belongs to the receiver", readerOwnsResults},
	{"what a subscription yields belongs to the receiver", subscriberOwnsResults},
}

// unsorted is an event whose canonical form differs from it in every part.
func unsorted() domain.Event {
	return domain.Event{
		Type: "mixed", Tags: []domain.Tag{"c", "a", "b", "a"}, Data: []byte(`{ "z" : 1 }`),
		Metadata: domain.Metadata{Values: map[string]string{"key": "value"}},
	}
}

// spoil overwrites whatever memory an event refers to.
func spoil(e domain.Event) {
	for i := range e.Tags {
		e.Tags[i] = "spoilt"
	}
	for i := range e.Data {
		e.Data[i] = '9'
	}
	if e.Metadata.Values != nil {
		e.Metadata.Values["key"] = "spoilt"
		e.Metadata.Values["more"] = "spoilt"
	}
}

func appendChangesNoInput(t testing.TB, f Fixture) {
	store := open(t, f)
	batch := []domain.Event{unsorted(), unsorted()}
	conditions := []domain.AppendCondition{none(ofType("b", "a")), noneAfter(3, tagged("c"))}
	mustAppendIf(t, store, batch, conditions...)
	mustConflict(t, store, batch, none(domain.All()))
	wantInvalid(t, store, append(batch, event("")))
	for i, e := range batch {
		if pictureOf(e) != pictureOf(unsorted()) {
			t.Errorf("event %d of the caller became %s", i, pictureOf(e))
		}
	}
	if conditions[0].After != 0 || conditions[1].After != 3 || conditions[0].FailIfEventsMatch.String() != ofType("a", "b").String() {
		t.Errorf("the conditions of the caller became %s", guards(conditions))
	}
}

func storeKeepsNoInput(t testing.TB, f Fixture) {
	store := open(t, f)
	batch := []domain.Event{unsorted(), unsorted()}
	mustAppend(t, store, batch...)
	before := pictures(t, store)
	for _, e := range batch {
		spoil(e)
	}
	batch[0], batch[1] = event("spoilt"), event("spoilt")
	wantPictures(t, store, before)
	if got := len(collect(t, mustRead(t, store, items(domain.OfTypes("mixed").Tagged("a", "b", "c")), forwards))); got != 2 {
		t.Errorf("after the caller changed its slices a query finds %d of 2 events", got)
	}
	mustConflict(t, store, []domain.Event{event("unrelated")}, none(tagged("a", "b", "c")))
}

func readerOwnsResults(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, unsorted(), unsorted())
	before := pictures(t, store)
	result := mustRead(t, store, tagged("a"), forwards)
	for _, options := range []ports.ReadOptions{{}, {Backwards: true}, {Limit: 1}} {
		for _, e := range collect(t, mustRead(t, store, tagged("a"), options)) {
			spoil(e.Event)
		}
	}
	for _, e := range collect(t, result) {
		spoil(e.Event)
	}
	again := collect(t, result)
	if len(again) != len(before) {
		t.Fatalf("ranged over again the result yields %d events, want %d", len(again), len(before))
	}
	for i, e := range again {
		if got := picture(e); got != before[i] {
			t.Errorf("ranged over again the result yields\n     %s\nwant %s", got, before[i])
		}
	}
	wantPictures(t, store, before)
	mustConflict(t, store, []domain.Event{event("unrelated")}, none(tagged("a", "b", "c")))
}

func subscriberOwnsResults(t testing.TB, f Fixture) {
	store := open(t, f)
	mustAppend(t, store, unsorted())
	one := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
	two := follow(t, store.Subscribe(t.Context(), domain.All(), 0))
	one.next(t, f)
	two.next(t, f)
	mustAppend(t, store, unsorted())
	wantDense(t, store, 2)
	before := pictures(t, store)
	spoil(one.next(t, f).Event)
	if got := picture(two.next(t, f)); got != before[1] {
		t.Errorf("another subscription yields\n     %s\nwant %s", got, before[1])
	}
	for _, e := range follow(t, store.Subscribe(t.Context(), domain.All(), 0)).until(t, f, 2) {
		spoil(e.Event)
	}
	wantPictures(t, store, before)
}
