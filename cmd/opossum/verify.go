package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

type verifyCommand struct {
	Dir  string `arg:"" optional:"" default:"." help:"Folder of the store."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// Help says what is checked.
func (c *verifyCommand) Help() string {
	return `Reads the whole store: every segment, event, position, commit line, checksum and link of the hash chain, the ledger, and every index file, which must say what its segment says. ` +
		`Behind damage it goes on with the next segment and names every file that is damaged, up to 100. It changes nothing and may run while others append; then it checks what was committed when it began. Exit code 1 when anything is damaged.`
}

// verdict is what opossum verify --json prints. What is not known of a damaged
// store is zero.
type verdict struct {
	Whole    bool            `json:"whole"`
	Store    string          `json:"store,omitempty"`
	Events   domain.Position `json:"events"`
	Segments int             `json:"segments"`
	Indexes  int             `json:"indexes"`
	Bytes    int64           `json:"bytes"`
	Chain    string          `json:"chain,omitempty"`
	Findings []finding       `json:"findings"`
}

// finding is one thing that is not as it was written, or a note about one that is
// no damage.
type finding struct {
	Damage   bool            `json:"damage"`
	File     string          `json:"file"`
	Offset   int64           `json:"offset"`             // bytes from the start of the file
	Position domain.Position `json:"position,omitempty"` // the first event affected, when it is known
	Want     string          `json:"want,omitempty"`
	Got      string          `json:"got"`
	Do       string          `json:"do"`
}

// Run checks a store.
func (c *verifyCommand) Run(ctx context.Context, out *console) (err error) {
	if c.Dir, err = wholePath(c.Dir); err != nil {
		return err
	}
	report, err := filesystem.Verify(ctx, c.Dir)
	damage := damageIn(err)
	if err != nil && len(damage) == 0 {
		return err
	}
	v := verdict{
		Whole: err == nil, Store: report.Store, Events: report.Events, Segments: report.Segments, Indexes: report.Indexes,
		Bytes: report.Bytes, Chain: report.Chain, Findings: []finding{},
	}
	for _, d := range damage {
		v.Findings = append(v.Findings, damageFinding(d))
	}
	if len(damage) == filesystem.MostFindings {
		v.Findings = append(v.Findings, finding{
			File: v.Findings[0].File, Got: fmt.Sprintf("%d damaged files; more were not looked for", len(damage)),
			Do: "Restore the whole folder from a backup, and run opossum verify again.",
		})
	}
	for _, u := range report.Unfinished {
		v.Findings = append(v.Findings, finding{
			File: u.File, Offset: u.Offset, Got: fmt.Sprintf("an unfinished append of %d bytes: %s", u.Bytes, u.Reason),
			Do: adviceForUnfinished(report.Ledger.State) + " The next process that appends cuts it off, or opossum repair.",
		})
	}
	if n := len(report.Unindexed); n > 0 {
		v.Findings = append(v.Findings, finding{
			File: report.Unindexed[0],
			Got: fmt.Sprintf("no such file; %d of %s that another one follows have no index",
				n, counted(domain.Position(report.Segments-1), "segment")),
			Do: "Nothing is lost: an index is derived from its segment, which is read instead. " +
				"The next process that opens the store for writing makes it, or opossum repair.",
		})
	}
	if report.Unread > 0 || report.LockFault != nil {
		v.Findings = append(v.Findings, lockNotes(filepath.Join(c.Dir, ".lock"), report)...)
	}
	if state := report.Ledger.State; state != "" && state != filesystem.LedgerCurrent {
		v.Findings = append(v.Findings, ledgerNote(report.Ledger))
	}
	for _, stray := range report.Strays[:min(len(report.Strays), filesystem.MostFindings)] {
		v.Findings = append(v.Findings, finding{
			File: stray, Got: "no index file of a segment that another one follows",
			Do: "Nothing reads it. Move it out of the folder, if nobody knows what it is for.",
		})
	}
	for _, other := range besidesDamage(err) {
		v.Findings = append(v.Findings, finding{
			File: v.Findings[0].File, Got: "the look at the rest ended: " + other.Error(), Do: "Run opossum verify again: more files may be damaged.",
		})
	}
	if c.JSON {
		err = printJSON(out.stdout, out.terminal(), v)
	} else {
		err = v.print(out.stdout, c.Dir)
	}
	if err == nil && !v.Whole {
		err = errNo
	}
	return err
}

// besidesDamage returns what else is joined in err: what kept verify from looking on.
func besidesDamage(err error) (others []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !errors.Is(err, ports.ErrCorrupt) {
		return nil
	}
	for _, e := range joined.Unwrap() {
		if !errors.Is(e, ports.ErrCorrupt) {
			others = append(others, e)
		}
	}
	return others
}

func damageFinding(d *ports.CorruptError) finding {
	return finding{
		Damage: true, File: d.File, Offset: d.Offset, Position: d.Position, Want: d.Want, Got: d.Got, Do: adviceFor(d),
	}
}

// damageIn returns what err says about damage, also when it joins several errors.
func damageIn(err error) []*ports.CorruptError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*ports.CorruptError
		for _, one := range joined.Unwrap() {
			all = append(all, damageIn(one)...)
		}
		return all
	}
	if one, ok := err.(*ports.CorruptError); ok { //nolint:errorlint // each level is looked at here
		return []*ports.CorruptError{one}
	}
	if err == nil {
		return nil
	}
	return damageIn(errors.Unwrap(err))
}

func (v verdict) print(to io.Writer, dir string) error {
	p := &lines{to: to}
	if v.Whole {
		p.line("whole: %s in %s, %d bytes", counted(v.Events, "event"), counted(v.Segments, "segment"), v.Bytes)
		p.line("store: %s", v.Store)
		p.line("chain: %s", v.Chain)
		p.line("       Noted down elsewhere, it proves later that nothing before it was changed.")
	} else {
		p.line("DAMAGED: %s", dir)
	}
	for _, f := range v.Findings {
		p.line("")
		f.print(p)
	}
	return p.err
}

func (f finding) print(p *lines) {
	title, at := "note", ""
	if f.Damage {
		title = "damage"
	}
	if f.Position > 0 {
		at = fmt.Sprintf(" (position %d)", f.Position)
	}
	p.line("%s in %s at byte %d%s", title, f.File, f.Offset, at)
	if f.Want != "" {
		p.line("  want  %s", f.Want)
	}
	p.line("  got   %s", f.Got)
	p.line("  do    %s", f.Do)
}

// lines prints lines that are safe to show, until one fails.
type lines struct {
	to  io.Writer
	err error
}

func (l *lines) line(format string, args ...any) {
	if l.err != nil {
		return
	}
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = printable(text)
		}
	}
	_, l.err = fmt.Fprintf(l.to, format+"\n", args...)
}
