package torture_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/opossum-go/opossum/internal/torture"
)

// childVariable makes the test binary a child of a run.
const childVariable = "OPOSSUM_TORTURE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		if err := os.Setenv(childVariable, "yes"); err != nil { // for the children
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if err := torture.RunChild(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// mustRun runs with the test binary as child.
func mustRun(t *testing.T, c torture.Config) torture.Result {
	t.Helper()
	c.Child = []string{os.Args[0]}
	result, err := torture.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// isEmpty fails the test when something is left in dir.
func isEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%d entries are left behind, the first is %s", len(left), left[0].Name())
	}
}
