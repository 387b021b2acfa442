package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// sender says who gives a single command, when, and under which id.
type sender struct {
	moment
	ID string `placeholder:"ID" help:"Command id: the same one again repeats the answer instead of the deed."`
}

// dispenseCmd dispenses from a prescription.
type dispenseCmd struct {
	Rx          int    `arg:"" help:"Number of the prescription."`
	NDC         string `name:"ndc" required:"" help:"Product that is handed over."`
	Lot         string `required:"" help:"Lot that it is taken from."`
	Qty         int    `required:"" help:"Units."`
	Staff       string `required:"" help:"Pharmacist who does it, such as p-reyes."`
	Partial     string `placeholder:"WHY" help:"Why only a part: cannot-supply, patient-asked or prescriber-asked."`
	CallNote    string `placeholder:"TEXT" help:"What came out of a call to the prescriber."`
	OverlapNote string `placeholder:"TEXT" help:"Why an overlap with another supply is right."`
	sender
}

// Run dispenses.
func (c *dispenseCmd) Run(ctx context.Context, s *session) error {
	return s.single(ctx, c.sender, c.Staff, dispensing.Dispense{
		Rx: c.Rx, NDC: c.NDC, Lot: c.Lot, Qty: c.Qty, Staff: c.Staff,
		PartialReason: dispensing.PartialReason(c.Partial), CallNote: c.CallNote, OverlapNote: c.OverlapNote,
	})
}

// doCmd carries out any command.
type doCmd struct {
	Command string `arg:"" help:"Name of the command, such as QuarantineLot. An unknown name prints the known ones."`
	With    string `arg:"" help:"Its fields as a JSON object."`
	User    string `placeholder:"STAFF" help:"Who is signed in. Then the command has to name the same person."`
	sender
}

// Run carries the command out.
func (c *doCmd) Run(ctx context.Context, s *session) error {
	command, err := dispensing.DecodeCommand(c.Command, []byte(c.With))
	if err != nil {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	return s.single(ctx, c.sender, c.User, command)
}

// single carries out one command and prints the events it recorded.
func (s *session) single(ctx context.Context, from sender, user string, command any) error {
	data, err := day.Load()
	if err != nil {
		return err
	}
	return s.write(ctx, func(store *filesystem.Store) error {
		now, err := from.in(ctx, store, data.Zone())
		if err != nil {
			return err
		}
		options := []application.Option{application.WithClock(at(now)), application.By(user)}
		if from.ID != "" {
			options = append(options, application.CommandID(from.ID))
		}
		done, err := newApp(store, data.Zone()).Execute(ctx, command, options...)
		if err != nil {
			return explained(err)
		}
		if done.Repeated {
			s.line("repeated: a command with id %s was carried out before; this is what it recorded then", from.ID)
		}
		return s.events(ctx, store, done.Positions, data.Zone())
	})
}

// explained adds to an error of validation what to do about it.
func explained(err error) error {
	if errors.Is(err, domain.ErrInvalid) {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	return err
}

// events prints stored events.
func (s *session) events(ctx context.Context, store ports.Reader, positions domain.Positions, zone *time.Location) error {
	if positions.Len() == 0 {
		s.line("nothing was recorded")
		return nil
	}
	read, err := store.Read(ctx, domain.All(), ports.ReadOptions{After: positions.First - 1, Before: positions.Last + 1})
	if err != nil {
		return err
	}
	for e, err := range read.Events {
		if err != nil {
			return err
		}
		s.line("position %d, %s: %s %s", e.Position, e.Metadata.OccurredAt.In(zone).Format("2006-01-02 15:04"), e.Type, e.Data)
	}
	return nil
}
