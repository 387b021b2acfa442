package modeltest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRandomProgramsInMemoryDoWhatTheModelSays(t *testing.T) {
	programs(t, 500*rounds(t), inMemory)
}

func TestRandomProgramsOnTheFileSystemDoWhatTheModelSays(t *testing.T) {
	programs(t, 60*rounds(t), inFolders(t.TempDir()))
}

func TestRandomProgramsOnASimpleStoreDoWhatTheModelSays(t *testing.T) {
	programs(t, 100*rounds(t), func(*rapid.T) shelf { return shelfOf(faultless) })
}

// verdict is a test that may fail without failing the one that runs it.
type verdict struct {
	failed bool
	text   strings.Builder
}

func (*verdict) Helper()                       {}
func (*verdict) Name() string                  { return "verdict" }
func (v *verdict) Log(args ...any)             { fmt.Fprintln(&v.text, args...) }
func (v *verdict) Logf(f string, args ...any)  { fmt.Fprintf(&v.text, f+"\n", args...) }
func (v *verdict) Skip(args ...any)            { v.Log(args...); v.SkipNow() }
func (v *verdict) Skipf(f string, args ...any) { v.Logf(f, args...); v.SkipNow() }
func (v *verdict) SkipNow()                    { runtime.Goexit() }
func (v *verdict) Error(args ...any)           { v.Log(args...); v.Fail() }
func (v *verdict) Errorf(f string, args ...any) {
	v.Logf(f, args...)
	v.Fail()
}
func (v *verdict) Fatal(args ...any)            { v.Log(args...); v.FailNow() }
func (v *verdict) Fatalf(f string, args ...any) { v.Logf(f, args...); v.FailNow() }
func (v *verdict) FailNow()                     { v.Fail(); runtime.Goexit() }
func (v *verdict) Fail()                        { v.failed = true }
func (v *verdict) Failed() bool                 { return v.failed }

// judge runs random programs on a wrong store, always the same ones, and returns
// what a test would have printed. The longer it may take, the shorter the program.
func judge(f fault, shrink string) *verdict {
	for _, flag := range []struct{ name, value, usual string }{{"rapid.seed", "1", "0"}, {"rapid.shrinktime", shrink, "30s"}} {
		mustSet(flag.name, flag.value)
		defer mustSet(flag.name, flag.usual)
	}
	var v verdict
	done := make(chan struct{})
	go func() {
		defer close(done)
		programs(&v, 200, func(*rapid.T) shelf { return shelfOf(f) })
	}()
	<-done
	return &v
}

func TestRandomProgramsNoticeAWrongStore(t *testing.T) {
	for _, f := range []fault{
		countsAfter, firstOnly, lastOnly, limitsFirst, forgetsBefore, readsLate, headOfMatch, reopensShort, reopensRenumbered, blindHandle,
	} {
		t.Run(string(f), func(t *testing.T) {
			v := judge(f, "1ms")
			if text := v.text.String(); !v.failed || !strings.Contains(text, "program:") {
				t.Errorf("200 programs did not notice it and print one that does:\n%s", text)
			}
		})
	}
}

func TestAProgramThatFailsIsCutDownAndPrinted(t *testing.T) {
	tests := []struct {
		fault fault
		want  string
	}{
		{countsAfter, `want: no conflict
program:
   1  open a
   2  a: append [e1:`},
		{reopensShort, `program:
   1  open a
   2  a: append [e1:`},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			text := judge(tt.fault, "20s").text.String()
			failure, _, _ := strings.Cut(text, "\nTo reproduce")
			_, program, _ := strings.Cut(failure, "program:\n")
			if steps := strings.Split(program, "\n"); len(steps) > 6 || !strings.Contains(failure, tt.want) {
				t.Errorf("%d steps are left, want at most 6 and in the text\n%s\ngot\n%s", len(steps), tt.want, failure)
			}
		})
	}
}
