package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// projectionList is what opossum projections --json prints.
type projectionList struct {
	Head        domain.Position `json:"head"` // of the store
	Projections []projectionRow `json:"projections"`
	Errors      []string        `json:"errors,omitempty"` // what could not be read, and what to do
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
	LagSeconds float64                  `json:"lagSeconds"`       // how long the first event behind the checkpoint has been there
	States     int                      `json:"states,omitempty"` // of the live copy
	Parked     int                      `json:"parked"`
	Failure    *ports.ProjectionFailure `json:"failure"` // null unless it has stopped
}

// list prints all projections. Those that can be read are printed even when others
// cannot.
func (c *projectionsCommand) list(ctx context.Context, out *console, events ports.Reader, store ports.ProjectionReader, head domain.Position) error {
	infos, failed := store.Projections(ctx)
	all := projectionList{Head: head, Projections: []projectionRow{}}
	for _, info := range infos {
		row := projectionRow{Name: info.Name, Live: runOf(info.Live, head), Shadow: runOf(info.Shadow, head)}
		for _, run := range []*projectionRun{row.Live, row.Shadow} {
			failed = errors.Join(failed, run.wait(ctx, events))
		}
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
	case failed != nil && ctx.Err() != nil:
		return failed
	case c.JSON:
		if failed != nil {
			all.Errors = textsOf(failed)
		}
		return errors.Join(printJSON(out.stdout, out.terminal(), all), failed)
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

// wait finds out how long the first event behind the checkpoint has been there.
func (r *projectionRun) wait(ctx context.Context, events ports.Reader) error {
	if r == nil || r.Lag == 0 {
		return nil
	}
	result, err := events.Read(ctx, domain.All(), ports.ReadOptions{After: r.Checkpoint, Limit: 1})
	if err != nil {
		return err
	}
	for e, err := range result.Events {
		if err != nil {
			return err
		}
		r.LagSeconds = max(0, time.Since(e.RecordedAt).Seconds())
	}
	return nil
}

// dryRun begins the signature of a shadow that is made to be compared and dropped.
const dryRun = "dry run of "

// version returns the beginning of the signature, which also lists event types.
func (r *projectionRun) version() string {
	version, _, _ := strings.Cut(strings.TrimPrefix(r.Signature, dryRun), " ")
	return oneField(version)
}

func (l projectionList) print(to io.Writer) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "projection\tversion\tcheckpoint\tlag\tfor\tstates\tparked\t")
	for _, p := range l.Projections {
		if r := p.Live; r == nil {
			fmt.Fprintf(out, "%s\t-\t-\t-\t-\t-\t-\tnot built yet\n", p.Name)
		} else {
			fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%s\t%d\t%d\t%s\n", p.Name, r.version(), r.Checkpoint, r.Lag, r.since(), r.States, r.Parked, stopped(r))
		}
		if s := p.Shadow; s != nil {
			// The shadow stands below, in the same columns.
			fmt.Fprintf(out, "  shadow\t%s\t%d\t%d\t\t\t%d\t%s\n", s.version(), s.Checkpoint, s.Lag, s.Parked, progressOf(s, l.Head))
		}
	}
	return out.Flush()
}

// since says for how long the copy has been behind.
func (r *projectionRun) since() string {
	if r.Lag == 0 {
		return "-"
	}
	return time.Duration(r.LagSeconds * float64(time.Second)).Round(time.Second).String()
}

func stopped(run *projectionRun) string {
	if run.Failure == nil {
		return ""
	}
	at := fmt.Sprintf("STOPPED at %d", run.Failure.Position)
	if run.Failure.Type != "" { // that of an event which is not the one that was applied is not known
		at += " (" + oneField(run.Failure.Type) + ")"
	}
	return at + ": " + oneField(run.Failure.Error)
}

// progressOf says what a shadow is for and how far it is.
func progressOf(run *projectionRun, head domain.Position) string {
	if run.Failure != nil {
		return stopped(run)
	}
	doing := "being made anew"
	if strings.HasPrefix(run.Signature, dryRun) {
		doing = "dry run, to be dropped"
	}
	if head == 0 {
		return doing
	}
	return fmt.Sprintf("%s, %d %%", doing, 100*min(run.Checkpoint, head)/head)
}
