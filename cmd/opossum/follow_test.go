package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// running is a program that prints line by line.
type running struct {
	*exec.Cmd
	out      *bufio.Reader
	closeOut func() error // what is printed is not read any more
	errors   *strings.Builder
}

func start(t *testing.T, program string, args ...string) *running {
	t.Helper()
	r := &running{Cmd: exec.CommandContext(t.Context(), program, args...), errors: &strings.Builder{}}
	r.Stderr = r.errors
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	r.out, r.closeOut = bufio.NewReader(out), out.Close
	return r
}

// wantLine waits for the next line and checks that it holds text.
func (r *running) wantLine(t *testing.T, text string) {
	t.Helper()
	line, err := r.out.ReadString('\n')
	if err != nil || !strings.Contains(line, text) {
		t.Fatalf("the next line is %q, error %v (standard error: %s); want one with %q", line, err, r.errors, text)
	}
}

func mustRun(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	return string(out)
}

func TestFollowingShowsWhatOtherProcessesAppend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		line func(typ string) string
	}{
		{"for people", nil, func(typ string) string { return "  " + typ + "  " }},
		{"as JSON", []string{"--json"}, func(typ string) string { return `"type":"` + typ + `"` }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "store")
			mustRun(t, "school", dir)
			follower := start(t, "opossum", append([]string{"events", dir, "--follow", "--tag", "course:c1", "--after", "3"}, tt.args...)...)
			follower.wantLine(t, tt.line("StudentSubscribed"))
			follower.wantLine(t, tt.line("CourseRenamed")) // it has caught up
			mustRun(t, "append", dir, "CourseClosed", "{}", "course:c2")
			mustRun(t, "append", dir, "CourseMoved", "{}", "course:c1")
			follower.wantLine(t, tt.line("CourseMoved"))
			mustRun(t, "append", dir, "CourseEnded", "{}", "course:c1")
			follower.wantLine(t, tt.line("CourseEnded"))
			if runtime.GOOS == "windows" {
				if err := follower.Process.Kill(); err != nil { // there is no Ctrl-C from outside
					t.Error(err)
				}
				_ = follower.Wait() // killed
				return
			}
			if err := follower.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(follower.out)
			if err != nil || len(rest) > 0 {
				t.Errorf("after Ctrl-C it printed %q, error %v", rest, err)
			}
			if err := follower.Wait(); err != nil || follower.errors.Len() > 0 {
				t.Errorf("after Ctrl-C it ended with %v and %q, want exit code 0 and no word", err, follower.errors)
			}
		})
	}
}

func TestFollowingEndsWithTheLimit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	mustRun(t, "school", dir)
	follower := start(t, "opossum", "events", dir, "--follow", "--after", "5", "--limit", "2")
	follower.wantLine(t, "CourseRenamed")
	mustRun(t, "append", dir, "CourseMoved", "{}", "course:c1")
	follower.wantLine(t, "CourseMoved")
	if err := follower.Wait(); err != nil {
		t.Errorf("it ended with %v, want exit code 0", err)
	}
}

func TestFollowingEndsWhenItsReaderHasGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	mustRun(t, "school", dir)
	for _, args := range [][]string{nil, {"--json"}} {
		follower := start(t, "opossum", append([]string{"events", dir, "--follow", "--after", "5"}, args...)...)
		follower.wantLine(t, "CourseRenamed")
		if err := follower.closeOut(); err != nil { // as head does
			t.Fatal(err)
		}
		switch runtime.GOOS {
		case "linux", "darwin":
		default:
			mustRun(t, "append", dir, "CourseMoved", "{}", "course:c1") // what it is told with
		}
		if err := follower.Wait(); (err != nil || follower.errors.Len() > 0) && runtime.GOOS != "windows" {
			t.Errorf("without a reader it ended with %v and %q, want exit code 0 and no word", err, follower.errors)
		}
	}
}

func TestACommandCanBeInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no Ctrl-C from outside")
	}
	t.Parallel()
	// The reader of its output waits: it cannot end before it is interrupted.
	dir := filepath.Join(t.TempDir(), "store")
	mustRun(t, "fill", dir, "500")
	cat := start(t, "opossum", "cat", dir)
	cat.wantLine(t, `"position":1,`)
	if err := cat.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, cat.out); err != nil {
		t.Error(err)
	}
	if err := cat.Wait(); cat.ProcessState.ExitCode() != exitNo || !strings.Contains(cat.errors.String(), "stopped by a signal") {
		t.Errorf("it ended with %v and %q, want exit code 1 and that a signal stopped it", err, cat.errors)
	}
}
