package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// eastern is the zone of the pharmacy.
var eastern = dispensing.Calendar{Location: time.FixedZone("", -4*60*60)}

// opened returns the events of a store and its read models.
func opened(t *testing.T, dir string) (*filesystem.Store, *sqlite.Projections) {
	t.Helper()
	events, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	states, err := sqlite.Open(filepath.Join(dir, "projections"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := states.Close(); err != nil {
			t.Error(err)
		}
		if err := events.Close(); err != nil {
			t.Error(err)
		}
	})
	return events, states
}

// checkAll compares the read models of a store with a fold of its events.
func checkAll(t *testing.T, events *filesystem.Store, states ports.ProjectionReader) {
	t.Helper()
	all, err := reports.Events(t.Context(), events, domain.All())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, model := range reports.Models(eastern) {
		if err := model.Wait(ctx, states, domain.Position(len(all))); err != nil {
			t.Error(err)
		}
		if _, err := model.Check(t.Context(), states, all); err != nil {
			t.Error(err)
		}
	}
}

func TestTheDayLeavesReadModelsThatEqualAFoldFromScratch(t *testing.T) {
	t.Parallel()
	events, states := opened(t, atEvening(t))
	checkAll(t, events, states)
}

func TestReadModelsThatAreMissingAreMadeForWhoeverLooks(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	if err := os.RemoveAll(filepath.Join(dir, "projections")); err != nil {
		t.Fatal(err)
	}
	want := call(t, evening, "inventory").out
	// Several processes look at once, while nothing is there yet.
	got := make([]answer, 3)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() { got[i] = call(t, dir, "inventory") })
	}
	all.Wait()
	for _, answer := range got {
		if answer.code != 0 || answer.out != want {
			t.Errorf("exit code %d, %q, got\n%s\nwant\n%s", answer.code, answer.errors, answer.out, want)
		}
	}
	events, states := opened(t, dir)
	checkAll(t, events, states)
}

func TestAProcessSeesWhatItWroteInReadModelsThatAnotherOneRuns(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	events, states := opened(t, dir)
	runner, err := projection.NewRunner(events, states, projection.Options{}, reports.Projections(reports.Models(eastern))...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	for _, model := range reports.Models(eastern) {
		if err := runner.Resume(ctx, model.Name()); err != nil { // it answers: this process runs it from here on
			t.Fatal(err)
		}
	}
	for i := range 3 {
		args := fmt.Sprintf(`{"ndc":"99990-0101-01","lot":"OX5-%d","drug":{"name":"oxycodone HCl","ingredient":"oxycodone","strength":"5 mg",
			"form":"tablet","schedule":"C-II"},"unit":"tablet","qty":7,"expires":"2027-06-30T00:00:00-04:00",
			"supplier":{"name":"x","address":"x","dea":"x"},"by":"t-abara"}`, 900+i)
		if got := call(t, dir, "do", "ReceiveLot", args); got.code != 0 {
			t.Fatal(got.errors)
		}
		inOrder(t, call(t, dir, "inventory").out, fmt.Sprintf("OX5-%d", 900+i))
	}
	if got := call(t, dir, "rebuild", "log"); got.code != 1 || !strings.Contains(got.errors, "another process") {
		t.Errorf("exit code %d, %q; want 1 and that another process runs it", got.code, got.errors)
	}
	checkAll(t, events, states)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// forge changes the state of a product in the read models, as no event does.
func forge(t *testing.T, dir, ndc string) {
	t.Helper()
	_, states := opened(t, dir)
	state, found, err := states.State(t.Context(), "inventory", ndc)
	if err != nil || !found {
		t.Fatalf("state %s: %v, %v", ndc, found, err)
	}
	info, err := states.Projection(t.Context(), "inventory")
	if err != nil {
		t.Fatal(err)
	}
	writer, err := states.Acquire(t.Context(), "inventory")
	if err != nil {
		t.Fatal(err)
	}
	state.Data = []byte(strings.Replace(string(state.Data), `"onHand":`, `"onHand":1`, 1))
	at := info.Live.Checkpoint
	if err := writer.Commit(t.Context(), ports.Live, ports.ProjectionBatch{After: at, UpTo: at, Put: []ports.ProjectionState{state}}); err != nil {
		t.Fatal(err)
	}
	if err := writer.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestARebuildRepairsWhatADryRunNames(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	right := call(t, dir, "inventory").out
	const ndc = "99990-0101-01"
	forge(t, dir, ndc)

	dry := call(t, dir, "rebuild", "--dry-run", "inventory", "due")
	if dry.code != 0 {
		t.Fatalf("exit code %d: %s", dry.code, dry.errors)
	}
	inOrder(t, dry.errors, "building ", "done, up to position")
	inOrder(t, dry.out, "inventory: ", "0 would be added, 1 changed, 0 removed.", "  "+ndc, "due: ", "nothing would change.", "Nothing was changed.")
	if strings.Contains(dry.out, "building ") {
		t.Errorf("progress is among the answer:\n%s", dry.out)
	}

	built := call(t, dir, "rebuild")
	if built.code != 0 || strings.Count(built.errors, ": done, up to position") != len(reports.Models(eastern)) {
		t.Errorf("exit code %d, %s%s; want that each read model is built", built.code, built.errors, built.out)
	}
	inOrder(t, built.out, "Made anew from the events: inventory, log, prescriptions, due, cases, doses, days.")
	inOrder(t, call(t, dir, "rebuild", "--dry-run", "inventory").out, "nothing would change")
	if got := call(t, dir, "inventory").out; got != right {
		t.Errorf("got\n%s\nwant\n%s", got, right)
	}
}

func TestADayFailsWhenAReadModelIsNotWhatTheEventsMake(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	forge(t, dir, "99990-0101-01")
	got := call(t, dir)
	want := `the read model differs from a fold of the events: inventory: state "99990-0101-01" is `
	if got.code != 1 || !strings.Contains(got.errors, want) || !strings.Contains(got.errors, "pharmacy rebuild") {
		t.Errorf("exit code %d, %q; want 1, %q and what to do", got.code, got.errors, want)
	}
}
