package bench_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/bench"
)

func TestAContestGivesEachContenderEachJobAndLeavesNothing(t *testing.T) {
	rival := func(ctx context.Context, dir string) (bench.Rival, error) {
		s, err := stores.Open(ctx, dir, 0)
		if err != nil {
			return nil, err
		}
		return bench.AsRival(s), nil
	}
	c := bench.Config{Dir: t.TempDir(), Events: 10_000, Rounds: 1, Slice: time.Millisecond}
	var names []string
	standings, err := bench.Contest(t.Context(), c, []bench.Contender{{Name: "one", Open: rival}, {Name: "other", Open: rival, Load: 200}}, func(s bench.Standing) {
		names = append(names, s.Scenario)
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, job := range []string{"query/hits=100", "append/clients=1", "append/clients=64", "conditional"} {
		want = append(want, job+"/one", job+"/other")
	}
	if !slices.Equal(names, want) || len(standings) != len(want) {
		t.Errorf("reported %q and returned %d, want %q", names, len(standings), want)
	}
	for i, s := range standings {
		if s.Value <= 0 || s.Ratio <= 0 || s.ToFirst <= 0 || (s.ToFirst != 1 && i%2 == 0) {
			t.Errorf("%s: %+v, want figures above 0, and 1 to itself", s.Scenario, s)
		}
	}
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
