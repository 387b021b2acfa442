package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// versionFlag prints the version. Unlike kong's own it tells when that fails.
type versionFlag bool

// BeforeReset is called before the rest of the command line is looked at.
func (versionFlag) BeforeReset(app *kong.Kong, vars kong.Vars) error {
	if _, err := fmt.Fprintln(app.Stdout, vars["version"]); err != nil {
		return err
	}
	app.Exit(exitOK)
	return nil
}

// version says what was built, from what Go notes in every program.
func version() string {
	built := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		built = info.Main.Version
	}
	return fmt.Sprintf("opossum %s, %s %s/%s", built, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
