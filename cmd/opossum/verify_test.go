package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/ports"
)

func TestVerifySaysWhenItDidNotLookForMore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	mustRun(t, "school", dir)
	for i := range filesystem.MostFindings + 10 {
		if err := os.WriteFile(filepath.Join(dir, "events", fmt.Sprint("foreign", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "opossum", "verify", dir).CombinedOutput()
	if n := strings.Count(string(out), "\ndamage in "); err == nil || n != filesystem.MostFindings {
		t.Errorf("opossum verify tells of %d damaged files, error %v; want %d", n, err, filesystem.MostFindings)
	}
	if !strings.Contains(string(out), "100 damaged files; more were not looked for") {
		t.Errorf("opossum verify does not say that it ended early: %s", out)
	}
}

func TestVerifySaysWhatKeptItFromLookingAtTheRest(t *testing.T) {
	t.Parallel()
	damage := &ports.CorruptError{File: "a", Want: "b", Got: "c"}
	stopped := fmt.Errorf("stopped: %w", context.Canceled)
	if got := besidesDamage(errors.Join(damage, &ports.CorruptError{File: "d"}, stopped)); len(got) != 1 || !errors.Is(got[0], context.Canceled) {
		t.Errorf("besides two damaged files it tells of %v, want %v", got, stopped)
	}
	for _, err := range []error{nil, damage, stopped, errors.Join(damage)} {
		if got := besidesDamage(err); len(got) != 0 {
			t.Errorf("besides %v it tells of %v, want nothing", err, got)
		}
	}
}
