package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opossum-go/opossum/adapters/terminal"
	"github.com/opossum-go/opossum/projection"
)

// rebuildCmd makes read models anew.
type rebuildCmd struct {
	DryRun bool     `help:"Make them beside those that are there and only tell what would change."`
	Names  []string `arg:"" optional:"" name:"name" help:"Read models, such as inventory or log. Default: all."`
}

// Run makes them.
func (c *rebuildCmd) Run(ctx context.Context, s *session) error {
	options := projection.Options{Rebuild: projection.RebuildNone, Progress: terminal.Progress(s.w)}
	return s.books(ctx, options, func(b *books) error {
		if c.DryRun {
			differences, err := b.runner.DryRun(ctx, c.Names...)
			for _, d := range differences {
				s.difference(d)
			}
			return b.explained(err)
		}
		if err := b.runner.Rebuild(ctx, c.Names...); err != nil {
			return b.explained(err)
		}
		names := c.Names
		if len(names) == 0 {
			names = b.names()
		}
		s.line("Made anew from the events: %s.", strings.Join(names, ", "))
		return nil
	})
}

// difference prints what a rebuild would change.
func (s *session) difference(d projection.Difference) {
	s.line("%s, up to position %d: %s", d.Projection, d.Position, plural(d.States, "state", "states"))
	if len(d.Keys) == 0 {
		s.line("  nothing would change")
		return
	}
	s.line("  %d would be added, %d changed, %d removed: %s", d.Added, d.Changed, d.Removed, strings.Join(d.Keys, ", "))
}

// explained adds to an error of a rebuild what to do about it.
func (b *books) explained(err error) error {
	switch {
	case errors.Is(err, projection.ErrUnknown):
		return fmt.Errorf("%w; the read models are %s; %w", err, strings.Join(b.names(), ", "), errUsage)
	case errors.Is(err, projection.ErrElsewhere):
		return fmt.Errorf("%w; wait until it has ended, then rebuild", err)
	}
	return err
}

// names returns the names of all read models.
func (b *books) names() []string {
	names := make([]string, len(b.models))
	for i, model := range b.models {
		names[i] = model.Name()
	}
	return names
}
