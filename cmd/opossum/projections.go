package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

type projectionsCommand struct {
	Dir       string       `arg:"" optional:"" default:"." help:"Folder of the store."`
	Name      string       `arg:"" optional:"" help:"A projection, to print its states as JSON Lines. Without it, all projections are listed."`
	Key       string       `short:"k" placeholder:"KEY" help:"Only the state with this key; exit code 1 when there is none."`
	Tag       []domain.Tag `short:"g" sep:"none" placeholder:"KEY:VALUE" help:"Only states with this tag; given several times, with all of them."`
	After     string       `placeholder:"KEY" help:"Only states behind this key."`
	Limit     int          `short:"n" placeholder:"N" help:"At most so many states; 0 is no limit."`
	Backwards bool         `short:"r" help:"The last key first."`
	Parked    bool         `help:"The events that the projection has set aside, instead of its states."`
	JSON      bool         `name:"json" help:"The list as one JSON object. States are JSON anyway."`
}

// Help says what it is for.
func (c *projectionsCommand) Help() string {
	return `Lists the projections that are kept in DIR/projections: how far each is, what is behind that, and whether it has stopped. ` +
		`With a NAME it prints the states of one, which is its export. It may run while others write.

  opossum projections store course --tag teacher:ada | jq .state`
}

// Validate refuses what does not go together.
func (c *projectionsCommand) Validate() error {
	selects := len(c.Tag) > 0 || c.After != "" || c.Limit != 0 || c.Backwards
	switch {
	case c.Limit < 0:
		return errors.New("--limit must not be negative; without it there is no limit")
	case c.Name == "" && (selects || c.Key != "" || c.Parked):
		return errors.New("say which projection: opossum projections DIR NAME")
	case c.Key != "" && (selects || c.Parked):
		return errors.New("--key is about one state; it does not go with --tag, --after, --limit, --backwards or --parked")
	case c.Parked && selects:
		return errors.New("--parked prints events; it does not go with --tag, --after, --limit or --backwards")
	}
	return nil
}

// Run lists projections, or prints one.
func (c *projectionsCommand) Run(ctx context.Context, out *console) (err error) {
	selection := ports.StateSelection{Tags: c.Tag, After: c.After, Limit: c.Limit, Backwards: c.Backwards}
	if err := selection.Validate(); err != nil {
		return err
	}
	if c.Name != "" {
		if err := ports.ValidateProjectionName(c.Name); err != nil {
			return err
		}
	}
	if c.Dir, err = wholePath(c.Dir); err != nil {
		return err
	}
	events, err := filesystem.OpenReadOnly(ctx, c.Dir, filesystem.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, events.Close()) }()
	head, err := events.Head(ctx)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.Dir, "projections")
	if !exists(dir) { // and it is not made for looking into it
		return c.none(out, dir, head)
	}
	store, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = derived(errors.Join(err, store.Close())) }()
	if c.Name == "" {
		return c.list(ctx, out, events, store, head)
	}
	info, err := store.Projection(ctx, c.Name)
	if err != nil {
		return err
	}
	if info.Live == nil && info.Shadow == nil {
		return fmt.Errorf("there is no projection %q in %s", c.Name, dir)
	}
	buffer := bufio.NewWriterSize(out.stdout, 64<<10)
	switch {
	case c.Parked:
		err = printParked(ctx, buffer, out.terminal(), store, c.Name)
	case c.Key != "":
		err = printState(ctx, buffer, out.terminal(), store, c.Name, c.Key)
	default:
		err = printStates(ctx, buffer, out.terminal(), store, c.Name, selection)
	}
	return errors.Join(err, buffer.Flush())
}

// none answers for a store that has no projections.
func (c *projectionsCommand) none(out *console, dir string, head domain.Position) error {
	switch {
	case c.Name != "":
		return fmt.Errorf("there is no projection %q: the store has no folder %s", c.Name, dir)
	case c.JSON:
		return printJSON(out.stdout, out.terminal(), projectionList{Head: head, Projections: []projectionRow{}})
	}
	fmt.Fprintf(out.stderr, "no projection; the store has %s\n", counted(head, "event"))
	return nil
}

// derived hides that a file is damaged from what would speak of a damaged store:
// no event is lost, and the text says what to do.
func derived(err error) error {
	if errors.Is(err, ports.ErrCorrupt) {
		return errors.New(err.Error())
	}
	return err
}

// stateLine is what opossum projections prints of a state.
type stateLine struct {
	Key       string          `json:"key"`
	Version   int             `json:"version"`
	CreatedAt time.Time       `json:"createdAt"`
	UpdatedAt time.Time       `json:"updatedAt"`
	Position  domain.Position `json:"position"`
	Tags      []domain.Tag    `json:"tags"`
	State     json.RawMessage `json:"state"`
}

func lineOf(s ports.ProjectionState) stateLine {
	line := stateLine{Key: s.Key, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Position: s.Position, Tags: s.Tags, State: s.Data}
	if line.Tags == nil {
		line.Tags = []domain.Tag{}
	}
	return line
}

func printState(ctx context.Context, to *bufio.Writer, escape bool, store ports.ProjectionReader, name, key string) error {
	state, found, err := store.State(ctx, name, key)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("projection %s has no state %q", name, key)
	}
	return printJSON(to, escape, lineOf(state))
}

func printStates(ctx context.Context, to *bufio.Writer, escape bool, store ports.ProjectionReader, name string, selection ports.StateSelection) error {
	for state, err := range store.States(ctx, name, selection) {
		if err != nil {
			return err
		}
		if err := printJSON(to, escape, lineOf(state)); err != nil {
			return err
		}
	}
	return nil
}

// parkedLine is what opossum projections --parked prints of an event.
type parkedLine struct {
	Position domain.Position `json:"position"`
	Type     string          `json:"type"`
	Error    string          `json:"error"`
	Attempts int             `json:"attempts"`
	At       time.Time       `json:"at"`
}

func printParked(ctx context.Context, to *bufio.Writer, escape bool, store ports.ProjectionReader, name string) error {
	parked, err := store.Parked(ctx, name)
	for _, e := range parked {
		err = errors.Join(err, printJSON(to, escape, parkedLine(e)))
	}
	return err
}

// oneField returns text that stays in its column of a table.
func oneField(text string) string { return printable(strings.ReplaceAll(text, "\t", " ")) }
