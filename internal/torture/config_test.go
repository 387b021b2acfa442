package torture_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/torture"
)

func TestAWrongConfigurationIsRefusedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		bend func(*torture.Config)
		says string
	}{
		{"a negative number", func(c *torture.Config) { c.Readers = -1 }, "-1 readers"},
		{"more processes than any machine bears", func(c *torture.Config) { c.Writers = 65 }, "65 writers"},
		{"a negative time", func(c *torture.Config) { c.For = -time.Second }, "none negative"},
		{"a bug that nobody knows", func(c *torture.Config) { c.Bug = "moth" }, `no bug is called "moth", there are acknowledge-and-forget, `},
		{"no way to start a child", func(c *torture.Config) { c.Child = nil }, "Config.Child is empty"},
		{"a child that is no program", func(c *torture.Config) { c.Child = []string{file} }, "start round1/writer1.1"},
		{"no directory", func(c *torture.Config) { c.Dir = filepath.Join(c.Dir, "missing") }, "the directory to run in"},
		{"a file instead of a directory", func(c *torture.Config) { c.Dir = file }, "is no directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := torture.Config{Dir: dir, Child: []string{os.Args[0]}, Rounds: 1}
			tt.bend(&c)
			if _, err := torture.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Run = %v, want an error that says %q", err, tt.says)
			}
			isEmpty(t, dir)
		})
	}
}
