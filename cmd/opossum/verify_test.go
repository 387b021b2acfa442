package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
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
