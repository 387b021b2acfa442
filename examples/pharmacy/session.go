package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// session is one call of the program.
type session struct {
	*printer
	dir  string
	in   io.Reader
	errs io.Writer
}

// policy is what this pharmacy has decided for itself.
func policy(zone *time.Location) dispensing.Policy {
	return dispensing.Policy{
		Calendar:          dispensing.Calendar{Location: zone},
		Overlap:           dispensing.OverlapWithNote,
		EarlyDays:         2,
		RevokedPrescriber: dispensing.RevokedWithCallNote,
		StateRule:         dispensing.CapScheduleVRefills(5),
	}
}

// newApp returns the commands of the pharmacy on a store.
func newApp(store ports.EventStore, zone *time.Location) *application.App {
	app := application.New(store)
	dispensing.Register(app, store, policy(zone))
	return app
}

// write opens the store for writing and calls use with it.
func (s *session) write(ctx context.Context, use func(*filesystem.Store) error) error {
	store, err := filesystem.Open(ctx, s.dir, filesystem.Options{})
	if err != nil {
		return err
	}
	return errors.Join(use(store), store.Close())
}

// noStore says that the folder holds no store, and what to do.
func (s *session) noStore() error {
	return fmt.Errorf("there is no store in %s yet; run pharmacy without arguments first, or name its folder with --dir", s.dir)
}

// read opens the store for reading and calls use with it.
func (s *session) read(ctx context.Context, use func(*filesystem.Store) error) error {
	store, err := filesystem.OpenReadOnly(ctx, s.dir, filesystem.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		return s.noStore()
	}
	if err != nil {
		return err
	}
	return errors.Join(use(store), store.Close())
}

// at is a clock that stands still: the commands of the day bring their own time.
type at time.Time

// Now returns the time at which the clock stands.
func (a at) Now() time.Time { return time.Time(a) }

// moment is the time that a single command is given at.
type moment struct {
	At string `placeholder:"TIME" help:"Time of the command, such as 2026-03-13T19:00:00-04:00, or now. Default: the latest time in the store, because the day of the demonstration is not today."`
}

// in returns the moment, in the zone of the pharmacy.
func (m moment) in(ctx context.Context, store ports.Reader, zone *time.Location) (time.Time, error) {
	switch m.At {
	case "now":
		return time.Now().In(zone), nil
	case "":
		return latest(ctx, store, zone)
	}
	t, err := time.Parse(time.RFC3339, m.At)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at %s is no time such as 2026-03-13T19:00:00-04:00; %w", m.At, errUsage)
	}
	return t.In(zone), nil
}

// latest returns the latest time at which something happened by the events, or
// the machine's time when there are none.
func latest(ctx context.Context, store ports.Reader, zone *time.Location) (time.Time, error) {
	read, err := store.Read(ctx, domain.All(), ports.ReadOptions{})
	if err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for event, err := range read.Events {
		if err != nil {
			return time.Time{}, err
		}
		if t := event.Metadata.OccurredAt; t.After(last) {
			last = t
		}
	}
	if last.IsZero() {
		last = time.Now()
	}
	return last.In(zone), nil
}

// forms returns a function that finds the prescription of a paper form: the
// newest one, since a form may be presented again after the first was voided.
func forms(ctx context.Context, store ports.Reader) func(string) (int, error) {
	return func(form string) (int, error) {
		query := domain.NewQuery(domain.OfTypes(dispensing.PrescriptionAccepted{}.EventType()).Tagged(dispensing.FormTag(form)))
		read, err := store.Read(ctx, query, ports.ReadOptions{Backwards: true, Limit: 1})
		if err != nil {
			return 0, err
		}
		for stored, err := range read.Events {
			if err != nil {
				return 0, err
			}
			return dispensing.AcceptedRx(ctx, store, domain.Positions{First: stored.Position, Last: stored.Position})
		}
		return 0, fmt.Errorf("%w on form %s", errNoPrescription, form)
	}
}

var errNoPrescription = errors.New("no prescription was accepted")

// result is what became of a command of the day; workstations send it to the
// process that started them.
type result struct {
	Index     int      `json:"index"` // in the day's commands
	Outcome   string   `json:"outcome"`
	Text      string   `json:"text,omitempty"` // of a refusal or error
	Attempts  int      `json:"attempts"`
	Conflicts []string `json:"conflicts,omitempty"` // types of the events that attempts lost to
}

// carryOut carries out an item of the day.
func carryOut(ctx context.Context, app *application.App, store ports.Reader, item day.Item) result {
	command, err := item.Command(forms(ctx, store))
	switch {
	case errors.Is(err, errNoPrescription):
		return result{Outcome: day.Invalid, Text: err.Error()}
	case err != nil:
		return result{Outcome: day.Failed, Text: err.Error()}
	}
	done, err := app.Execute(ctx, command,
		application.CommandID(item.ID), application.By(item.User), application.WithClock(at(item.At)))
	r := result{Attempts: done.Attempts}
	r.Outcome, r.Text = outcome(done, err)
	for _, c := range done.Conflicts {
		r.Conflicts = append(r.Conflicts, c.Type)
	}
	return r
}

// outcome says in the words of package day how a command ended.
func outcome(done application.Result, err error) (outcome, text string) {
	var refusal *dispensing.Refusal
	switch {
	case err == nil && done.Repeated:
		return day.Repeated, ""
	case err == nil:
		return day.OK, ""
	case errors.As(err, &refusal):
		return day.Refused + " " + refusal.Rule, refusal.Error()
	case errors.Is(err, domain.ErrInvalid):
		return day.Invalid, err.Error()
	default:
		return day.Failed, err.Error()
	}
}
