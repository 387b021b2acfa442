package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/ports"
)

// workstationCmd carries out the commands of one desk. It talks with the process
// that started it in lines: see [notice] for its output; its input are the names
// of the meetings at which it may go on.
type workstationCmd struct {
	Desk string `required:"" enum:"A,B"`
}

// notice is one line of a workstation's output: either a result or a meeting
// that it has arrived at and waits at.
type notice struct {
	Result  *result `json:"result,omitempty"`
	Arrived string  `json:"arrived,omitempty"`
}

// Run works through the day.
func (c *workstationCmd) Run(ctx context.Context, s *session) error {
	data, err := day.Load()
	if err != nil {
		return err
	}
	return s.write(ctx, func(files *filesystem.Store) error {
		store := &stamped{EventStore: files, workstation: c.Desk}
		app := newApp(store, data.Zone())
		line := &line{out: json.NewEncoder(s.w), in: bufio.NewScanner(s.in)}
		for _, phase := range data.Phases {
			if err := line.meet("phase " + phase); err != nil {
				return err
			}
			for _, index := range data.For(c.Desk, phase) {
				r, err := line.carryOut(ctx, app, store, data.Commands[index])
				if err != nil {
					return err
				}
				r.Index = index
				if err := line.tell(r); err != nil {
					return err
				}
				if r.Outcome == day.Failed { // the machine is at fault: what follows would fail too
					return fmt.Errorf("%v: %s", data.Commands[index], r.Text)
				}
			}
		}
		return nil
	})
}

// line is the connection to the process that started the workstation.
type line struct {
	out *json.Encoder
	in  *bufio.Scanner
}

// carryOut carries out an item. In a race it meets the other desk twice: before
// either reads, and when both have decided, before either writes.
func (l *line) carryOut(ctx context.Context, app *application.App, store *stamped, item day.Item) (result, error) {
	if item.Race == "" {
		return carryOut(ctx, app, store, item), nil
	}
	if err := l.meet("race " + item.Race + ": begin"); err != nil {
		return result{}, err
	}
	decided := sync.OnceValue(func() error { return l.meet("race " + item.Race + ": decided") })
	store.before = decided
	defer func() { store.before = nil }()
	r := carryOut(ctx, app, store, item)
	return r, decided() // a command without an append must not leave the other desk waiting
}

func (l *line) tell(r result) error {
	if err := l.out.Encode(notice{Result: &r}); err != nil {
		return fmt.Errorf("tell a result: %w", err)
	}
	return nil
}

// meet waits until the other desk has come to the meeting as well.
func (l *line) meet(name string) error {
	if err := l.out.Encode(notice{Arrived: name}); err != nil {
		return fmt.Errorf("arrive at %s: %w", name, err)
	}
	if !l.in.Scan() {
		return fmt.Errorf("wait at %s: nobody is there any more: %w", name, errors.Join(l.in.Err(), io.ErrUnexpectedEOF))
	}
	if got := l.in.Text(); got != name {
		return fmt.Errorf("wait at %s: was called to %q", name, got)
	}
	return nil
}

// stamped is a store that notes on every event which workstation it comes from.
type stamped struct {
	ports.EventStore
	workstation string
	// before is called before an append; nil for nothing. It is how a race makes sure
	// that both desks have decided before either writes. One goroutine uses a stamped
	// store.
	before func() error
}

// Append stores the events with the workstation in their metadata.
func (s *stamped) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	events = slices.Clone(events)
	for i := range events {
		values := maps.Clone(events[i].Metadata.Values)
		if values == nil {
			values = make(map[string]string, 1)
		}
		values["workstation"] = s.workstation
		events[i].Metadata.Values = values
	}
	if s.before != nil {
		if err := s.before(); err != nil {
			return domain.Positions{}, err
		}
	}
	return s.EventStore.Append(ctx, events, conditions...)
}
