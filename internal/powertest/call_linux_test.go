package powertest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/powertest"
)

// errorNames are what a system call may say when it fails.
var errorNames = []string{"EIO", "ENOSPC", "EDQUOT", "EROFS", "EMFILE", "EACCES", "EINTR", "ESTALE"}

// rareCalls are those that a store which nothing happens to may not make.
var rareCalls = []string{"ftruncate", "linkat", "unlinkat"}

// notTheStores are calls on files of the store that only the runtime makes, for
// itself.
var notTheStores = []string{"epoll_ctl", "mmap", "munmap"}

// callLab is where system calls of writers fail.
type callLab struct {
	dir    string // on a file system in memory
	random *rand.Rand
	seed   uint64
	runs   int // in which a call on a file of the store failed, or killed the writer
	missed int // in which none was made
	lost   int // appends that failed, over all runs
	kept   int // acknowledged batches, over all runs
}

func newCallLab(t *testing.T) *callLab {
	t.Helper()
	needPower(t, "no system call failed", "strace")
	lab := &callLab{dir: filepath.Join(t.TempDir(), "memory")}
	lab.random, lab.seed = seeded(t)
	if err := os.Mkdir(lab.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mountMemory(t, lab.dir, "size=64m")
	return lab
}

// fault is what is done to calls of one kind.
type fault struct {
	call  string
	what  string // as strace has it: error=EIO or signal=SIGKILL
	first int    // the call of each thread that is the first one to suffer
	last  int    // the last one; 0 means that it goes on for ever
	path  string // the only file whose calls suffer and count; "" for all
	// also is a second fault at the same time, so that what the store does against the
	// first one fails as well; nil when there is none.
	also *fault
}

func (f fault) String() string {
	text := fmt.Sprintf("%s:%s:when=%d", f.call, f.what, f.first)
	switch {
	case f.last == 0:
		text += "+"
	case f.last > f.first:
		text += fmt.Sprintf("..%d", f.last)
	}
	if f.path != "" {
		text += " on " + f.path
	}
	if f.also != nil {
		text += " and " + f.also.String()
	}
	return text
}

// strace returns the words that start a program with the fault.
func (f fault) strace(traceFile string) []string {
	calls := f.call
	if f.also != nil && f.also.call != f.call {
		calls += "," + f.also.call
	}
	words := []string{"strace", "-f", "-y", "-qq", "-o", traceFile, "-e", "trace=" + calls}
	for one := &f; one != nil; one = one.also {
		alone := *one
		alone.also, alone.path = nil, ""
		words = append(words, "-e", "inject="+alone.String())
	}
	return words
}

// setup is what the writers of the lab do: enough to fill several segments.
func (lab *callLab) setup(dir string) writerSetup {
	return writerSetup{
		Dir: dir, Number: 1, Lanes: 2, Batches: 14, SegmentSize: 8 << 10, LockTimeout: 200 * time.Millisecond, Failures: 3, Seed: lab.seed,
	}
}

var nameOfCall = regexp.MustCompile(`^\d+ +(\w+)\(`)

// kinds returns the kinds of system calls that a writer makes on files of a store,
// from its making to its closing, with the number of calls.
func (lab *callLab) kinds(t *testing.T) map[string]int {
	t.Helper()
	dir, traceFile := filepath.Join(lab.dir, "store"), filepath.Join(lab.dir, "trace")
	p := startWriter(t, &powertest.Witness{}, lab.setup(dir), "strace", "-f", "-y", "-qq", "-o", traceFile)
	p.idle()
	if err := p.end(); err != nil {
		t.Fatal(err)
	}
	trace, err := os.ReadFile(traceFile)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range strings.Lines(string(trace)) {
		if match := nameOfCall.FindStringSubmatch(line); match != nil && strings.Contains(line, dir) && !slices.Contains(notTheStores, match[1]) {
			kinds[match[1]]++
		}
	}
	if len(kinds) < 8 || kinds["pwrite64"]+kinds["write"] == 0 || kinds["fdatasync"]+kinds["fsync"] == 0 {
		t.Fatalf("a writer makes only these calls: %v", kinds)
	}
	for _, call := range rareCalls {
		kinds[call] += 0
	}
	remove(t, dir)
	return kinds
}

// run lets a writer suffer f, and examines what it leaves. Every other store is
// there already and was not closed.
func (lab *callLab) run(t *testing.T, f fault, told lie) error {
	t.Helper()
	dir, traceFile := filepath.Join(lab.dir, "store"), filepath.Join(lab.dir, "trace")
	defer remove(t, dir)
	witness := &powertest.Witness{}
	if (lab.runs+lab.missed)%2 == 1 {
		setup := lab.setup(dir)
		setup.Number, setup.Batches = 0, 6
		p := startWriter(t, witness, setup)
		p.idle()
		p.kill()
	}
	setup := lab.setup(dir)
	setup.Lie = told
	p := startWriter(t, witness, setup, f.strace(traceFile)...)
	ended := !p.idle()
	err := p.end()
	trace, traceErr := os.ReadFile(traceFile)
	if traceErr != nil {
		t.Fatal(traceErr)
	}
	if hit(string(trace), dir) || (ended && strings.Contains(f.what, "signal")) {
		lab.runs++
	} else {
		lab.missed++
	}
	if err != nil && regexp.MustCompile(`(?m)^(panic|fatal error|SIG\w+):|^goroutine `).MatchString(err.Error()) {
		return err
	}
	expected := witness.Expectation()
	lab.lost += len(witness.Failures())
	lab.kept += len(expected.Acknowledged)
	_, err = examine(t.Context(), dir, expected, setup.SegmentSize)
	return err
}

// hit reports whether a call on a file below dir suffered.
func hit(trace, dir string) bool {
	for line := range strings.Lines(trace) {
		if strings.Contains(line, "INJECTED") && (strings.Contains(line, dir) || strings.Contains(line, "resumed>")) {
			return true
		}
	}
	return false
}

// faults draws what is done to calls of one kind, of which a writer makes count.
func (lab *callLab) faults(call string, count int) []fault {
	before := 0
	if call == "fcntl" {
		before = 3 // the runtime looks at its standard files first
	}
	nth := func() int { return before + 1 + lab.random.IntN(max(2, min(count/8, 10))) }
	var faults []fault
	for _, name := range errorNames {
		what := "error=" + name
		once := nth()
		faults = append(faults, fault{call: call, what: what, first: once, last: once})
		always := fault{call: call, what: what, first: nth()}
		if name == "EINTR" { // a system that always says so would keep every program busy for ever
			always.last = always.first + 3
		}
		sync := 1 + lab.random.IntN(4)
		second := always
		second.first, second.also = before+1+lab.random.IntN(3), &fault{call: "fdatasync", what: "error=EIO", first: sync, last: sync}
		if call == "fdatasync" {
			second.also = &fault{call: "pwrite64", what: "error=EIO", first: sync, last: sync}
		}
		if second.last > 0 {
			second.last = second.first + 3
		}
		faults = append(faults, always, second)
	}
	if count == 0 { // perhaps it is made against another fault
		return slices.DeleteFunc(faults, func(f fault) bool { return f.also == nil })
	}
	killed := nth()
	return append(faults, fault{call: call, what: "signal=SIGKILL", first: killed, last: killed})
}

func TestNothingAcknowledgedIsLostWhenSystemCallsFail(t *testing.T) {
	lab := newCallLab(t)
	kinds := lab.kinds(t)
	for range amount(t, "OPOSSUM_POWER_CALLS", 1) {
		for call, count := range kinds {
			for _, f := range lab.faults(call, count) {
				if err := lab.run(t, f, ""); err != nil {
					t.Errorf("%v: %v", f, err)
				}
			}
		}
	}
	t.Logf("%d runs in which a system call failed, of the kinds %v; in %d others it was not made. "+
		"%d appends failed, %d were acknowledged and all there", lab.runs, kinds, lab.missed, lab.lost, lab.kept)
	if lab.runs < 200 || lab.lost < 100 || lab.kept < 1000 {
		t.Error("too little of that happened")
	}
}

func TestNothingAcknowledgedIsLostWhenWritesAreShort(t *testing.T) {
	lab := newCallLab(t)
	const limits = 24
	for n := range limits {
		dir := filepath.Join(lab.dir, "store")
		setup := lab.setup(dir)
		setup.FileLimit = 100 + lab.random.Int64N(12<<10)
		witness := &powertest.Witness{}
		p := startWriter(t, witness, setup)
		p.idle()
		_ = p.end() // it may have found no room to make a store
		lab.lost += len(witness.Failures())
		if _, err := examine(t.Context(), dir, witness.Expectation(), setup.SegmentSize); err != nil {
			t.Errorf("run %d, with files of at most %d bytes: %v", n, setup.FileLimit, err)
		}
		remove(t, dir)
	}
	t.Logf("%d runs with files of limited size, in which %d appends failed", limits, lab.lost)
	if lab.lost == 0 {
		t.Error("no write was short")
	}
}

func TestAFailingSystemCallCatchesWritersThatLie(t *testing.T) {
	lab := newCallLab(t)
	for _, call := range []string{"pwrite64", "fdatasync"} {
		f := fault{call: call, what: "error=EIO", first: 3}
		err := lab.run(t, f, blind)
		if err == nil {
			t.Errorf("a writer that is blind survived %v, so failing calls prove nothing", f)
		}
		t.Logf("caught with %v: %v", f, err)
	}
}
