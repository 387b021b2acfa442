package torture

import (
	"slices"
	"strings"
	"testing"
)

func TestALongRunSaysWhatItNeverTried(t *testing.T) {
	t.Parallel()
	all := Counts{Hogs: 1, Stops: 1, Torn: 1}
	for _, tt := range []struct {
		name   string
		rounds int
		bend   func(*Counts)
		says   string // "" for nothing
	}{
		{"all of it was done", 100, func(*Counts) {}, ""},
		{"no hog", 100, func(c *Counts) { c.Hogs = 0 }, "no process held the lock and hung in 100 rounds"},
		{"no stop", 200, func(c *Counts) { c.Stops = 0 }, "no process was stopped for a while in 200 rounds"},
		{"no torn tail", 100, func(c *Counts) { c.Torn = 0 }, "no append was cut off half written"},
		{"too few rounds to expect it", 99, func(c *Counts) { *c = Counts{} }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Result{Rounds: tt.rounds, Counts: all}
			tt.bend(&r.Counts)
			says := r.untried()
			if tt.says == "" && len(says) > 0 || tt.says != "" && !slices.ContainsFunc(says, func(s string) bool { return strings.Contains(s, tt.says) }) {
				t.Errorf("it says %q, want %q", says, tt.says)
			}
		})
	}
}
