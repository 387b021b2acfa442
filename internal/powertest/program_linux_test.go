package powertest_test

import (
	"bytes"
	"context"
	"encoding/json"
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

const programPackage = "github.com/opossum-go/opossum/cmd/opossum"

// lieVariable chooses what a program that was built to lie lies about.
const lieVariable = "OPOSSUM_POWER_LIE"

// Lies of a program.
const (
	lieWritten = "written" // writes that fail succeed
	lieEnded   = "ended"   // a read that fails is the end of the file
	lieDone    = "done"    // the exit code is 0
)

// liarsFile is added to the package through which a store uses files.
const liarsFile = `package vfs

import (
	"io"
	"os"
)

var lie = os.Getenv("` + lieVariable + `")

func (f osFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(b, at)
	if lie == "` + lieWritten + `" {
		return len(b), nil
	}
	return n, err
}

func (f osFile) Truncate(size int64) error {
	if err := f.File.Truncate(size); lie != "` + lieWritten + `" {
		return err
	}
	return nil
}

func (f osFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if err != nil && lie == "` + lieEnded + `" {
		return n, io.EOF
	}
	return n, err
}
`

// buildProgram builds the command opossum. One that can lie is made of the same
// code with a few lines more.
func buildProgram(t *testing.T, lies bool) (path string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "opossum")
	words := []string{"build", "-o", path}
	if lies {
		words = append(words, "-overlay", overlay(t, dir))
	}
	cmd := exec.CommandContext(t.Context(), "go", append(words, programPackage)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return path
}

// overlay returns the file that tells the compiler of other contents of files.
func overlay(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Dir(strings.TrimSpace(string(out)))
	command := filepath.Join(module, "cmd", "opossum", "main.go")
	text, err := os.ReadFile(command)
	if err != nil {
		t.Fatal(err)
	}
	honest, lying := "os.Exit(code)", `if os.Getenv("`+lieVariable+`") == "`+lieDone+`" { code = 0 }; os.Exit(code)`
	if bytes.Count(text, []byte(honest)) != 1 {
		t.Fatalf("%s has no place for a lie: want one %s", command, honest)
	}
	replace := map[string]string{}
	for at, content := range map[string]string{
		command: strings.Replace(string(text), honest, lying, 1),
		filepath.Join(module, "adapters", "filesystem", "internal", "vfs", "liar.go"): liarsFile,
	} {
		replace[at] = filepath.Join(dir, filepath.Base(at))
		if err := os.WriteFile(replace[at], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, words, 0o600); err != nil {
		t.Fatal(err)
	}
	return list
}

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
	missed  int // runs in which the call was not made
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
	return fmt.Sprintf("%d runs said that they failed, %d did what was asked nevertheless, %d were killed; in %d others the call was not made",
		lab.said, lab.done, lab.killed, lab.missed)
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

// suffer runs the program with a fault in its calls on some files.
func (lab *programLab) suffer(t *testing.T, f fault, paths []string, words ...string) (programRun, error) {
	t.Helper()
	before := f.strace(lab.traceFile())
	for _, path := range paths {
		before = append(before, "-P", path)
	}
	r, err := lab.run(t, before, words...)
	switch {
	case !strings.Contains(r.trace, "INJECTED") && !strings.Contains(r.trace, "killed by SIGKILL"):
		lab.missed++
	case r.code < 0:
		lab.killed++
	case r.code == 0:
		lab.done++
	default:
		lab.said++
	}
	return r, err
}

// calls returns the kinds of system calls that a command makes on files of the
// store, with the number of calls, and the paths of these files. code is its exit code.
func (lab *programLab) calls(t *testing.T, code int, words ...string) (kinds map[string]int, paths []string) {
	t.Helper()
	r, err := lab.run(t, []string{"strace", "-f", "-y", "-qq", "-o", lab.traceFile()}, words...)
	if err != nil || r.code != code {
		t.Fatalf("%s: exit code %d, %v, want %d: %s", words, r.code, err, code, r.stderr)
	}
	return lab.callsIn(r.trace, notTheFiles)
}

// callsIn returns the kinds of system calls on files of the store that a trace
// shows, without some, and the paths of these files.
func (lab *programLab) callsIn(trace string, without []string) (kinds map[string]int, paths []string) {
	kinds, named := map[string]int{}, map[string]bool{lab.store: true}
	path := regexp.MustCompile(`<(` + regexp.QuoteMeta(lab.store) + `[^>]*)>`)
	for line := range strings.Lines(trace) {
		call := nameOfCall.FindStringSubmatch(line)
		if call == nil || !strings.Contains(line, lab.store) || slices.Contains(without, call[1]) {
			continue
		}
		kinds[call[1]]++
		for _, match := range path.FindAllStringSubmatch(line, -1) {
			named[match[1]] = true
		}
	}
	for name := range named {
		paths = append(paths, name)
	}
	slices.Sort(paths)
	return kinds, paths
}

// notTheFiles are calls that name a file of the store and are none on it: the start
// of the program, and what the runtime does for itself.
var notTheFiles = []string{"execve", "epoll_ctl"}

// errors draws with which errors calls of one kind fail, of which count are made.
func (lab *programLab) errors(call string, count int) []fault {
	var faults []fault
	for i, n := range lab.random.Perm(len(errorNames))[:3] {
		f := fault{call: call, what: "error=" + errorNames[n], first: 1 + lab.random.IntN(count)}
		switch {
		case i > 0:
			f.last = f.first
		case errorNames[n] == "EINTR": // a system that always says so would keep every program busy for ever
			f.last = f.first + 3
		}
		faults = append(faults, f)
	}
	return faults
}

// death draws in which of its calls of one kind the program is killed.
func (lab *programLab) death(call string, count int) fault {
	n := 1 + lab.random.IntN(count)
	return fault{call: call, what: "signal=SIGKILL", first: n, last: n}
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
