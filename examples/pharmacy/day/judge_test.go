package day_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
)

func TestAnExpectationIsMetByItsOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		expect    day.Expectation
		outcome   string
		conflicts int
		again     bool
		want      bool
	}{
		{"carried out", day.OK, day.OK, 0, false, true},
		{"carried out after conflicts", day.OK, day.OK, 3, false, true},
		{"refused instead", day.OK, "refused I3", 0, false, false},
		{"failed", day.OK, day.Failed, 0, false, false},
		{"at once", day.AtOnce, day.OK, 0, false, true},
		{"not at once", day.AtOnce, day.OK, 1, false, false},
		{"refused by the rule", "refused I1", "refused I1", 0, false, true},
		{"refused by another rule", "refused I1", "refused I10", 0, false, false},
		{"refused by another rule in a later run", "refused I1", "refused I3", 0, true, true},
		{"carried out in a later run after all", "refused I1", day.OK, 0, true, false},
		{"repeated in a later run", day.OK, day.Repeated, 0, true, true},
		{"at once, and repeated in a later run", day.AtOnce, day.Repeated, 0, true, true},
		{"repeated in the first run", day.OK, day.Repeated, 0, false, false},
		{"repeated as expected", day.Repeated, day.Repeated, 0, false, true},
		{"the first alternative", "ok or refused I2", day.OK, 1, false, true},
		{"the second alternative", "ok or refused I2", "refused I2", 1, false, true},
		{"no alternative", "ok or refused I2", "refused I3", 1, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.expect.Met(tt.outcome, tt.conflicts, tt.again); got != tt.want {
				t.Errorf("Expectation(%q).Met(%q, %d, %v) = %v, want %v", tt.expect, tt.outcome, tt.conflicts, tt.again, got, tt.want)
			}
		})
	}
}

func TestJudgeNamesWhatWentOtherwise(t *testing.T) {
	t.Parallel()
	item := func(id, race string, expect day.Expectation) day.Item {
		return day.Item{ID: id, Do: "Dispense", Race: race, Expect: expect}
	}
	d := day.Day{
		Races: []day.Race{{Name: "box", Winners: 1}, {Name: "click", Winners: 1}, {Name: "recall"}},
		Commands: []day.Item{
			item("plain", "", day.OK),
			item("a", "box", "ok or refused I2"), item("b", "box", "ok or refused I2"),
			item("same", "click", "ok or repeated"), item("same", "click", "ok or repeated"),
			item("c", "recall", day.OK), item("d", "recall", "ok or refused quarantine"),
		},
	}
	good := []string{day.OK, day.OK, "refused I2", day.Repeated, day.OK, day.OK, day.OK}
	later := []string{day.Repeated, day.Repeated, "refused I2", day.Repeated, day.Repeated, day.Repeated, "refused quarantine"}
	tests := []struct {
		name    string
		outcome []string
		again   bool
		want    string // empty for nothing wrong
	}{
		{"a good day", good, false, ""},
		{"a good day again", later, true, ""},
		{"a day that was there before, unexpectedly", later, false, `plain (Dispense, 00:00:00): expected "ok", got "repeated"`},
		{"another outcome", replace(good, 0, "refused I3"), false, `plain (Dispense, 00:00:00): expected "ok", got "refused I3"`},
		{"a command that is missing", good[:6], false, "d (Dispense, 00:00:00) was never carried out"},
		{"two winners", replace(good, 2, day.OK), false, "race box: 2 of the two were carried out, expected 1"},
		{"no winner", replace(good, 1, "refused I2"), false, "race box: 0 of the two were carried out, expected 1"},
		{"the same command carried out twice", replace(good, 3, day.OK), false, "race click: same was carried out 2 times"},
		{"the same command carried out nowhere", replace(good, 4, day.Repeated), false, "race click: same was carried out 0 times"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var outcomes []day.Outcome
			for i, what := range tt.outcome {
				outcomes = append(outcomes, day.Outcome{Index: i, What: what})
			}
			wrong := d.Judge(outcomes, tt.again)
			if tt.want == "" {
				if len(wrong) > 0 {
					t.Errorf("Judge = %v, want nothing wrong", wrong)
				}
				return
			}
			if !slices.ContainsFunc(wrong, func(err error) bool { return strings.Contains(err.Error(), tt.want) }) {
				t.Errorf("Judge = %v, want %q among them", wrong, tt.want)
			}
		})
	}
}

func replace(in []string, i int, with string) []string {
	out := slices.Clone(in)
	out[i] = with
	return out
}
