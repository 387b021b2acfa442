package portstest

import (
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
)

var timeRules = []Rule{
	{"RecordedAt is the store's time of the append, in UTC", recordedAtIsTheStoresTime},
	{"RecordedAt never goes backwards when the clock does", recordedAtNeverGoesBack},
	{"an event without OccurredAt gets the store's time", occurredAtIsFilledIn},
	{"OccurredAt may lie before and after the store's time and moves neither", occurredAtIsTheClients},
}

func recordedAtIsTheStoresTime(t testing.TB, f Fixture) {
	clock := newClock()
	store := f.Open(t, clock)
	mustAppend(t, store, event("a"), event("b"))
	later := dayOne.Add(36 * time.Hour)
	clock.set(later.In(time.FixedZone("UTC+3", 3*3600)))
	mustAppend(t, store, event("c"))
	clock.set(later.Add(time.Hour))

	all := wantDense(t, store, 3)
	for i, want := range []time.Time{dayOne, dayOne, later} {
		got := all[i].RecordedAt
		if !got.Equal(want) {
			t.Errorf("event %d was recorded at %v, want %v", i, got, want)
		}
		if _, offset := got.Zone(); offset != 0 {
			t.Errorf("RecordedAt of event %d is %v, want it in UTC", i, got)
		}
	}
}

func recordedAtNeverGoesBack(t testing.TB, f Fixture) {
	clock := newClock()
	store := f.Open(t, clock)
	for _, jump := range []time.Duration{0, 10 * time.Minute, -time.Hour, -2 * time.Hour, 11 * time.Minute, 5 * time.Minute} {
		clock.set(dayOne.Add(jump))
		mustAppend(t, store, event("ticked"))
	}
	want := []time.Duration{0, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute, 11 * time.Minute, 11 * time.Minute}
	last := time.Time{}
	for i, e := range wantDense(t, store, len(want)) {
		if e.RecordedAt.Before(last) {
			t.Errorf("event %d was recorded at %v, before the one in front of it (%v)", i, e.RecordedAt, last)
		}
		if at := dayOne.Add(want[i]); e.RecordedAt.Before(at) {
			t.Errorf("event %d was recorded at %v, want %v or later", i, e.RecordedAt, at)
		}
		last = e.RecordedAt
	}
}

func occurredAtIsFilledIn(t testing.TB, f Fixture) {
	clock := newClock()
	store := f.Open(t, clock)
	mustAppend(t, store, event("a"))
	clock.set(dayOne.Add(time.Minute))
	mustAppend(t, store, event("b"), event("c"))
	all := wantDense(t, store, 3)
	for i, want := range []time.Time{dayOne, dayOne.Add(time.Minute), dayOne.Add(time.Minute)} {
		if got := all[i].Metadata.OccurredAt; !got.Equal(want) {
			t.Errorf("event %d without OccurredAt occurred at %v, want %v", i, got, want)
		}
	}
}

func occurredAtIsTheClients(t testing.TB, f Fixture) {
	store := open(t, f)
	shifts := []time.Duration{0, 24 * time.Hour, -24 * time.Hour}
	for _, shift := range shifts {
		e := event("noted")
		e.Metadata = domain.Metadata{OccurredAt: dayOne.Add(shift)}
		mustAppend(t, store, e)
	}
	all := wantDense(t, store, len(shifts))
	for i, shift := range shifts {
		e := all[i]
		if !e.Metadata.OccurredAt.Equal(dayOne.Add(shift)) || !e.RecordedAt.Equal(dayOne) {
			t.Errorf("event %d occurred at %v and was recorded at %v, want %v and %v", i, e.Metadata.OccurredAt, e.RecordedAt, dayOne.Add(shift), dayOne)
		}
	}
}
