package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

type repairCommand struct {
	Dir    string `arg:"" optional:"" default:"." help:"Folder of the store."`
	DryRun bool   `short:"n" help:"Say what there is to repair and change nothing."`
	JSON   bool   `name:"json" help:"One JSON object."`
}

// Help says what is repaired and what never is.
func (c *repairCommand) Help() string {
	return `Mends what a crash can leave behind: an unfinished append at the end is cut off, and files that are derived from the events are made anew. ` +
		`The next process that appends would do the same. It may run while others append, but needs the append lock, also with --dry-run: it fails when another process holds that for longer than 5 s. A committed event is never touched: any other damage is refused, with exit code 1, and what is damaged comes from a backup.`
}

// repaired is what opossum repair --json prints.
type repaired struct {
	DryRun  bool            `json:"dryRun"`
	Needed  bool            `json:"needed"` // false: there was nothing to repair
	Store   string          `json:"store"`
	Events  domain.Position `json:"events"`
	Cut     []tornTail      `json:"cut"`    // unfinished appends
	Ledger  string          `json:"ledger"` // current, missing, stale or not whole
	Written bool            `json:"ledgerWritten"`
	Indexes []indexRepair   `json:"indexes"` // index files that were missing or damaged
	Strays  []string        `json:"strays"`  // files among them that are none, and are left alone
}

type indexRepair struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

type tornTail struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	Reason string `json:"reason"`
}

// Run repairs a store.
func (c *repairCommand) Run(ctx context.Context, out *console) (err error) {
	if c.Dir, err = wholePath(c.Dir); err != nil {
		return err
	}
	report, err := filesystem.RepairDir(ctx, c.Dir, filesystem.RepairOptions{DryRun: c.DryRun})
	if errors.Is(err, ports.ErrCorrupt) {
		why := ""
		if slices.ContainsFunc(damageIn(err), func(d *ports.CorruptError) bool { return strings.HasPrefix(inStore(d.File), "events") }) {
			why = ", and mending it would touch committed events"
		}
		fmt.Fprintf(out.stderr, "refused: this is no damage that a crash leaves behind%s; nothing was changed\n", why)
	}
	if err != nil {
		return err
	}
	r := repaired{
		DryRun: c.DryRun, Needed: !report.Nothing(), Store: report.Store, Events: report.Events,
		Cut: []tornTail{}, Indexes: []indexRepair{}, Ledger: string(report.Ledger), Written: report.LedgerRewritten,
		Strays: append([]string{}, report.Strays...),
	}
	for _, torn := range report.Torn {
		r.Cut = append(r.Cut, tornTail(torn))
	}
	for _, index := range report.Indexes {
		r.Indexes = append(r.Indexes, indexRepair(index))
	}
	if c.JSON {
		return printJSON(out.stdout, out.terminal(), r)
	}
	return r.print(out.stdout)
}

func (r repaired) print(to io.Writer) error {
	p := &lines{to: to}
	cut, wrote := "cut off", "written anew"
	if r.DryRun {
		cut, wrote = "would cut off", "would be written anew"
	}
	for _, torn := range r.Cut {
		p.line("%s: an unfinished append, %d bytes from byte %d of %s", cut, torn.Bytes, torn.Offset, torn.File)
		p.line("  %s", torn.Reason)
		p.line("  %s", adviceForUnfinished(filesystem.LedgerState(r.Ledger)))
	}
	if r.Ledger != string(filesystem.LedgerCurrent) {
		p.line("ledger: %s, %s", r.Ledger, wrote)
	}
	for _, index := range r.Indexes {
		p.line("index: %s, %s", index.File, wrote)
		p.line("  %s", index.Reason)
	}
	for _, stray := range r.Strays {
		p.line("left alone: %s, which is no index file of a segment that another one follows; nothing reads it", stray)
	}
	if !r.Needed {
		p.line("nothing to repair")
	}
	if len(r.Cut) > 0 {
		p.line("%s kept, which are all that are whole", counted(r.Events, "event"))
	} else {
		p.line("%s, all of them kept", counted(r.Events, "event"))
	}
	return p.err
}
