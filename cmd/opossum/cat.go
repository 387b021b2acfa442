package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/cmd/opossum/internal/segments"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

type catCommand struct {
	Dir       string `arg:"" optional:"" default:"." help:"Folder of the store."`
	Positions string `arg:"" optional:"" name:"positions" help:"Which events: 7, 7..9, 7.. or ..9; both ends belong to it. Without it, all."`
	JSON      bool   `name:"json" help:"Changes nothing: the lines are JSON anyway."`
}

// Help says what it is for.
func (c *catCommand) Help() string {
	return `Prints the lines of events byte for byte as they are stored, without headers and commit lines, for jq, grep or diff:

  opossum cat store | jq -r 'select(.type == "CourseDefined") | .data.name'`
}

// Run prints the stored lines of events.
func (c *catCommand) Run(ctx context.Context, out *console) error {
	if _, err := parseSpan(c.Dir); err == nil && c.Dir != "" && c.Positions == "" && !exists(c.Dir) {
		c.Dir, c.Positions = ".", c.Dir // opossum cat 7
	}
	wanted, err := parseSpan(c.Positions)
	if err != nil {
		return err
	}
	if c.Dir, err = wholePath(c.Dir); err != nil {
		return err
	}
	head, _, err := committed(ctx, c.Dir)
	if err != nil {
		return err
	}
	if wanted.first > max(head, 1) || wanted.last > head && wanted.last != endless {
		return fmt.Errorf("the store has %s; there is nothing at %s", counted(head, "event"), c.Positions)
	}
	files, err := segments.List(c.Dir)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(out.stdout, 64<<10)
	wanted.last = min(wanted.last, head)
	reached := wanted.last // unless there is something to print
	for i, file := range files {
		if file.First > wanted.last || (i+1 < len(files) && files[i+1].First <= wanted.first) {
			continue
		}
		if reached, err = printEvents(ctx, buffer, file, wanted, out.terminal()); err != nil {
			break
		}
	}
	if err == nil && reached < wanted.last {
		err = fmt.Errorf("%w: the store has %s, but its files end at %d; see opossum verify", ports.ErrCorrupt, counted(head, "event"), reached)
	}
	return errors.Join(err, buffer.Flush())
}

// committed returns the position of the last committed event of the store in dir,
// and what stands unfinished behind it.
func committed(ctx context.Context, dir string) (domain.Position, []filesystem.Repair, error) {
	store, err := filesystem.OpenReadOnly(ctx, dir, filesystem.Options{})
	if err != nil {
		return 0, nil, err
	}
	head, err := store.Head(ctx)
	return head, store.Repairs(), errors.Join(err, store.Close())
}

// printEvents prints the wanted events of a segment and returns the last position
// that it saw.
func printEvents(ctx context.Context, out *bufio.Writer, file segments.Segment, wanted span, escape bool) (domain.Position, error) {
	last := file.First - 1
	for line, err := range file.Lines(ctx, wanted.last) {
		if err != nil {
			return last, err
		}
		last = max(last, line.Position)
		if line.Kind != segments.Event || line.Position < wanted.first || line.Position > wanted.last {
			continue
		}
		text := line.Text
		if escape {
			text = []byte(printable(string(text)))
		}
		_, err = out.Write(text)
		if err = errors.Join(err, out.WriteByte('\n')); err != nil {
			return last, err
		}
	}
	return last, nil
}

// span is a range of positions; both ends belong to it.
type span struct{ first, last domain.Position }

const endless = ^domain.Position(0) // the last of a span without an end

func parseSpan(text string) (span, error) {
	if text == "" {
		return span{1, endless}, nil
	}
	from, to, isSpan := strings.Cut(text, "..")
	if !isSpan {
		to = from
	}
	s := span{1, endless}
	var err error
	if from != "" {
		s.first, err = parsePosition(from)
	}
	if to != "" && err == nil {
		s.last, err = parsePosition(to)
	}
	if err != nil || s.first > s.last || text == ".." {
		return span{}, wrongUsage("%q is no range of positions; write 7, 7..9, 7.. or ..9, counted from 1", text)
	}
	return s, nil
}

func parsePosition(text string) (domain.Position, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err == nil && n == 0 {
		err = errors.New("positions are counted from 1")
	}
	return domain.Position(n), err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
