package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// program is the path of the program under test; evening the folder of a store
// at the end of the day, whose events no test changes, and pristine a copy that no
// process ever opened; firstRun is what the program printed.
var program, evening, pristine, firstRun string

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// prepare builds the program and runs the day once.
func prepare(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "pharmacy")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, evening, pristine = filepath.Join(dir, "pharmacy"), filepath.Join(dir, "evening"), filepath.Join(dir, "pristine")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	out, err := exec.Command(program, "--dir", evening).CombinedOutput()
	if err != nil {
		return 1, fmt.Errorf("run the day: %w\n%s", err, out)
	}
	firstRun = string(out)
	if err := os.CopyFS(pristine, os.DirFS(evening)); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// answer is what the program answered.
type answer struct {
	out, errors string
	code        int
}

// call runs the program with a store.
func call(t *testing.T, dir string, args ...string) answer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"--dir", dir}, args...)...)
	cmd.Dir = t.TempDir() // it works from anywhere
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if _, exited := errors.AsType[*exec.ExitError](err); !exited {
			t.Fatalf("pharmacy %q: %v", args, err)
		}
	}
	return answer{out: out.String(), errors: errs.String(), code: cmd.ProcessState.ExitCode()}
}

// atEvening returns the folder of a store of its own, at the end of the day.
func atEvening(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(dir, os.DirFS(pristine)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func verify(t *testing.T, dir string) filesystem.Report {
	t.Helper()
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil {
		t.Fatalf("the store does not verify: %v", err)
	}
	return report
}

// inOrder fails unless text contains the parts one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("%q is missing, or out of order, in:\n%s", part, text)
		}
		rest = after
	}
}

func TestTheDayPrintsWhatAPharmacistAndAnInspectorWantToSee(t *testing.T) {
	t.Parallel()
	inOrder(t, firstRun,
		"Not certified for electronic prescriptions", "Not legal advice",
		"Two workstations, two processes",
		"== Work at the two desks ==", "conflicts", "Lost to: ",
		"== Dispensed on 2026-03-13 ==", "C-II ",
		"== Refused, and why: ", "C-II cannot be refilled", "count in progress", "quarantine",
		"== Races: ", "(retried)",
		"== Perpetual inventory, by product and lot ==", "OX5-311", "QUARANTINE",
		"== Log of schedule C-II: ", "see pharmacy log", "Dispensed",
		"== Deadlines at 2026-03-13 ", "OVERDUE", "within 72 hours", "see pharmacy due",
		"difference -2, adjusted -2, settled", "what was signed is unchanged",
		"== Read models ==", "a fold of all ", "events from scratch makes",
		"== Files ==", evening, "verified: ",
		"came out as the data of the day expects", "pharmacy reset --yes")
	if lines := strings.Count(firstRun, "\n"); lines > 150 {
		t.Errorf("the day prints %d lines, which nobody reads", lines)
	}
}

func TestTwoWorkstationsWroteTheDay(t *testing.T) {
	t.Parallel()
	store, err := filesystem.OpenReadOnly(t.Context(), evening, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	read, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	changes, last, wrote := 0, "", make(map[string]int)
	for event, err := range read.Events {
		if err != nil {
			t.Fatal(err)
		}
		desk := event.Metadata.Values["workstation"]
		if desk == "" {
			continue // from before the day
		}
		wrote[desk]++
		if last != "" && desk != last {
			changes++
		}
		last = desk
	}
	if wrote["A"] < 100 || wrote["B"] < 100 || len(wrote) != 2 {
		t.Errorf("events by workstation: %v, want more than 100 of A and of B", wrote)
	}
	if changes < 10 {
		t.Errorf("the desks alternated %d times in the store: they did not work beside each other", changes)
	}
}

func TestRunningTheDayAgainAddsNothing(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	before := verify(t, dir)
	again := call(t, dir)
	if again.code != 0 {
		t.Fatalf("exit code %d: %s", again.code, again.errors)
	}
	if after := verify(t, dir); after.Events != before.Events || after.Chain != before.Chain {
		t.Errorf("after the second run there are %d events, before it %d", after.Events, before.Events)
	}
	inOrder(t, again.out, "repeated: they were done already", "The folder held this day already", "pharmacy reset --yes")
}

func TestADayThatWasKilledGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := exec.CommandContext(ctx, program, "--dir", dir)
	cmd.Stdout = writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("morning")) { // both desks are in the middle of it
			kill()
		}
		return len(p), nil
	})
	if err := cmd.Run(); err == nil {
		t.Log("the day was over before it was killed")
	}
	if got := call(t, dir); got.code != 0 {
		t.Fatalf("after the kill: exit code %d: %s", got.code, got.errors)
	}
	verify(t, dir)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestAWorkstationEndsWhenNobodyIsThereAnyMore(t *testing.T) {
	t.Parallel()
	got := call(t, atEvening(t), "workstation", "--desk", "A")
	inOrder(t, got.out, `{"arrived":"phase opening"}`)
	if got.code != 1 || !strings.Contains(got.errors, "nobody is there any more") {
		t.Errorf("exit code %d, %q; want 1 and that nobody is there", got.code, got.errors)
	}
}

func TestADayThatGoesOtherwiseThanExpectedFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	// Somebody received the last box of the race before: now there is enough for both.
	received := call(t, dir, "do", "ReceiveLot", `{"ndc":"99990-0104-01","lot":"MP18-402","drug":{"name":"methylphenidate ER",
		"ingredient":"methylphenidate","strength":"18 mg","form":"tablet","schedule":"C-II"},"unit":"tablet","qty":30,
		"expires":"2027-06-30T00:00:00-04:00","supplier":{"name":"x","address":"x","dea":"x"},"by":"t-abara"}`)
	if received.code != 0 {
		t.Fatal(received.errors)
	}
	got := call(t, dir)
	if got.code != 1 || !strings.Contains(got.errors, "pharmacy: race last box: 2 of the two were carried out, expected 1") {
		t.Errorf("exit code %d, errors %q", got.code, got.errors)
	}
	inOrder(t, got.out, "not come out as the data of the day expects")
}

func TestVerifyNamesADamagedEvent(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	segment := filepath.Join(dir, "events", "00000000000000000001.jsonl")
	text, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Replace(text, []byte(`"position":300,`), []byte(`"position":301,`), 1)
	if err := os.WriteFile(segment, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	got := call(t, dir, "verify")
	if got.code != 1 || !strings.Contains(got.errors, "300") || !strings.Contains(got.errors, "00000000000000000001.jsonl") {
		t.Errorf("exit code %d, %q; want 1, the file and position 300", got.code, got.errors)
	}
}

func TestResetDeletesOnlyAStoreAndOnlyWhenToldSo(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	got := call(t, dir, "reset")
	if got.code != 2 || !strings.Contains(got.errors, "reset --yes") {
		t.Errorf("without --yes: exit code %d, %q", got.code, got.errors)
	}
	verify(t, dir)

	note := filepath.Join(dir, "note.txt")
	if err := os.WriteFile(note, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := call(t, dir, "reset", "--yes"); got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.errors)
	}
	if _, err := os.Stat(note); err != nil {
		t.Errorf("a file that is not the store's is gone: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("beside that file %v is left (%v), want nothing", left, err)
	}
	got = call(t, dir, "reset", "--yes")
	if got.code != 1 || !strings.Contains(got.errors, "there is no store") {
		t.Errorf("a folder without a store: exit code %d, %q", got.code, got.errors)
	}
}
