package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

type eventsCommand struct {
	Dir       string          `arg:"" optional:"" default:"." help:"Folder of the store."`
	Type      []string        `short:"t" sep:"none" placeholder:"TYPE" help:"Only events of this type; given several times, of any of them."`
	Tag       []domain.Tag    `short:"g" sep:"none" placeholder:"KEY:VALUE" help:"Only events with this tag; given several times, with all of them."`
	After     domain.Position `placeholder:"POSITION" help:"Only events behind this position."`
	Before    domain.Position `placeholder:"POSITION" help:"Only events in front of this position; 0 is none."`
	Since     moment          `placeholder:"TIME" help:"Only events recorded at this time or later: 2026-01-02, 2026-01-02T15:04 or 2026-01-02T15:04:05 (your time zone), 2026-01-02T15:04:05Z, or 90m for 90 minutes ago; a day is 24h."`
	Until     moment          `placeholder:"TIME" help:"Only events recorded before this time."`
	Limit     int             `short:"n" placeholder:"N" help:"At most so many events; 0 is no limit."`
	Backwards bool            `short:"r" help:"The newest first."`
	Follow    bool            `short:"f" help:"Go on with new events as they are committed, until Ctrl-C, --limit, or nobody reads the output any more."`
	JSON      bool            `name:"json" help:"One JSON object per line, as stored."`
}

// Validate refuses what does not go together.
func (c *eventsCommand) Validate() error {
	switch {
	case c.Follow && (c.Backwards || c.Before > 0 || !c.Until.IsZero()):
		return errors.New("--follow goes on with new events; it does not go with --backwards, --before or --until")
	case c.Limit < 0:
		return errors.New("--limit must not be negative; without it there is no limit")
	}
	return nil
}

func (c *eventsCommand) query() domain.Query {
	if len(c.Type) == 0 && len(c.Tag) == 0 {
		return domain.All()
	}
	return domain.NewQuery(domain.QueryItem{Types: c.Type, Tags: c.Tag})
}

// Run lists events.
func (c *eventsCommand) Run(ctx context.Context, out *console) (err error) {
	if err := c.query().Validate(); err != nil {
		return err
	}
	if c.Dir, err = wholePath(c.Dir); err != nil {
		return err
	}
	store, err := filesystem.OpenReadOnly(ctx, c.Dir, filesystem.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if c.Follow {
		var unread func(error)
		ctx, unread = untilUnread(ctx)
		watchReader(out.stdout, unread)
	}
	events, head, err := c.choose(ctx, store)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(out.stdout)
	var to printer = &table{out: buffer, width: out.width, rows: 128, digits: len(head.String())}
	switch {
	case c.JSON:
		to = jsonLines{out: buffer, escape: out.terminal()}
	case c.Follow:
		to = &table{out: buffer, width: out.width, rows: 1, digits: len(head.String())}
	}
	count := 0
	for event, eventErr := range events {
		if err = eventErr; err != nil {
			break
		}
		if event.RecordedAt.Before(c.Since.Time) { // --follow began before --since
			continue
		}
		if err = to.print(event); err == nil && c.Follow {
			err = buffer.Flush()
		}
		if count++; err != nil || count == c.Limit {
			break
		}
	}
	err = errors.Join(err, to.end(), buffer.Flush())
	if c.Follow && (errors.Is(err, context.Canceled) || errors.Is(err, syscall.EPIPE)) {
		return nil // Ctrl-C is how it ends, or that nobody reads it any more
	}
	if err == nil && count == 0 {
		c.explainNone(out.stderr, head)
	}
	return err
}

// explainNone says that no event was found. Types and tags may hold commas, and are
// not split at them.
func (c *eventsCommand) explainNone(to io.Writer, head domain.Position) {
	if !c.JSON {
		fmt.Fprintf(to, "no event; the store has %s\n", counted(head, "event"))
	}
	for _, typ := range c.Type {
		if strings.Contains(typ, ",") {
			fmt.Fprintf(to, "note: %q is one type; for several give --type several times\n", typ)
		}
	}
	for _, tag := range c.Tag {
		if strings.Contains(string(tag), ",") {
			fmt.Fprintf(to, "note: %q is one tag; for several give --tag several times\n", tag)
		}
	}
}

// choose returns the events to print and the store's head.
func (c *eventsCommand) choose(ctx context.Context, store *filesystem.Store) (iter.Seq2[domain.SequencedEvent, error], domain.Position, error) {
	head, err := store.Head(ctx)
	if err != nil {
		return nil, 0, err
	}
	after, before := c.After, c.Before
	if !c.Since.IsZero() {
		first, err := firstSince(ctx, store, head, c.Since.Time)
		if err != nil {
			return nil, 0, err
		}
		after = max(after, first-1)
	}
	if !c.Until.IsZero() {
		first, err := firstSince(ctx, store, head, c.Until.Time)
		if err != nil {
			return nil, 0, err
		}
		if before == 0 || first < before {
			before = first
		}
	}
	if c.Follow {
		return store.Subscribe(ctx, c.query(), after), head, nil
	}
	result, err := store.Read(ctx, c.query(), ports.ReadOptions{After: after, Before: before, Limit: c.Limit, Backwards: c.Backwards})
	return result.Events, result.Head, err
}

// firstSince returns the position of the first event up to head that was recorded
// at t or later, head+1 when there is none. The time of recording never goes
// backwards, so a few reads find it.
func firstSince(ctx context.Context, store *filesystem.Store, head domain.Position, t time.Time) (domain.Position, error) {
	if head > math.MaxInt {
		return 0, fmt.Errorf("position %d is too large to search by time", head)
	}
	var failed error
	n := sort.Search(int(head), func(i int) bool {
		event, err := eventAt(ctx, store, domain.Position(i)+1)
		failed = errors.Join(failed, err)
		return err != nil || !event.RecordedAt.Before(t)
	})
	return domain.Position(n) + 1, failed
}

func eventAt(ctx context.Context, store *filesystem.Store, position domain.Position) (domain.SequencedEvent, error) {
	result, err := store.Read(ctx, domain.All(), ports.ReadOptions{After: position - 1, Limit: 1})
	if err != nil {
		return domain.SequencedEvent{}, err
	}
	for event, err := range result.Events {
		return event, err
	}
	return domain.SequencedEvent{}, fmt.Errorf("the event at position %d is not there; see opossum verify", position)
}
