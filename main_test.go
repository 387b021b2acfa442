package opossum_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the examples in an empty directory: they make their folder there.
func TestMain(m *testing.M) {
	os.Exit(inEmptyDirectory(m.Run))
}

func inEmptyDirectory(run func() int) int {
	dir, err := os.MkdirTemp("", "opossum")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	home, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := os.Chdir(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.Chdir(home) }() // some systems keep a directory that a process is in
	return run()
}
