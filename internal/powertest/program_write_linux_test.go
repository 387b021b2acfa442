package powertest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/powertest"
)

// programAppends is how many events the program is to append in one run, one after
// the other.
const programAppends = 40

// The built program appends as opossum bench-worker, which is told of the store,
// then of each append.
type (
	workerPlace struct {
		Dir         string
		First       uint64
		SegmentSize int64
	}
	workerOrder struct {
		Slice   time.Duration // the shortest one is an append
		Clients int
	}
	workerAnswer struct{ Error string }
)

// told is what the program said of the events that it was to append, by their
// numbers.
type told struct {
	tried        int // their numbers are those below
	acknowledged map[int]bool
	refused      map[int]bool // of which was said that nothing was written
	failures     int
	stderr       string
}

// append lets the program append under a fault. Words before the program are those of
// strace.
func (lab *programLab) append(t *testing.T, before []string) (told, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	line := append(slices.Clone(before), lab.program, "bench-worker")
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = append(os.Environ(), lieVariable+"="+lab.lie)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in, out := json.NewEncoder(stdin), json.NewDecoder(bufio.NewReader(stdout))
	heard := told{acknowledged: map[int]bool{}, refused: map[int]bool{}}
	var a workerAnswer
	alive := in.Encode(workerPlace{Dir: lab.store, SegmentSize: programSegment}) == nil && out.Decode(&a) == nil && a.Error == ""
	for alive && heard.tried < programAppends && heard.failures < 3 {
		number := heard.tried
		heard.tried++
		a = workerAnswer{}
		alive = in.Encode(workerOrder{Slice: 1, Clients: 1}) == nil && out.Decode(&a) == nil
		switch {
		case !alive: // it died, or could not say what became of it
		case a.Error == "":
			heard.acknowledged[number] = true
		default:
			heard.failures++
			heard.refused[number] = strings.Contains(a.Error, "nothing was written")
		}
	}
	_ = stdin.Close() // it may have ended by itself
	_ = cmd.Wait()    // how it ends is no promise about events
	heard.stderr = stderr.String()
	switch {
	case ctx.Err() != nil:
		return heard, fmt.Errorf("it hangs: %s", heard.stderr)
	case panicked.MatchString(heard.stderr):
		return heard, errors.New("it broke down: " + heard.stderr)
	}
	return heard, nil
}

// judge examines the store that the program has left.
func (h told) judge(ctx context.Context, dir string) (err error) {
	if _, err := filesystem.Verify(ctx, dir); err != nil && len(h.acknowledged) > 0 {
		return fmt.Errorf("verify what was left: %w", err)
	}
	store, err := filesystem.Open(ctx, dir, filesystem.Options{SegmentSize: programSegment})
	if err != nil {
		return fmt.Errorf("open what was left: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var found powertest.Found
	there, last := map[int]bool{}, -1
	for event, err := range read(ctx, store, domain.All()) {
		if err != nil {
			return fmt.Errorf("read what was left behind position %d: %w", len(found.Events), err)
		}
		var made struct{ Number int }
		if err := json.Unmarshal(event.Data, &made); err != nil {
			return err
		}
		switch {
		case made.Number <= last || made.Number >= h.tried:
			return fmt.Errorf("event %d is at position %d, behind event %d; %d were tried", made.Number, event.Position, last, h.tried)
		case h.refused[made.Number]:
			return fmt.Errorf("event %d is at position %d, and of it was said that nothing was written", made.Number, event.Position)
		}
		last, there[made.Number] = made.Number, true
		found.Events = append(found.Events, event)
	}
	for number := range h.acknowledged {
		if !there[number] {
			return fmt.Errorf("event %d was acknowledged and is lost; %d of %d are there", number, len(there), len(h.acknowledged))
		}
	}
	if err := compareQueries(ctx, store, found.Events); err != nil {
		return fmt.Errorf("what was left: %w", err)
	}
	if _, err := goOn(ctx, store, programSegment, found); err != nil {
		return fmt.Errorf("go on: %w", err)
	}
	return nil
}

// fail lets the program append under f and judges what it leaves.
func (lab *programLab) fail(t *testing.T, f fault, made calls) (told, error) {
	t.Helper()
	remove(t, lab.store)
	heard, err := lab.append(t, lab.strace(f, made))
	if err != nil {
		return heard, err
	}
	trace, err := os.ReadFile(lab.traceFile())
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case strings.Contains(string(trace), "killed by SIGKILL"):
		lab.killed++
	case !hit(string(trace), lab.store):
		lab.missed++
	case heard.failures > 0 || heard.tried < programAppends:
		lab.said++
	default:
		lab.done++
	}
	return heard, heard.judge(t.Context(), lab.store)
}

func TestTheProgramLosesNothingAcknowledgedWhenSystemCallsFail(t *testing.T) {
	lab := newProgramLab(t, false)
	made := lab.appendCalls(t)
	kept, lost := 0, 0
	for range amount(t, "OPOSSUM_POWER_CALLS", 1) {
		lab.each(append(lab.faults(made), lab.deaths(made)...), func(f fault) {
			heard, err := lab.fail(t, f, made)
			if err != nil {
				t.Errorf("opossum bench-worker, %v: %v", f, err)
			}
			kept += len(heard.acknowledged)
			lost += heard.failures
		})
	}
	t.Logf("appends of the program: %s; %d appends failed, %d were acknowledged and all there", lab, lost, kept)
	if lab.enough(t, len(made)); lab.killed == 0 || kept < 300 {
		t.Error("too few were killed, or appended")
	}
}

// appendCalls returns the system calls that the program makes while it appends.
func (lab *programLab) appendCalls(t *testing.T) calls {
	t.Helper()
	heard, err := lab.append(t, []string{"strace", "-f", "-y", "-qq", "-o", lab.traceFile()})
	if err == nil {
		err = heard.judge(t.Context(), lab.store)
	}
	if err != nil || len(heard.acknowledged) != programAppends {
		t.Fatalf("nothing failed, and %d of %d appends were acknowledged, %v: %s", len(heard.acknowledged), programAppends, err, heard.stderr)
	}
	trace, err := os.ReadFile(lab.traceFile())
	if err != nil {
		t.Fatal(err)
	}
	return lab.callsIn(string(trace), append(notTheFiles, notTheStores...))
}

func TestAFailingSystemCallCatchesAProgramThatClaimsToHaveWritten(t *testing.T) {
	lab := newProgramLab(t, true)
	lab.lie = lieWritten
	f := fault{call: "pwrite64", what: "error=EIO", first: 3}
	_, err := lab.fail(t, f, nil)
	if err == nil {
		t.Errorf("a program that claims to have written survived %v, so failing calls prove nothing", f)
	}
	t.Logf("caught with %v: %v", f, err)
}
