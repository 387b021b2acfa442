package portstest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/ports/portstest"
)

// recorder stands in for the test of a rule and keeps the verdict to itself.
type recorder struct {
	testing.TB // what is not overridden below goes to the real test
	ctx        context.Context

	mu       sync.Mutex // guards everything below
	failed   bool
	skipped  bool
	lines    []string
	cleanups []func()
}

// try checks one rule and returns its verdict.
func try(t testing.TB, rule portstest.Rule, f portstest.Fixture) *recorder {
	t.Helper()
	return tryUnder(t.Context(), t, rule, f)
}

// tryUnder checks one rule, which loses its context when ctx ends.
func tryUnder(ctx context.Context, t testing.TB, rule portstest.Rule, f portstest.Fixture) *recorder {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	r := &recorder{TB: t, ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.cleanUp(cancel)
		defer r.catch()
		rule.Check(r, f)
	}()
	<-done
	return r
}

// catch makes a panic a failure that says so.
func (r *recorder) catch() {
	if p := recover(); p != nil {
		r.Errorf("panic: %v", p)
	}
}

func (r *recorder) cleanUp(cancel func()) {
	cancel()
	for len(r.cleanups) > 0 {
		last := len(r.cleanups) - 1
		do := r.cleanups[last]
		r.cleanups = r.cleanups[:last]
		do()
	}
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

func (r *recorder) note(failed bool, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = r.failed || failed
	r.lines = append(r.lines, strings.TrimSpace(text))
}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Cleanup(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, do)
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

func (r *recorder) Helper()                           {}
func (r *recorder) Log(args ...any)                   { r.note(false, fmt.Sprintln(args...)) }
func (r *recorder) Logf(format string, args ...any)   { r.note(false, fmt.Sprintf(format, args...)) }
func (r *recorder) Fail()                             { r.note(true, "failed") }
func (r *recorder) Error(args ...any)                 { r.note(true, fmt.Sprintln(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.note(true, fmt.Sprintf(format, args...)) }
func (r *recorder) FailNow()                          { r.Fail(); runtime.Goexit() }
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
