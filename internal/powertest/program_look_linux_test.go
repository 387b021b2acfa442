package powertest_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/internal/powertest"
)

// question is a command that looks at a store, and its true answer.
type question struct {
	words []string
	whole programRun
	// parts says that an answer which ends early is none that is wrong, when the program
	// says so.
	parts bool
	made  calls
}

// questions returns the commands with their true answers.
func (lab *programLab) questions(t *testing.T) []question {
	t.Helper()
	all := []question{
		{words: []string{"events", "--json", lab.store}, parts: true},
		{words: []string{"cat", lab.store}, parts: true},
		{words: []string{"verify", lab.store}},
		{words: []string{"stats", lab.store}},
		{words: []string{"repair", "-n", lab.store}},
	}
	for i := range all {
		q := &all[i]
		var err error
		if q.whole, err = lab.run(t, nil, q.words...); err != nil || q.whole.code != 0 || q.whole.stdout == "" {
			t.Fatalf("%s: %+v, %v", q.words, q.whole, err)
		}
		q.made = lab.calls(t, 0, q.words...)
	}
	return all
}

var claimsDamage = regexp.MustCompile(`(?i)store is damaged|^damage|\ndamage|corrupt`)

// wrong says what is wrong about an answer; nil when nothing is.
func (q question) wrong(r programRun) error {
	switch {
	case r.code < 0: // it was killed, and a killed program answers nothing
		if !strings.HasPrefix(q.whole.stdout, r.stdout) {
			return fmt.Errorf("killed, it had answered %q", r.stdout)
		}
	case claimsDamage.MatchString(r.stdout + r.stderr):
		return fmt.Errorf("it calls a store damaged that is whole: %s%s", r.stdout, r.stderr)
	case r.code == 0 && r.stdout != q.whole.stdout:
		return fmt.Errorf("it answered with exit code 0, and wrongly: %q instead of %q", r.stdout, q.whole.stdout)
	case r.code == 0:
	case r.code != 1:
		return fmt.Errorf("exit code %d", r.code)
	case strings.TrimSpace(r.stderr) == "":
		return fmt.Errorf("exit code 1, and not a word why; it answered %q", r.stdout)
	case r.stdout == "", q.parts && strings.HasPrefix(q.whole.stdout, r.stdout):
	case r.stdout != q.whole.stdout:
		return fmt.Errorf("it failed (%s), and answered wrongly: %q", r.stderr, r.stdout)
	}
	return nil
}

// ask has a question answered under a fault, and checks answer and store.
func (lab *programLab) ask(t *testing.T, q question, f fault, before map[string]string) error {
	t.Helper()
	r, err := lab.suffer(t, f, q.made, q.words...)
	if err != nil {
		return err
	}
	if after := contents(t, lab.store); !maps.Equal(before, after) {
		put(t, lab.store, before)
		return fmt.Errorf("a command that only looks has changed the store: it has %d files, there were %d", len(after), len(before))
	}
	return q.wrong(r)
}

func TestTheProgramGivesNoWrongAnswerWhenSystemCallsFail(t *testing.T) {
	lab := newProgramLab(t, false)
	lab.fill(t)
	before := contents(t, lab.store)
	kinds := 0
	for range amount(t, "OPOSSUM_POWER_CALLS", 1) {
		for _, q := range lab.questions(t) {
			kinds += len(q.made)
			lab.each(lab.faults(q.made), func(f fault) {
				if err := lab.ask(t, q, f, before); err != nil {
					t.Errorf("opossum %s, %v: %v", q.words, f, err)
				}
			})
		}
	}
	t.Logf("events, cat, verify, stats and repair -n: %s", lab)
	lab.enough(t, kinds)
}

// damage changes an event in the first segment, which is sealed.
func (lab *programLab) damage(t *testing.T) {
	t.Helper()
	path := filepath.Join(lab.store, "events", "00000000000000000001.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"of":`, `"oF":`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// askDamaged has verify look at a damaged store under a fault.
func (lab *programLab) askDamaged(t *testing.T, f fault, made calls) error {
	t.Helper()
	r, err := lab.suffer(t, f, made, "verify", lab.store)
	switch {
	case err != nil:
		return err
	case r.code == 0, strings.HasPrefix(r.stdout, "whole:"):
		return fmt.Errorf("it calls a damaged store whole, with exit code %d: %s", r.code, r.stdout)
	case r.code == 1 && strings.TrimSpace(r.stdout+r.stderr) == "":
		return errors.New("exit code 1, and not a word why")
	}
	return nil
}

func TestTheProgramCallsNoDamagedStoreWholeWhenSystemCallsFail(t *testing.T) {
	lab := newProgramLab(t, false)
	lab.fill(t)
	lab.damage(t)
	made := lab.calls(t, 1, "verify", lab.store)
	if r, err := lab.run(t, nil, "verify", lab.store); err != nil || r.code != 1 || !claimsDamage.MatchString(r.stdout) {
		t.Fatalf("opossum verify: %+v, %v, want damage", r, err)
	}
	for range amount(t, "OPOSSUM_POWER_CALLS", 1) {
		lab.each(lab.faults(made), func(f fault) {
			if err := lab.askDamaged(t, f, made); err != nil {
				t.Errorf("opossum verify, %v: %v", f, err)
			}
		})
	}
	t.Logf("verify, of a damaged store: %s", lab)
	lab.enough(t, len(made))
}

// tear leaves the store as a writer that died leaves it: an unfinished append, no
// ledger, and an index file that was never made.
func (lab *programLab) tear(t *testing.T) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(lab.store, "events", "*.jsonl"))
	if err != nil || len(segments) < 3 {
		t.Fatalf("the store has the segments %q, %v; want three or more", segments, err)
	}
	last := segments[len(segments)-1]
	text, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	text = append([]byte(strings.TrimRight(string(text), "\n")), "\n{\"position\":"...)
	if err := os.WriteFile(last, text, 0o600); err != nil {
		t.Fatal(err)
	}
	remove(t, filepath.Join(lab.store, "ledger"))
	remove(t, filepath.Join(lab.store, "indexes", strings.TrimSuffix(filepath.Base(segments[1]), ".jsonl")+".idx"))
}

// repair has a store repaired under a fault and checks what is said of it, and what
// it holds then.
func (lab *programLab) repair(t *testing.T, q question, f fault, expected powertest.Expectation) error {
	t.Helper()
	r, err := lab.suffer(t, f, q.made, q.words...)
	if err != nil {
		return err
	}
	if err := q.wrong(r); err != nil {
		return err
	}
	report, err := filesystem.Verify(t.Context(), lab.store)
	switch {
	case err != nil:
		return fmt.Errorf("after exit code %d: %w", r.code, err)
	case r.code == 0 && (len(report.Unfinished) > 0 || report.Ledger.State != filesystem.LedgerCurrent):
		return fmt.Errorf("it says that all is repaired (%q), and that is not so: %+v", r.stdout, report)
	}
	if _, err = examine(t.Context(), lab.store, expected, programSegment); err != nil {
		return fmt.Errorf("after exit code %d: %w", r.code, err)
	}
	return nil
}

// torn makes a store that needs a repair, and returns the command for it, what it
// has to hold, and its files.
func (lab *programLab) torn(t *testing.T) (question, powertest.Expectation, map[string]string) {
	t.Helper()
	expected := lab.fill(t)
	lab.tear(t)
	files := contents(t, lab.store)
	q := question{words: []string{"repair", lab.store}}
	q.made = lab.calls(t, 0, q.words...)
	put(t, lab.store, files)
	var err error
	if q.whole, err = lab.run(t, nil, q.words...); err != nil || q.whole.code != 0 || !strings.Contains(q.whole.stdout, "cut off") {
		t.Fatalf("%s: %+v, %v", q.words, q.whole, err)
	}
	return q, expected, files
}

func TestTheProgramHarmsNothingWhenSystemCallsFailDuringARepair(t *testing.T) {
	lab := newProgramLab(t, false)
	q, expected, files := lab.torn(t)
	for range amount(t, "OPOSSUM_POWER_CALLS", 1) {
		lab.each(append(lab.faults(q.made), lab.deaths(q.made)...), func(f fault) {
			put(t, lab.store, files)
			if err := lab.repair(t, q, f, expected); err != nil {
				t.Errorf("opossum repair, %v: %v", f, err)
			}
		})
	}
	t.Logf("repair: %s", lab)
	if lab.enough(t, len(q.made)); lab.killed == 0 {
		t.Error("none was killed")
	}
}

func TestAFailingSystemCallCatchesAProgramThatLies(t *testing.T) {
	lab := newProgramLab(t, true)
	lab.fill(t)
	before := contents(t, lab.store)
	for _, q := range lab.questions(t) {
		faults := []fault{{call: "pread64", what: "error=EIO", first: 1}}
		if reads := q.made["read"]; len(reads) > 0 { // of a reader of its own
			faults = append(faults, fault{call: "read", what: "error=EIO", first: 1, last: 1, path: reads[0]})
		} else if own := []string{"cat", "stats"}; slices.Contains(own, q.words[0]) {
			t.Errorf("opossum %s reads no segment by itself: %v", q.words, q.made)
		}
		for _, f := range faults {
			for _, lab.lie = range []string{lieEnded, lieDone} {
				err := lab.ask(t, q, f, before)
				if err == nil {
					t.Errorf("opossum %s lies (%s) and survived %v, so failing calls prove nothing", q.words, lab.lie, f)
				}
				t.Logf("%s: caught with %v: %.300v", q.words, f, err)
			}
		}
	}
	lab.damage(t)
	if err := lab.askDamaged(t, fault{call: "pread64", what: "error=EIO", first: 1}, nil); err == nil {
		t.Error("opossum verify has the exit code 0 for a damaged store, and survived")
	}
	lab.lie = ""
	remove(t, lab.store)
	q, expected, files := lab.torn(t)
	for _, f := range []fault{
		{call: "ftruncate", what: "error=EIO", first: 1},
		{call: "pwrite64", what: "error=EIO", first: 1},
	} {
		put(t, lab.store, files)
		lab.lie = lieWritten
		err := lab.repair(t, q, f, expected)
		if err == nil {
			t.Errorf("opossum repair lies and survived %v, so failing calls prove nothing", f)
		}
		t.Logf("caught with %v: %.300v", f, err)
	}
}
