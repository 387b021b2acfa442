package main

import (
	"context"
	"fmt"
)

type eventsCommand struct {
	Dir string `arg:"" optional:"" default:"." help:"Folder of the store."`
}

// Run lists events.
func (c *eventsCommand) Run(_ context.Context, out *console) error {
	fmt.Fprintln(out.out, c.Dir)
	return nil
}
