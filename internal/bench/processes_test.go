package bench_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/internal/bench"
)

func TestAppendsOfSeveralProcessesSayHowEvenlyTheyAreShared(t *testing.T) {
	c := tiny(t, bench.Quick)
	c.Only = []string{"append/processes=[12]"}
	results, err := bench.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	shares := regexp.MustCompile(`fewest events appended ([0-9,]+) \([0-9]+ %\), the one with the most ([0-9,]+) \(`)
	for _, r := range results {
		found := shares.FindStringSubmatch(r.Note)
		if alone := r.Scenario == "append/processes=1"; alone != (found == nil) {
			t.Errorf("%s: %q, want the shares of several processes and of none alone", r.Scenario, r.Note)
		}
		if found == nil {
			continue
		}
		least, most := number(t, found[1]), number(t, found[2])
		if rounds := c.Rounds + 1; least < rounds || least > most {
			t.Errorf("%s: %q, want that each process appended an event in each of %d rounds, and the fewest first", r.Scenario, r.Note, rounds)
		}
	}
}

// number reads a figure with commas.
func number(t *testing.T, figure string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(figure, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
