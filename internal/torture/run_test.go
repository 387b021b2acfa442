package torture_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/torture"
)

func TestAStoreThatWorksPasses(t *testing.T) {
	dir := t.TempDir()
	var told []torture.Round
	result := mustRun(t, torture.Config{
		Dir: dir, Rounds: 2, RoundLength: 1500 * time.Millisecond,
		Progress: func(r torture.Round) { told = append(told, r) },
	})
	var verdict strings.Builder
	result.Write(&verdict)
	t.Log(verdict.String())
	if !result.Passed() || !strings.Contains(verdict.String(), "PASSED") {
		t.Error("did not pass")
	}
	if result.Rounds != 2 || len(told) != 2 {
		t.Errorf("%d rounds, and %d were told, want 2", result.Rounds, len(told))
	}
	c := result.Counts
	for what, n := range map[string]int{
		"acknowledged appends": c.Acknowledged, "conflicts": c.Conflicts, "unknown outcomes": c.Unknown,
		"reads": c.Reads, "events of subscriptions": c.Watched, "kills": c.Kills, "events": result.Events,
	} {
		if n == 0 {
			t.Errorf("no %s", what)
		}
	}
	isEmpty(t, dir)
}

func TestEveryPlantedBugIsFound(t *testing.T) {
	t.Parallel()
	for _, bug := range torture.Bugs() {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			patience := 20 * time.Second
			if bug == "hang" {
				patience = 2 * time.Second
			}
			result := mustRun(t, torture.Config{
				Dir: t.TempDir(), For: 50 * time.Second, RoundLength: 800 * time.Millisecond, Writers: 2, Bug: bug,
				Patience: patience,
				Repeat:   func(uint64, int) string { return "opossum torture again" },
			})
			var verdict strings.Builder
			result.Write(&verdict)
			t.Logf("after %v\n%s", time.Since(begin), verdict.String())
			if result.Failed == nil || !strings.Contains(verdict.String(), "FAILED") {
				t.Fatal("it was not found")
			}
			if rule := result.Failed.Findings[0].Rule; !slices.ContainsFunc(rulesOf[bug], func(words string) bool { return strings.Contains(rule, words) }) {
				t.Errorf("found because of the rule that %s, want one about %q", rule, rulesOf[bug])
			}
			checkEvidence(t, result, verdict.String())
		})
	}
}

// rulesOf are words of the rules that a bug breaks, any one of them.
var rulesOf = map[string][]string{
	"acknowledge-before-append":     {"an acknowledged append is in the log", "sees everything that was seen before", "stands behind everything"},
	"acknowledge-and-forget":        {"an acknowledged append is in the log"},
	"skip-conditions":               {"the conditions of an append hold"},
	"check-before-lock":             {"the conditions of an append hold", "first of the conditions"},
	"after-off-by-one":              {"the conditions of an append hold", "a conflict names"},
	"split-batches":                 {"a batch is in the log whole", "sees whole batches"},
	"refuse-and-write":              {"refused is not in the log"},
	"hang":                          {"comes to an end"},
	"die":                           {"does not end by itself"},
	"fail":                          {"returns no error but"},
	"stale-read":                    {"sees everything that was seen before"},
	"read-loses-an-event":           {"a read returns what its query"},
	"subscription-loses-an-event":   {"without gap or duplicate", "comes to an end"},
	"subscription-repeats-an-event": {"without gap or duplicate"},
}

// checkEvidence looks for what a person needs to go on.
func checkEvidence(t *testing.T, result torture.Result, verdict string) {
	t.Helper()
	evidence, err := os.ReadFile(filepath.Join(result.Kept, "evidence.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(evidence) != verdict {
		t.Errorf("evidence.txt says\n%s", evidence)
	}
	if !strings.Contains(verdict, "opossum torture again") || !strings.Contains(verdict, result.Kept) {
		t.Error("the verdict does not say how to repeat the run, or where the store is")
	}
	if stores, err := filepath.Glob(filepath.Join(result.Kept, "store-*", "store.json")); err != nil || len(stores) != 1 {
		t.Errorf("the stores that were kept are %q, error %v, want one", stores, err)
	}
	calls, err := os.ReadFile(filepath.Join(result.Kept, "calls.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range bytes.Lines(calls) {
		var c struct{ Call string }
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatalf("calls.jsonl: %v in %s", err, line)
		}
		kinds[c.Call]++
	}
	if kinds["append"] == 0 {
		t.Errorf("calls.jsonl has %v", kinds)
	}
}

func TestARunThatIsInterruptedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	rounds := 0
	result, err := torture.Run(ctx, torture.Config{
		Dir: dir, Child: []string{os.Args[0]}, For: time.Hour, RoundLength: 200 * time.Millisecond,
		Progress: func(torture.Round) { rounds++; cancel() },
	})
	if err != nil || !result.Interrupted || result.Rounds != rounds || result.Failed != nil {
		t.Errorf("Run = %+v, %v after %d rounds, want it interrupted", result, err, rounds)
	}
	var verdict strings.Builder
	result.Write(&verdict)
	if !strings.Contains(verdict.String(), "INTERRUPTED") {
		t.Errorf("the verdict is\n%s", verdict.String())
	}
	isEmpty(t, dir)
}
