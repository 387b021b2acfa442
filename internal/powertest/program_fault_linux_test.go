package powertest_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// calls are the system calls on files of a store by their kinds, each with the path
// of its file, in the order in which they were made.
type calls map[string][]string

// paths returns the files, each once.
func (made calls) paths() []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(made))...))))
}

// calls returns the system calls that a command makes. code is its exit code.
func (lab *programLab) calls(t *testing.T, code int, words ...string) calls {
	t.Helper()
	r, err := lab.run(t, []string{"strace", "-f", "-y", "-qq", "-o", lab.traceFile()}, words...)
	if err != nil || r.code != code {
		t.Fatalf("%s: exit code %d, %v, want %d: %s", words, r.code, err, code, r.stderr)
	}
	return lab.callsIn(r.trace, notTheFiles)
}

// callsIn returns the system calls that a trace shows, without some kinds.
func (lab *programLab) callsIn(trace string, without []string) calls {
	made := calls{}
	path := regexp.MustCompile(`[<"](` + regexp.QuoteMeta(lab.store) + `[^>"]*)[>"]`)
	for line := range strings.Lines(trace) {
		call, file := nameOfCall.FindStringSubmatch(line), path.FindStringSubmatch(line)
		if call != nil && file != nil && !slices.Contains(without, call[1]) {
			made[call[1]] = append(made[call[1]], file[1])
		}
	}
	return made
}

// notTheFiles are calls that name a file of the store and are none on it: the start
// of the program, and what the runtime does for itself.
var notTheFiles = []string{"execve", "epoll_ctl"}

// faults returns every error for each kind of call: in one call on one file, or in
// those on all files from some call on. Besides, on each kind of file one call fails.
func (lab *programLab) faults(made calls) (faults []fault) {
	for _, call := range slices.Sorted(maps.Keys(made)) {
		for _, name := range errorNames {
			f := lab.anyOf(made, call, "")
			if lab.random.IntN(2) == 0 {
				f = fault{call: call, first: 1 + lab.random.IntN(min(len(made[call]), 12))}
				if name == "EINTR" { // a system that always says so would keep every program busy for ever
					f.last = f.first + 3
				}
			}
			f.what = "error=" + name
			faults = append(faults, f)
		}
		for _, kind := range made.files(call) {
			f := lab.anyOf(made, call, kind)
			f.what = "error=" + errorNames[lab.random.IntN(len(errorNames))]
			faults = append(faults, f)
		}
	}
	return faults
}

// anyOf draws a call of one kind, on a file of one kind unless that is "".
func (lab *programLab) anyOf(made calls, call, kind string) fault {
	var at []int
	for n, path := range made[call] {
		if kind == "" || kindOfFile(path) == kind {
			at = append(at, n)
		}
	}
	n := at[lab.random.IntN(len(at))]
	f := fault{call: call, path: made[call][n]}
	for _, path := range made[call][:n+1] {
		if path == f.path {
			f.first++
		}
	}
	f.last = f.first
	return f
}

// kindOfFile returns what the names of all segments, or of all index files, have in
// common.
func kindOfFile(path string) string {
	return filepath.Join(filepath.Base(filepath.Dir(path)), strings.Trim(filepath.Base(path), "0123456789"))
}

// files returns the kinds of the files on which calls of a kind are made.
func (made calls) files(call string) (kinds []string) {
	for _, path := range made[call] {
		kinds = append(kinds, kindOfFile(path))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// each has something done under each fault. Threads share the calls, and each counts
// its own: where none suffered, it is the first one in a second run.
func (lab *programLab) each(faults []fault, do func(fault)) {
	for _, f := range faults {
		lab.pairs++
		before := lab.missed
		if do(f); lab.missed == before {
			continue
		}
		if f.last > 0 {
			f.last -= f.first - 1
		}
		f.first = 1
		if do(f); lab.missed == before+2 {
			lab.never = append(lab.never, f)
		}
	}
}

// enough fails the test when too few calls have suffered.
func (lab *programLab) enough(t *testing.T, kinds int) {
	t.Helper()
	if lab.pairs < kinds*len(errorNames) || len(lab.never) > lab.pairs/20 {
		t.Errorf("too little of that happened: %s", lab)
	}
}

// deaths draws in which of its calls of each kind the program is killed.
func (lab *programLab) deaths(made calls) (deaths []fault) {
	for _, call := range slices.Sorted(maps.Keys(made)) {
		f := lab.anyOf(made, call, "")
		f.what = "signal=SIGKILL"
		deaths = append(deaths, f)
	}
	return deaths
}
