package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	options := projection.Options{Rebuild: projection.RebuildNone, Progress: terminal.Progress(s.errs)}
	return s.books(ctx, options, func(b *books) error {
		if c.DryRun {
			differences, err := b.runner.DryRun(ctx, c.Names...)
			s.differences(differences)
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

// differences prints what a rebuild would change. What could not be made has no name.
func (s *session) differences(all []projection.Difference) {
	made := slices.DeleteFunc(slices.Clone(all), func(d projection.Difference) bool { return d.Projection == "" })
	for _, d := range made {
		s.line("%s: %s of %s; %s.", d.Projection, plural(d.States, "state", "states"), plural(int(d.Position), "event", "events"), whatWouldChange(d))
		if len(d.Keys) > 0 {
			s.line("  %s", strings.Join(d.Keys, ", "))
		}
	}
	if len(made) > 0 {
		s.line("Nothing was changed.")
	}
}

func whatWouldChange(d projection.Difference) string {
	if len(d.Keys) == 0 {
		return "nothing would change"
	}
	return fmt.Sprintf("%d would be added, %d changed, %d removed", d.Added, d.Changed, d.Removed)
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
