// Package verdict runs a test and keeps what it says to itself, for the tests of test
// kits: a kit is right when it fails where it should, and says why.
package verdict

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Verdict is what became of a test.
type Verdict struct {
	failed, skipped bool
	text            string
}

// Failed reports whether the test failed.
func (v Verdict) Failed() bool { return v.failed }

// Skipped reports whether the test was skipped.
func (v Verdict) Skipped() bool { return v.skipped }

// Text returns what the test said, a line each.
func (v Verdict) Text() string { return v.text }

// recorder stands in for a test and keeps what becomes of it. What it does not
// override goes to the real test. Safe for concurrent use.
type recorder struct {
	testing.TB
	ctx context.Context

	mu       sync.Mutex // guards everything below
	failed   bool
	skipped  bool
	lines    []string
	cleanups []func()
}

// Of runs a test and returns its verdict. The test's context ends with ctx, and
// before its cleanups. A panic is a failure that says so.
func Of(ctx context.Context, t testing.TB, test func(testing.TB)) Verdict {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	r := &recorder{TB: t, ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.cleanUp(cancel)
		defer func() {
			if p := recover(); p != nil {
				r.Errorf("panic: %v", p)
			}
		}()
		test(r)
	}()
	<-done
	r.mu.Lock() // goroutines that the test left behind may still say something
	defer r.mu.Unlock()
	return Verdict{r.failed, r.skipped, strings.Join(r.lines, "\n")}
}

// cleanUp runs the cleanups, last one first.
func (r *recorder) cleanUp(cancel func()) {
	cancel()
	for len(r.cleanups) > 0 {
		last := len(r.cleanups) - 1
		do := r.cleanups[last]
		r.cleanups = r.cleanups[:last]
		do()
	}
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) Skipped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.skipped
}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Cleanup(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, do)
}

func (r *recorder) note(failed bool, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = r.failed || failed
	r.lines = append(r.lines, strings.TrimSpace(text))
}

func (r *recorder) Helper()                           {}
func (r *recorder) Log(args ...any)                   { r.note(false, fmt.Sprintln(args...)) }
func (r *recorder) Logf(format string, args ...any)   { r.note(false, fmt.Sprintf(format, args...)) }
func (r *recorder) Fail()                             { r.note(true, "failed") }
func (r *recorder) FailNow()                          { r.Fail(); runtime.Goexit() }
func (r *recorder) Error(args ...any)                 { r.note(true, fmt.Sprintln(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.note(true, fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); runtime.Goexit() }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }
func (r *recorder) Skip(args ...any)                  { r.Log(args...); r.SkipNow() }
func (r *recorder) Skipf(format string, args ...any)  { r.Logf(format, args...); r.SkipNow() }

func (r *recorder) SkipNow() {
	r.mu.Lock()
	r.skipped = true
	r.mu.Unlock()
	runtime.Goexit()
}
