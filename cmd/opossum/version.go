package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version says what was built, from what Go notes in every program.
func version() string {
	built := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		built = info.Main.Version
	}
	return fmt.Sprintf("opossum %s, %s %s/%s", built, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
