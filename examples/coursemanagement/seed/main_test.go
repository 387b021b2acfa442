package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/examples/coursemanagement/seed/term"
	"github.com/opossum-go/opossum/ports"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// prepare builds the program.
func prepare(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "seed")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program = filepath.Join(dir, "seed")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// answer is what the program answered.
type answer struct {
	out, errors string
	code        int
}

func call(t *testing.T, args ...string) answer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if _, exited := errors.AsType[*exec.ExitError](err); !exited {
			t.Fatalf("seed %q: %v", args, err)
		}
	}
	return answer{out: out.String(), errors: errs.String(), code: cmd.ProcessState.ExitCode()}
}

// fill seeds a folder and fails when that fails.
func fill(t *testing.T, args ...string) answer {
	t.Helper()
	got := call(t, args...)
	if got.code != 0 {
		t.Fatalf("seed %q: exit code %d: %s", args, got.code, got.errors)
	}
	return got
}

// verified returns what Verify says of a folder that is whole.
func verified(t *testing.T, dir string) filesystem.Report {
	t.Helper()
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil {
		t.Fatalf("the store does not verify: %v", err)
	}
	return report
}

// events returns all events of the store in a folder, without what the store adds.
func events(t *testing.T, dir string) []domain.Event {
	t.Helper()
	store, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
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
	var all []domain.Event
	for event, err := range read.Events {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, event.Event)
	}
	return all
}

func TestTheSmallPresetIsStoredWhole(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "school")
	got := fill(t, "--dir", dir, "--preset", "small", "--seed", "7", "--batch", "100")
	for _, want := range []string{"small term with seed 7: 1446 events", "100 %  1446 of 1446 events", "events/s\n", "30  InvoiceIssued\n"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing in:\n%s", want, got.out)
		}
	}
	if lines := strings.Count(got.out, " of 1446 events"); lines != 10 {
		t.Errorf("progress was printed %d times, want once for each tenth:\n%s", lines, got.out)
	}
	if report := verified(t, dir); report.Events != 1446 || len(report.Unfinished) != 0 {
		t.Errorf("verified %+v, want 1446 events", report)
	}

	planned, err := term.New(term.Presets()["small"], term.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	var want []domain.Event
	for event, err := range planned.Events() {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, event)
	}
	if want, err = domain.PrepareEvents(want); err != nil {
		t.Fatal(err)
	}
	if stored := events(t, dir); !reflect.DeepEqual(stored, want) {
		t.Error("what is stored is not the term that was planned")
	}
}

func TestOneSeedGivesTheSameStoreTwice(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	fill(t, "--dir", one, "--batch", "1000")
	fill(t, "--dir", two, "--batch", "37")
	if !reflect.DeepEqual(events(t, one), events(t, two)) {
		t.Error("the same seed gave other events when they were written in other batches")
	}
}

func TestAFolderWithEventsIsLeftAloneUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill(t, "--dir", dir)
	before := verified(t, dir)

	got := call(t, "--dir", dir)
	if got.code != 1 || !strings.Contains(got.errors, "has 1446 events already") || !strings.Contains(got.errors, "--append") {
		t.Errorf("exit code %d, %q; want 1 and that there are events", got.code, got.errors)
	}
	if after := verified(t, dir); after.Chain != before.Chain {
		t.Error("the folder was changed")
	}

	fill(t, "--dir", dir, "--append")
	if after := verified(t, dir); after.Events != 2*before.Events {
		t.Errorf("%d events after the second term, want %d", after.Events, 2*before.Events)
	}
	numbers, ids, emails := 0, make(map[string]bool), make(map[string]bool)
	for _, event := range events(t, dir) {
		ids[event.Metadata.ID] = true
		fact, err := school.Codec().Decode(event)
		if err != nil {
			t.Fatal(err)
		}
		switch e := fact.(type) {
		case school.InvoiceIssued:
			if numbers++; e.Number != numbers {
				t.Fatalf("invoice %d has the number %d", numbers, e.Number)
			}
		case school.StudentRegistered:
			emails[e.Email] = true
		}
	}
	if numbers != 60 || len(emails) != 80 || len(ids) != 2892 {
		t.Errorf("%d invoices, %d addresses, %d ids; want 60, 80, 2892", numbers, len(emails), len(ids))
	}
}

func TestAWrongCommandLineIsRefusedBeforeAnythingIsCreated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no folder", nil, "--dir"},
		{"an unknown preset", []string{"--preset", "huge"}, "medium"},
		{"an empty batch", []string{"--batch", "0"}, "1 to 10000"},
		{"a batch that no store takes", []string{"--batch", "10001"}, "1 to 10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "school")
			args := tt.args
			if args != nil {
				args = append([]string{"--dir", dir}, args...)
			}
			got := call(t, args...)
			if got.code != 2 || !strings.Contains(got.errors, tt.want) || !strings.Contains(got.errors, "seed --help") {
				t.Errorf("exit code %d, %q; want 2 and %q", got.code, got.errors, tt.want)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder is there: %v", err)
			}
		})
	}
}
