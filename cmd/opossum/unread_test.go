package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// failsAndClearsUp waits for a command, which must fail by itself, say text, and leave
// nothing in dir.
func failsAndClearsUp(t *testing.T, command *exec.Cmd, said func() string, dir, text string) {
	t.Helper()
	exit, ok := errors.AsType[*exec.ExitError](command.Wait())
	if !ok || exit.ExitCode() != exitNo {
		t.Errorf("the command ends with %v, want exit code %d", exit, exitNo)
	}
	if got := said(); !strings.Contains(got, text) {
		t.Errorf("it says %q, want %q", got, text)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("%v is left behind, error %v", entries, err)
	}
}

func TestWhatNobodyReadsIsNotMeasuredAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"bench", "--only", "disk", "--only", "append/clients=*", "--rounds", "1", "--slice", "2ms"},
		{"bench", "--only", "disk", "--only", "append/clients=*", "--rounds", "1", "--slice", "2ms", "--json"},
		{"torture", "--rounds", "50", "--round-length", "100ms", "--writers", "1", "--readers", "1", "--json"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := read.Close(); err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			command := exec.CommandContext(t.Context(), "opossum", args...)
			command.Dir, command.Stdout, command.Stderr = t.TempDir(), write, &said
			if err := errors.Join(command.Start(), write.Close()); err != nil {
				t.Fatal(err)
			}
			failsAndClearsUp(t, command, said.String, command.Dir, "the results cannot be printed")
			if strings.Contains(said.String(), "3 of ") {
				t.Errorf("it went on: %s", &said)
			}
		})
	}
}

func TestAMeasurementEndsWithItsTerminal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signal can be sent here")
	}
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("the signal is ignored here, as under nohup, and so it is by what is started here")
	}
	command := exec.CommandContext(t.Context(), "opossum", "bench", "--only", "append/clients=1", "--rounds", "1", "--slice", "60s")
	command.Dir = t.TempDir()
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		said.WriteString(lines.Text())
		if lines.Text() == "1 of 1: append/clients=1" {
			if err := command.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
	}
	failsAndClearsUp(t, command, said.String, command.Dir, "stopped by a signal")
}
