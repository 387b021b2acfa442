package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/opossum-go/opossum/domain"
)

type statsCommand struct {
	Dir  string `arg:"" optional:"" default:"." help:"Folder of the store."`
	Top  int    `default:"10" placeholder:"N" help:"How many types, tag keys and tags people are shown; ${default} without it. JSON has all types and keys."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// storeStats is what opossum stats --json prints. Bytes of an event are those of
// its line with the newline.
type storeStats struct {
	Events        domain.Position `json:"events"`
	EventBytes    int64           `json:"eventBytes"`   // lines of events
	DataBytes     int64           `json:"dataBytes"`    // the data in them
	AverageEvent  float64         `json:"averageEvent"` // bytes
	FirstRecorded time.Time       `json:"firstRecordedAt,omitzero"`
	LastRecorded  time.Time       `json:"lastRecordedAt,omitzero"`

	Commits         int64   `json:"commits"`
	EventsPerCommit float64 `json:"eventsPerCommit"`
	Chain           string  `json:"chain"` // end of the hash chain; empty without events

	DiskBytes       int64   `json:"diskBytes"`       // store.json, ledger, segments and indexes, without what follows
	FillBytes       int64   `json:"fillBytes"`       // behind the last whole append: room for the next, or an unfinished one
	IndexBytes      int64   `json:"indexBytes"`      // part of diskBytes
	ProjectionBytes int64   `json:"projectionBytes"` // the files of projections, not part of diskBytes
	Amplification   float64 `json:"amplification"`   // of space: diskBytes / dataBytes

	CommitBytes        int64   `json:"commitBytes"`        // commit lines
	HeaderBytes        int64   `json:"headerBytes"`        // first lines of segments
	LedgerBytes        int64   `json:"ledgerBytes"`        // a ledger for each commit
	WrittenBytes       int64   `json:"writtenBytes"`       // diskBytes with the ledger counted like that
	WriteAmplification float64 `json:"writeAmplification"` // writtenBytes / dataBytes

	Segments []segmentStats `json:"segments"`
	Types    []usage        `json:"types"`
	TagKeys  []usage        `json:"tagKeys"`
	Tags     []usage        `json:"tags"` // the most used ones
}

type segmentStats struct {
	File       string          `json:"file"`
	First      domain.Position `json:"first"`
	Last       domain.Position `json:"last"`  // 0 when it has no event yet
	Bytes      int64           `json:"bytes"` // up to the last commit line
	FillBytes  int64           `json:"fillBytes"`
	Sealed     bool            `json:"sealed"`     // a later segment follows; nothing is written to it any more
	IndexBytes int64           `json:"indexBytes"` // -1 when it has no index file
}

// usage is what the events of one type, or with one tag or key, take up.
type usage struct {
	Name   string `json:"name"`
	Events int64  `json:"events"`
	Bytes  int64  `json:"bytes"`
}

// Run counts what is in a store.
func (c *statsCommand) Run(ctx context.Context, out *console) error {
	if c.Top < 0 {
		return wrongUsage("--top must not be negative")
	}
	var err error
	if c.Dir, err = wholePath(c.Dir); err != nil {
		return err
	}
	head, unfinished, err := committed(ctx, c.Dir)
	if err != nil {
		return err
	}
	count := tally{storeStats: storeStats{Segments: []segmentStats{}}, types: map[string]*usage{}, keys: map[string]*usage{}, tags: map[string]*usage{}}
	if err := count.store(ctx, c.Dir, head); err != nil {
		return err
	}
	for _, u := range unfinished {
		fmt.Fprintf(out.stderr, "note: an unfinished append of %d bytes stands in %s at byte %d; opossum repair cuts it off\n", u.Bytes, printable(u.File), u.Offset)
	}
	s := count.result(c.Top)
	if c.JSON {
		return printJSON(out.stdout, out.terminal(), s)
	}
	return s.print(out.stdout, c.Top)
}

func (s storeStats) print(to io.Writer, top int) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	line("events\t%d\taverage %.0f bytes, of which %.0f data", s.Events, s.AverageEvent, ratio(s.DataBytes, int64(s.Events)))
	if s.Events > 0 {
		line("recorded\t%s\tto %s", s.FirstRecorded.Format(tableTime), s.LastRecorded.Format(tableTime))
	}
	line("commits\t%d\t%.2f events in one", s.Commits, s.EventsPerCommit)
	line("on disk\t%s\t%d bytes, indexes %d; room for the next appends %d", size(s.DiskBytes), s.DiskBytes, s.IndexBytes, s.FillBytes)
	line("  to data\t%.2f\t= bytes on disk without that room / bytes of event data (%d)", s.Amplification, s.DataBytes)
	if s.ProjectionBytes > 0 {
		line("projections\t%s\t%d bytes, in no other figure here", size(s.ProjectionBytes), s.ProjectionBytes)
	}
	line("written\t%s\tevents %d, commit lines %d, headers %d, indexes %d, ledger %d", size(s.WrittenBytes), s.EventBytes, s.CommitBytes, s.HeaderBytes, s.IndexBytes, s.LedgerBytes)
	line("  to data\t%.2f\t= write amplification, without the newlines that make room and what recoveries write", s.WriteAmplification)
	line("chain\t%s", s.Chain)
	line("\nsegment\tfirst\tlast\tbytes\troom\tindex\t")
	for _, g := range s.Segments {
		state, index := "active", "none"
		if g.Sealed {
			state = "sealed"
		}
		if g.IndexBytes >= 0 {
			index = fmt.Sprint(g.IndexBytes)
		}
		line("%s\t%d\t%d\t%d\t%d\t%s\t%s", g.File, g.First, g.Last, g.Bytes, g.FillBytes, index, state)
	}
	section := func(title string, rows []usage) {
		line("\n%s\tevents\tbytes", title)
		for _, u := range rows[:min(len(rows), top)] {
			name := printable(u.Name)
			if name == "" {
				name = "(no key)"
			}
			line("%s\t%d\t%d", cut(name, widestType), u.Events, u.Bytes)
		}
		if more := len(rows) - top; more > 0 {
			line("(%d more)", more)
		}
	}
	section("type", s.Types)
	section("tag key", s.TagKeys)
	section("most used tag", s.Tags)
	return out.Flush()
}

// size returns bytes in a unit that people can compare.
func size(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(bytes), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}
