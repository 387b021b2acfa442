package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes programs of this test binary, found by their names: opossum as it
// is, school and fill, which make stores to look at, project, which makes projections, append, another process that
// writes to one, tear, which leaves what a crash does, hostile and chains.
func TestMain(m *testing.M) {
	// Under the race detector every one of these processes would wait a second before it ends.
	if err := os.Setenv(raceOptions, "atexit_sleep_ms=0 "+os.Getenv(raceOptions)); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"opossum": main,
		"school":  program(makeSchool),
		"fill":    program(fillStore),
		"append":  program(appendEvent),
		"hostile": program(appendHostile),
		"tear":    program(tearTail),
		"chains":  program(compareChains),
		"project": program(makeProjections),
	})
}

const raceOptions = "GORACE"

func program(do func(ctx context.Context, args []string) error) func() {
	return func() {
		if err := do(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func TestCommandsDoWhatTheScriptsSay(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv(raceOptions, os.Getenv(raceOptions))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "edit": edit, "snapshot": snapshot, "unchanged": unchanged,
		},
	})
}

// exits runs a program that must end with an exit code: exits CODE PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("%s exits with %d, want %d", args[1], got, want)
	}
}
