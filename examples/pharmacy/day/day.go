package day

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

//go:embed day.json
var file []byte

// Day is one business day.
type Day struct {
	// About says in a few sentences what this is and is not.
	About    string           `json:"about"`
	Pharmacy dispensing.Party `json:"pharmacy"`
	// Date is the day, such as 2026-03-13; Offset the pharmacy's distance from UTC on
	// it, such as -04:00.
	Date   string   `json:"date"`
	Offset string   `json:"offset"`
	Phases []string `json:"phases"`
	Races  []Race   `json:"races"`
	// Staff to History are carried out first, in this order, by one process.
	Staff         []Item `json:"staff"`
	Prescribers   []Item `json:"prescribers"`
	Lots          []Item `json:"lots"`
	Prescriptions []Item `json:"prescriptions"`
	History       []Item `json:"history"`
	// Commands are the day itself.
	Commands []Item `json:"commands"`
}

// Race is a pair of commands that decide on the same facts.
type Race struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Winners is how many of the two are carried out; 0 when it depends on who comes
	// first.
	Winners int `json:"winners"`
}

// Item is one command with its circumstances.
type Item struct {
	// ID is the command id. Two items with the same ID are the same command sent
	// twice.
	ID string    `json:"id"`
	At time.Time `json:"at"` // the time on the pharmacy's clock
	// Phase, Desk and Race say when and where; empty outside of the day's commands.
	// Race is empty for commands that are in none.
	Phase string `json:"phase,omitempty"`
	Desk  string `json:"desk,omitempty"`
	Race  string `json:"race,omitempty"`
	User  string `json:"user"` // who is signed in
	Do    string `json:"do"`   // name of the command
	// Form is the number on the paper of the prescription that the command is about;
	// its number in this store takes its place. Empty when there is none.
	Form   string          `json:"form,omitempty"`
	With   json.RawMessage `json:"with"` // fields of the command
	Expect Expectation     `json:"expect"`
	Note   string          `json:"note,omitempty"` // why this is in the day
}

// Desks are the names of the two workstations.
func Desks() []string { return []string{"A", "B"} }

// Load returns the day that is embedded in the program.
func Load() (*Day, error) { return Read(file) }

// Read returns the day that text holds, after checking that it makes sense.
func Read(text []byte) (*Day, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var d Day
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("read the day's data: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("read the day's data: there is something behind its end")
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("the day's data: %w", err)
	}
	return &d, nil
}

// Zone returns the pharmacy's time zone on the day.
func (d *Day) Zone() *time.Location {
	t, err := time.Parse("-07:00", d.Offset)
	if err != nil {
		return time.UTC // Read refuses such data
	}
	_, seconds := t.Zone()
	return time.FixedZone(d.Offset, seconds)
}

// Setup returns everything that comes before the day, in order.
func (d *Day) Setup() []Item {
	return slices.Concat(d.Staff, d.Prescribers, d.Lots, d.Prescriptions, d.History)
}

// For yields the commands of one workstation in one phase by their index in
// Commands, in order.
func (d *Day) For(desk, phase string) []int {
	var out []int
	for i, item := range d.Commands {
		if item.Desk == desk && item.Phase == phase {
			out = append(out, i)
		}
	}
	return out
}

// End returns the last moment on the pharmacy's clock.
func (d *Day) End() time.Time {
	var end time.Time
	for _, item := range d.Commands {
		if item.At.After(end) {
			end = item.At
		}
	}
	return end
}

// Command returns the command of the item. Rx returns the number of the
// prescription on that form; it is asked only when the item names one.
func (i Item) Command(rx func(form string) (int, error)) (any, error) {
	with := i.With
	if i.Form != "" {
		number, err := rx(i.Form)
		if err != nil {
			return nil, err
		}
		fields := make(map[string]json.RawMessage)
		if err := json.Unmarshal(with, &fields); err != nil {
			return nil, fmt.Errorf("command %s: %w", i.ID, err)
		}
		fields["rx"] = json.RawMessage(fmt.Sprint(number))
		if with, err = json.Marshal(fields); err != nil {
			return nil, fmt.Errorf("command %s: %w", i.ID, err)
		}
	}
	return dispensing.DecodeCommand(i.Do, with)
}
