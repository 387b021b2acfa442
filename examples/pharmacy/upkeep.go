package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// verifyCmd checks the store.
type verifyCmd struct{}

// Run checks it.
func (*verifyCmd) Run(ctx context.Context, s *session) error {
	err := s.reportFiles(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return s.noStore()
	}
	return err
}

// resetCmd deletes the store.
type resetCmd struct {
	Yes bool `help:"Really delete it."`
}

// Run deletes what a store consists of, and the folder when nothing else is in it.
func (c *resetCmd) Run(_ context.Context, s *session) error {
	path, err := filepath.Abs(s.dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(path, "store.json")); err != nil {
		return fmt.Errorf("there is no store in %s, nothing to delete", path)
	}
	if !c.Yes {
		return fmt.Errorf("this would delete all events in %s for good; say pharmacy reset --yes; %w", path, errUsage)
	}
	// store.json goes last: as long as it is there, a second reset can finish the work.
	for _, name := range []string{booksFolder, "events", "ledger", ".turn", ".lock", "store.json"} {
		if err := os.RemoveAll(filepath.Join(path, name)); err != nil {
			return fmt.Errorf("delete the store: %w", err)
		}
	}
	if left, err := os.ReadDir(path); err == nil && len(left) > 0 {
		s.line("Deleted the store in %s; other files in there stay.", path)
		return nil
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("delete the folder: %w", err)
	}
	s.line("Deleted %s. Run pharmacy again to start afresh.", path)
	return nil
}
