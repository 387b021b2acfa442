package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/opossum-go/opossum/cmd/opossum/internal/probe"
)

type doctorCommand struct {
	Dir  string `arg:"" optional:"" default:"." help:"Directory to probe."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// Help says what is tried.
func (c *doctorCommand) Help() string {
	return `Tries locks between two processes, renames, syncs and the clock in a directory of its own below DIR, for a store beside it if that is the same disk, which it removes again, ` +
		`and says whether a store is safe there and why not. Exit code 1 when it is not safe for several processes of this machine.`
}

// Run probes a directory.
func (c *doctorCommand) Run(ctx context.Context, out *console) error {
	if err := isDirectory(c.Dir); err != nil {
		return err
	}
	report, err := probe.Run(ctx, c.Dir, holdLockElsewhere)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(out.stdout, out.terminal(), report)
	} else {
		err = printReport(out.stdout, report)
	}
	if err == nil && !report.SeveralProcesses.Safe {
		err = errNo
	}
	return err
}

// holdLockElsewhere is a [probe.Holder]: this program as another process.
func holdLockElsewhere(ctx context.Context, path string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "hold-lock", filepath.Base(path)) //nolint:gosec // it is this program
	cmd.Args[0] = os.Args[0]                                                // by whatever name it was started
	cmd.Dir = filepath.Dir(path)                                            // whose name need not be UTF-8
	return cmd, nil
}

// holdLockCommand is the other process of opossum doctor.
type holdLockCommand struct {
	Path string `arg:""`
}

// Run holds the lock until standard input ends.
func (c *holdLockCommand) Run(out *console) error {
	return probe.Hold(c.Path, out.stdin, out.stdout)
}

func printReport(to io.Writer, r probe.Report) error {
	p := &lines{to: to}
	p.line("directory  %s", r.Dir)
	switch {
	case r.Store == "":
	case r.Probed == "":
		p.line("           a store; nothing was made to try it")
	case r.Probed == r.Store:
		p.line("           a store, with a directory of this probe in it for a moment: none could be made beside it on the same disk")
	default:
		p.line("           a store; tried beside it, in %s", r.Probed)
	}
	p.line("")
	for _, c := range r.Checks {
		p.line("%-9s  %-24s  %s", string(c.Outcome), c.Name, c.Text)
	}
	p.line("")
	for _, use := range []struct {
		by string
		probe.Use
	}{
		{"one process", r.OneProcess},
		{"several processes of this machine", r.SeveralProcesses},
		{"several machines", r.SeveralMachines},
	} {
		answer := "safe"
		if !use.Safe {
			answer = "NOT SAFE"
		}
		p.line("%-33s  %-8s  %s", use.by, answer, strings.Join(use.Why, "; "))
	}
	return p.err
}
