package dispensing_test

import (
	"testing"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

func TestCapScheduleVRefillsLooksAtNothingElse(t *testing.T) {
	t.Parallel()
	rule := dispensing.CapScheduleVRefills(5)
	tests := []struct {
		name     string
		schedule dispensing.Schedule
		fill     int
		refused  bool
	}{
		{"the fifth refill of Schedule V is dispensed", dispensing.ScheduleV, 5, false},
		{"the sixth refill of Schedule V is refused", dispensing.ScheduleV, 6, true},
		{"the sixth refill of another drug is none of its business", dispensing.Uncontrolled, 6, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fill := dispensing.Fill{FillNo: tt.fill}
			fill.Prescription.Drug.Schedule = tt.schedule
			if got := rule(fill); (got != nil) != tt.refused {
				t.Errorf("got %v, want refused: %t", got, tt.refused)
			}
		})
	}
}

func TestARefusalReadsAsOneLine(t *testing.T) {
	t.Parallel()
	refusal := dispensing.Refusal{Rule: "I3", Cite: "21 CFR 1306.12(a)", Reason: "C-II cannot be refilled", Suggestion: "ask for a new prescription"}
	const want = "refused: C-II cannot be refilled [I3, 21 CFR 1306.12(a)]; ask for a new prescription"
	if got := refusal.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// history numbers and encodes events as a store would.
func history(t testing.TB, events ...decision.Event) []domain.SequencedEvent {
	t.Helper()
	all := make([]domain.SequencedEvent, len(events))
	for i, event := range events {
		encoded, err := decision.Encode(event)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = domain.SequencedEvent{Position: domain.Position(i + 1), Event: encoded}
	}
	return all
}

func TestStandingFollowsFromTheEventsAlone(t *testing.T) {
	t.Parallel()
	issued := time.Date(2025, time.March, 3, 9, 0, 0, 0, time.UTC)
	accepted := func(s dispensing.Schedule, refills int) dispensing.PrescriptionAccepted {
		return dispensing.PrescriptionAccepted{
			Rx: 7, Kind: dispensing.Written, Patient: "p", Prescriber: "d", Drug: dispensing.Drug{Ingredient: "i", Schedule: s},
			Qty: 30, DaysSupply: 30, Refills: refills, Issued: issued, By: "b",
		}
	}
	part := func(entry, fill, qty int, reason dispensing.PartialReason, day int) dispensing.Dispensed {
		return dispensing.Dispensed{
			Rx: 7, Entry: entry, FillNo: fill, Qty: qty, PartialReason: reason, Patient: "p", Prescriber: "d",
			Drug: dispensing.Drug{Ingredient: "i"}, NDC: "n", Lot: "l", Staff: "s", At: issued.AddDate(0, 0, day),
		}
	}
	reversed := func(entry int) dispensing.DispenseReversed {
		return dispensing.DispenseReversed{Rx: 7, Entry: entry, Patient: "p", Ingredient: "i", NDC: "n", Lot: "l", By: "b"}
	}
	tests := []struct {
		name                  string
		events                []decision.Event
		fill, remaining, left int
		due                   time.Time
	}{
		{"a new prescription has its whole quantity left", []decision.Event{accepted(dispensing.ScheduleII, 0)}, 0, 30, 0, time.Time{}},
		{
			"the shorter of two limits counts",
			[]decision.Event{
				accepted(dispensing.ScheduleII, 0),
				part(1, 0, 10, dispensing.PatientAsked, 1), part(2, 0, 10, dispensing.CannotSupply, 2),
			},
			0, 10, 0, issued.AddDate(0, 0, 5),
		},
		{
			"a reversed part takes its limit with it",
			[]decision.Event{
				accepted(dispensing.ScheduleII, 0),
				part(1, 0, 10, dispensing.PatientAsked, 1), part(2, 0, 10, dispensing.CannotSupply, 2), reversed(2),
			},
			0, 20, 0, time.Date(2025, time.April, 2, 23, 59, 59, 0, time.UTC),
		},
		{
			"a reversed original fill is filled again before the next refill",
			[]decision.Event{accepted(dispensing.ScheduleIV, 2), part(1, 0, 30, "", 0), part(2, 1, 30, "", 25), reversed(1)},
			0, 30, 2, time.Date(2025, time.September, 3, 23, 59, 59, 0, time.UTC),
		},
		{
			"a given-up remainder ends its fill and leaves the refills",
			[]decision.Event{
				accepted(dispensing.ScheduleIV, 1), part(1, 0, 10, dispensing.PatientAsked, 0),
				dispensing.BalanceForfeited{Rx: 7, FillNo: 0, Qty: 20, By: "b"},
			},
			1, 30, 0, time.Date(2025, time.September, 3, 23, 59, 59, 0, time.UTC),
		},
		{
			"refills authorised later count",
			[]decision.Event{accepted(dispensing.ScheduleV, 0), part(1, 0, 30, "", 0), dispensing.RefillsAuthorized{Rx: 7, Refills: 3, By: "b"}},
			1, 30, 2,
			time.Time{},
		},
		{"nothing is left of what is used up", []decision.Event{accepted(dispensing.ScheduleII, 0), part(1, 0, 30, "", 0)}, 1, 0, 0, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := dispensing.StandingOf(dispensing.Calendar{}, 7, history(t, tt.events...))
			if err != nil {
				t.Fatal(err)
			}
			if got.FillNo != tt.fill || got.Remaining != tt.remaining || got.RefillsLeft != tt.left || !got.Due.Equal(tt.due) {
				t.Errorf("got fill %d, remaining %d, refills left %d, due %v; want %d, %d, %d, %v",
					got.FillNo, got.Remaining, got.RefillsLeft, got.Due, tt.fill, tt.remaining, tt.left, tt.due)
			}
		})
	}
}

func TestStandingOfAnUnknownPrescriptionSaysSo(t *testing.T) {
	t.Parallel()
	got, err := dispensing.StandingOf(dispensing.Calendar{}, 7, nil)
	if err != nil || got.Known {
		t.Errorf("got %+v, %v, want an unknown prescription", got, err)
	}
}

func TestErasureIsRefusedUntilRetentionEndsAndCannotBeDoneAfterwards(t *testing.T) {
	t.Parallel()
	last := time.Date(2025, time.March, 3, 9, 0, 0, 0, time.UTC)
	policy := dispensing.Policy{RetentionYears: 5}
	if got := policy.Erasure("p", last, last.AddDate(5, 0, 0)); got.Cite == "" {
		t.Errorf("on the last day: got %v, want a legal basis", got)
	}
	if got := policy.Erasure("p", last, last.AddDate(5, 0, 1)); got.Cite != "" {
		t.Errorf("a day later: got %v, want no legal basis any more", got)
	}
}
