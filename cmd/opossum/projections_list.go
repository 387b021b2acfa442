package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// projectionList is what opossum projections --json prints.
type projectionList struct {
	Head        domain.Position `json:"head"` // of the store
	Projections []projectionRow `json:"projections"`
}

type projectionRow struct {
	Name   string         `json:"name"`
	Live   *projectionRun `json:"live"`   // null when it was never built
	Shadow *projectionRun `json:"shadow"` // null unless it is being made anew
}

// projectionRun is one copy of a projection.
type projectionRun struct {
	Signature  string                   `json:"signature"`
	Checkpoint domain.Position          `json:"checkpoint"`
	Lag        domain.Position          `json:"lag"`              // positions from the checkpoint to the head
	States     int                      `json:"states,omitempty"` // of the live copy
	Parked     int                      `json:"parked"`
	Failure    *ports.ProjectionFailure `json:"failure"` // null unless it has stopped
}

// list prints all projections. Those that can be read are printed even when others
// cannot.
func (c *projectionsCommand) list(ctx context.Context, out *console, store ports.ProjectionReader, head domain.Position) error {
	infos, failed := store.Projections(ctx)
	all := projectionList{Head: head, Projections: []projectionRow{}}
	for _, info := range infos {
		row := projectionRow{Name: info.Name, Live: runOf(info.Live, head), Shadow: runOf(info.Shadow, head)}
		if row.Live != nil {
			n, err := store.CountStates(ctx, info.Name)
			if err != nil {
				failed = errors.Join(failed, err)
			}
			row.Live.States = n
		}
		all.Projections = append(all.Projections, row)
	}
	switch {
	case c.JSON && failed != nil:
		return failed
	case c.JSON:
		return printJSON(out.stdout, out.terminal(), all)
	case len(infos) == 0 && failed == nil:
		fmt.Fprintf(out.stderr, "no projection; the store has %s\n", counted(head, "event"))
		return nil
	case len(infos) == 0:
		return failed
	}
	return errors.Join(all.print(out.stdout), failed)
}

// runOf returns nil for no copy. A copy may be ahead of the head that was read
// before it.
func runOf(info *ports.CopyInfo, head domain.Position) *projectionRun {
	if info == nil {
		return nil
	}
	return &projectionRun{
		Signature: info.Signature, Checkpoint: info.Checkpoint, Lag: max(head, info.Checkpoint) - info.Checkpoint,
		Parked: info.Parked, Failure: info.Failure,
	}
}

func (l projectionList) print(to io.Writer) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "projection\tsignature\tcheckpoint\tlag\tstates\tparked\t")
	for _, p := range l.Projections {
		if p.Live == nil {
			fmt.Fprintf(out, "%s\t-\t-\t-\t-\t-\tnot built yet\n", p.Name)
		} else {
			fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%d\t%d\t%s\n", p.Name, oneField(p.Live.Signature), p.Live.Checkpoint, p.Live.Lag, p.Live.States, p.Live.Parked, stopped(p.Live))
		}
		if s := p.Shadow; s != nil {
			// The shadow stands below, in the same columns.
			fmt.Fprintf(out, "  shadow\t%s\t%d\t%d\t\t%d\t%s\n", oneField(s.Signature), s.Checkpoint, s.Lag, s.Parked, progressOf(s, l.Head))
		}
	}
	return out.Flush()
}

func stopped(run *projectionRun) string {
	if run.Failure == nil {
		return ""
	}
	return fmt.Sprintf("STOPPED at %d (%s): %s", run.Failure.Position, oneField(run.Failure.Type), oneField(run.Failure.Error))
}

// progressOf says how far a rebuild is.
func progressOf(run *projectionRun, head domain.Position) string {
	if run.Failure != nil {
		return stopped(run)
	}
	if head == 0 {
		return "being made anew"
	}
	return fmt.Sprintf("being made anew, %d %%", 100*min(run.Checkpoint, head)/head)
}
