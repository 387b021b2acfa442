package powertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/internal/powertest"
)

// programLab is where system calls of the built program fail.
type programLab struct {
	program string
	lie     string
	dir     string // on a file system in memory
	store   string
	random  *rand.Rand
	seed    uint64
	said    int // runs that said that they failed
	done    int // runs that did not mind
	killed  int
	missed  int     // runs in which the call was not made
	pairs   int     // of a kind of call and an error that it was to suffer
	never   []fault // those of them whose call was not made
}

func newProgramLab(t *testing.T, lies bool) *programLab {
	t.Helper()
	needPower(t, "no system call of the program failed", "strace", "go")
	lab := &programLab{dir: filepath.Join(t.TempDir(), "memory")}
	lab.store = filepath.Join(lab.dir, "store")
	lab.random, lab.seed = seeded(t)
	if err := os.Mkdir(lab.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mountMemory(t, lab.dir, "size=64m")
	lab.program = buildProgram(t, lies)
	return lab
}

func (lab *programLab) String() string {
	return fmt.Sprintf("%d pairs of a call and its error, %d of them never: %v; %d runs said that they failed, %d did what was asked nevertheless, %d were killed; "+
		"in %d others the call was not made", lab.pairs, len(lab.never), lab.never, lab.said, lab.done, lab.killed, lab.missed)
}

// programRun is what a person sees of a run of the program.
type programRun struct {
	stdout, stderr string
	code           int // -1 when it was killed
	trace          string
}

// run runs the program. Words before it are those of strace.
func (lab *programLab) run(t *testing.T, before []string, words ...string) (programRun, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	line := slices.Concat(before, []string{lab.program}, words)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = append(os.Environ(), lieVariable+"="+lab.lie)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := programRun{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
	if len(before) > 0 {
		trace, err := os.ReadFile(lab.traceFile())
		if err != nil {
			t.Fatal(err)
		}
		r.trace = string(trace)
	}
	switch {
	case ctx.Err() != nil:
		return r, fmt.Errorf("it hangs: %s", r.stderr)
	case panicked.MatchString(r.stderr):
		return r, fmt.Errorf("it broke down: %s", r.stderr)
	}
	return r, nil
}

var panicked = regexp.MustCompile(`(?m)^(panic|fatal error|SIG\w+):|^goroutine `)

func (lab *programLab) traceFile() string { return filepath.Join(lab.dir, "trace") }

// strace returns the words that start the program with a fault in its calls on the
// files that it uses.
func (lab *programLab) strace(f fault, made calls) []string {
	words := f.strace(lab.traceFile())
	paths := made.paths()
	if f.path != "" {
		paths = []string{f.path}
	}
	for _, path := range paths {
		words = append(words, "-P", path)
	}
	return words
}

// suffer runs the program with a fault in its calls.
func (lab *programLab) suffer(t *testing.T, f fault, made calls, words ...string) (programRun, error) {
	t.Helper()
	r, err := lab.run(t, lab.strace(f, made), words...)
	switch {
	case r.code < 0:
		lab.killed++
	case !strings.Contains(r.trace, "INJECTED"):
		lab.missed++
	case r.code == 0:
		lab.done++
	default:
		lab.said++
	}
	return r, err
}

// contents returns the bytes of every file of a store but those of its locks.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// put makes files below dir what contents returned.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	remove(t, dir)
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fill makes a store with some sealed segments and returns what it has to hold.
func (lab *programLab) fill(t *testing.T) powertest.Expectation {
	t.Helper()
	witness := &powertest.Witness{}
	writeHonestly(t, witness, lab.store, programSegment)
	return witness.Expectation()
}

// programSegment is the size of the segments, in bytes.
const programSegment = 8 << 10
