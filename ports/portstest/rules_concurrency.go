package portstest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	racers = 8
	rounds = 5
)

var concurrencyRules = []Rule{
	{"concurrent appends are all stored, each batch in one piece", concurrentAppendsAreStored},
	{"of concurrent appends that demand that nothing exists yet, exactly one wins", oneCreatorWins},
	{"of concurrent appends under one stale decision, exactly one wins", oneDeciderWins},
	{"of concurrent appends that guard two tags together, exactly one wins", oneWinsOverTwoTags},
	{"concurrent appends with disjoint boundaries all succeed", disjointBoundariesSucceed},
	{"a condition on a type and one on a tag over the same event do not both win", typeAgainstTag},
	{"a condition on everything and one on a tag do not both win", everythingAgainstTag},
	{"conditions that overlap in one type do not both win", overlappingTypes},
	{"conditions that overlap in one tag do not both win", overlappingTags},
	{"a course with three seats takes exactly three of many students", threeSeats},
	{"a student who enrols many times at once is enrolled once", enrolledOnce},
	{"concurrent invoices get numbers without gaps and duplicates", invoiceNumbers},
	{"readers during writes see whole batches and a history that only grows", readersDuringWrites},
}

func concurrentAppendsAreStored(t testing.TB, f Fixture) {
	const each = 10
	store := open(t, f)
	got := make([][]domain.Positions, racers)
	together(t, f, racers, func(i int) {
		for n := range each {
			batch := make([]domain.Event, 1+(i+n)%3)
			for k := range batch {
				batch[k] = named(fmt.Sprintf("%d-%d-%d", i, n, k), "written", domain.Tag(fmt.Sprintf("by:%d", i)))
			}
			positions, err := store.Append(t.Context(), batch)
			if err != nil {
				t.Errorf("Append = %v, want it accepted", err)
				return
			}
			got[i] = append(got[i], positions)
		}
	})
	total := 0
	for i := range racers {
		for n := range each {
			total += 1 + (i+n)%3
		}
	}
	all := wantDense(t, store, total)
	for i := range got {
		last := domain.Position(0)
		for n, positions := range got[i] {
			if positions.First <= last || positions.Len() != 1+(i+n)%3 {
				t.Fatalf("append %d of writer %d got positions %d to %d after %d, want later ones", n, i, positions.First, positions.Last, last)
			}
			last = positions.Last
			for p := range positions.All() {
				want := fmt.Sprintf(`"%d-%d-%d"`, i, n, p-positions.First)
				if int(p) > len(all) || string(all[p-1].Data) != want {
					t.Errorf("position %d does not hold %s, which was acknowledged there", p, want)
				}
			}
		}
		mine := positionsOf(collect(t, mustRead(t, store, tagged(domain.Tag(fmt.Sprintf("by:%d", i))), forwards)))
		if len(mine) == 0 || mine[len(mine)-1] != last {
			t.Errorf("the events of writer %d are found at %v, want them to end at %d", i, mine, last)
		}
	}
}

// exclusive races appends of one event each, tries(round) of them, and wants one winner.
func exclusive(t testing.TB, f Fixture, store ports.EventStore, tries func(round int) []try) {
	t.Helper()
	for round := range rounds {
		all := tries(round)
		before := mustHead(t, store)
		won := wantOneWinner(t, race(t, f, len(all), func(i int) (domain.Positions, error) {
			return store.Append(t.Context(), []domain.Event{all[i].event}, all[i].condition)
		}))
		if head := mustHead(t, store); won.First != before+1 || won.Last != head {
			t.Errorf("round %d took the head from %d to %d, and the winner is at %d to %d", round, before, head, won.First, won.Last)
		}
	}
}

// try is an append that races against others.
type try struct {
	event     domain.Event
	condition domain.AppendCondition
}

func oneCreatorWins(t testing.TB, f Fixture) {
	exclusive(t, f, open(t, f), func(round int) []try {
		name := domain.Tag(fmt.Sprint("username:", round))
		return slices.Repeat([]try{{event("registered", name), none(tagged(name))}}, racers)
	})
}

func oneDeciderWins(t testing.TB, f Fixture) {
	store := openDay(t, f)
	exclusive(t, f, store, func(int) []try {
		seen := mustHead(t, store)
		return slices.Repeat([]try{{event("opened", "shop"), noneAfter(seen, ofType("opened", "closed"))}}, racers)
	})
}

func oneWinsOverTwoTags(t testing.TB, f Fixture) {
	store := openDay(t, f)
	exclusive(t, f, store, func(round int) []try {
		student := domain.Tag(fmt.Sprint("student:", round))
		return slices.Repeat([]try{{event("enrolled", "course:1", student, "term:2"), none(tagged("course:1", student))}}, racers)
	})
}

func disjointBoundariesSucceed(t testing.TB, f Fixture) {
	store := open(t, f)
	for range rounds {
		seen := mustHead(t, store)
		wantAllAccepted(t, race(t, f, racers, func(i int) (domain.Positions, error) {
			mine := domain.Tag(fmt.Sprint("account:", i))
			return store.Append(t.Context(), []domain.Event{event("debited", mine), event("noted", mine)}, noneAfter(seen, tagged(mine)))
		}))
	}
	wantDense(t, store, racers*rounds*2)
}

func typeAgainstTag(t testing.TB, f Fixture) {
	store := open(t, f)
	exclusive(t, f, store, func(int) []try {
		seen := mustHead(t, store)
		written := event("opened", "shop")
		return []try{{written, noneAfter(seen, ofType("opened"))}, {written, noneAfter(seen, tagged("shop"))}}
	})
}

func everythingAgainstTag(t testing.TB, f Fixture) {
	store := open(t, f)
	exclusive(t, f, store, func(int) []try {
		seen := mustHead(t, store)
		return []try{
			{event("counted", "shop"), noneAfter(seen, domain.All())},
			{event("opened", "shop"), noneAfter(seen, tagged("shop"))},
			{event("counted", "shop"), noneAfter(seen, domain.All())},
		}
	})
}

func overlappingTypes(t testing.TB, f Fixture) {
	store := open(t, f)
	exclusive(t, f, store, func(int) []try {
		seen := mustHead(t, store)
		return []try{
			{event("moved"), noneAfter(seen, ofType("opened", "moved"))},
			{event("moved"), noneAfter(seen, ofType("moved", "closed"))},
		}
	})
}

func overlappingTags(t testing.TB, f Fixture) {
	store := open(t, f)
	exclusive(t, f, store, func(int) []try {
		seen := mustHead(t, store)
		return []try{
			{event("moved", "from:a", "to:b"), noneAfter(seen, items(domain.Tagged("from:a"), domain.Tagged("to:b")))},
			{event("moved", "to:b", "by:c"), noneAfter(seen, items(domain.Tagged("to:b"), domain.Tagged("by:c")))},
		}
	})
}

// decide reads, decides and appends until it is not overtaken. A conflict means
// that somebody else got further, so it ends.
func decide(t testing.TB, store ports.EventStore, query domain.Query, decision func(facts []domain.SequencedEvent) []domain.Event) bool {
	for {
		result, err := store.Read(t.Context(), query, forwards)
		if err != nil {
			t.Errorf("Read = %v, want a result", err)
			return false
		}
		var facts []domain.SequencedEvent
		for e, err := range result.Events {
			if err != nil {
				t.Errorf("a read ended with %v", err)
				return false
			}
			facts = append(facts, e)
		}
		events := decision(facts)
		if len(events) == 0 {
			return false
		}
		_, err = store.Append(t.Context(), events, noneAfter(result.Head, query))
		if err == nil {
			return true
		}
		if _, lost := asConflict(err); !lost {
			t.Errorf("Append = %v, want it accepted or a conflict", err)
			return false
		}
	}
}

func threeSeats(t testing.TB, f Fixture) {
	const seats = 3
	store := open(t, f)
	got := make([]bool, racers)
	together(t, f, racers, func(i int) {
		got[i] = decide(t, store, tagged("course:1"), func(facts []domain.SequencedEvent) []domain.Event {
			if len(facts) == seats {
				return nil
			}
			return []domain.Event{event("enrolled", "course:1", domain.Tag(fmt.Sprint("student:", i)))}
		})
	})
	enrolled := 0
	for i, ok := range got {
		stored := len(collect(t, mustRead(t, store, tagged("course:1", domain.Tag(fmt.Sprint("student:", i))), forwards)))
		if ok {
			enrolled++
		}
		if ok != (stored == 1) {
			t.Errorf("student %d was told %v and is enrolled %d times", i, ok, stored)
		}
	}
	if enrolled != seats {
		t.Errorf("%d students got one of %d seats, want %d", enrolled, seats, seats)
	}
}

func enrolledOnce(t testing.TB, f Fixture) {
	store := open(t, f)
	query := tagged("course:1", "student:1")
	together(t, f, racers, func(int) {
		decide(t, store, query, func(facts []domain.SequencedEvent) []domain.Event {
			if len(facts) > 0 {
				return nil
			}
			return []domain.Event{event("enrolled", "course:1", "student:1")}
		})
	})
	wantDense(t, store, 1)
}

func invoiceNumbers(t testing.TB, f Fixture) {
	const each = 3
	store := open(t, f)
	query := ofType("invoiced")
	together(t, f, racers, func(i int) {
		for range each {
			decide(t, store, query, func(facts []domain.SequencedEvent) []domain.Event {
				return []domain.Event{{Type: "invoiced", Data: []byte(strconv.Itoa(len(facts) + 1))}}
			})
		}
	})
	for i, e := range wantDense(t, store, racers*each) {
		if got, want := string(e.Data), strconv.Itoa(i+1); got != want {
			t.Errorf("invoice %d has number %s, want %s", i, got, want)
		}
	}
	last := mustRead(t, store, query, ports.ReadOptions{Limit: 1, Backwards: true})
	mustAppend(t, store, domain.Event{Type: "invoiced", Data: []byte("25")})
	mustConflict(t, store, []domain.Event{{Type: "invoiced", Data: []byte("25")}}, noneAfter(last.Head, query))
}

func readersDuringWrites(t testing.TB, f Fixture) {
	const batches, size = 30, 3
	store := open(t, f)
	both := items(domain.Tagged("even"), domain.Tagged("odd"))
	together(t, f, 4, func(i int) {
		if i == 0 {
			for n := range batches {
				batch := make([]domain.Event, size)
				for k := range batch {
					batch[k] = event("written", []domain.Tag{"even", "odd"}[(n*size+k)%2])
				}
				mustAppendLater(t, store, batch...)
			}
			return
		}
		last := domain.Position(0)
		for last < batches*size && !t.Failed() {
			result, err := store.Read(t.Context(), both, forwards)
			if err != nil {
				t.Errorf("Read = %v, want a result", err)
				return
			}
			if result.Head < last || result.Head%size != 0 {
				t.Errorf("a reader saw the head at %d after %d, want it to grow by whole batches of %d", result.Head, last, size)
			}
			want := domain.Position(0)
			for e, err := range result.Events {
				if err != nil {
					t.Errorf("a read ended with %v", err)
					return
				}
				if want++; e.Position != want {
					t.Errorf("a reader saw position %d where %d belongs", e.Position, want)
				}
			}
			if want != result.Head {
				t.Errorf("a reader saw %d events and head %d, want all events up to the head", want, result.Head)
			}
			last = result.Head
		}
	})
}
