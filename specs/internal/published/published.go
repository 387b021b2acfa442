// Package published gives the specs of the examples the test cases that
// https://dcb.events publishes with them. The cases are data, in
// dcb-examples.json; the README beside it says where they come from.
package published

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// Label marks the specs that are made of published cases.
const Label = "dcb.events"

// Example is the name of an example, as the site gives it.
type Example string

// The seven examples of the site.
const (
	CourseSubscriptions   Example = "Course subscriptions"
	UniqueUsername        Example = "Unique username"
	InvoiceNumber         Example = "Invoice number"
	OptInToken            Example = "Opt-in token" //nolint:gosec // a name, no secret
	ProductPrice          Example = "Dynamic product price"
	EventSourcedAggregate Example = "Event-sourced aggregate"
	RecordDuplication     Example = "Prevent record duplication"
)

// Suites says which folder of specs runs the cases of which example.
func Suites() map[Example]string {
	return map[Example]string{
		CourseSubscriptions:   "coursesubscriptions",
		UniqueUsername:        "uniqueusername",
		InvoiceNumber:         "invoicenumber",
		OptInToken:            "optintoken",
		ProductPrice:          "productprice",
		EventSourcedAggregate: "eventsourcedaggregate",
		RecordDuplication:     "recordduplication",
	}
}

// Case is one published test case: given these events, when this command, then
// this event or this error.
type Case struct {
	ID      string
	Example Example
	Feature string
	Title   string
	Source  string  // what kind of file of the site it stands in
	Before  []Event `json:"given"`
	When    Command
	// One of the two is there.
	ThenEvent *Event
	ThenError *string
}

// Command is the name and the fields of a command.
type Command struct {
	Name string `json:"command"`
	Data json.RawMessage
}

// Event is an event of a case, with its age where the case gives one.
type Event struct {
	Type string
	Data json.RawMessage
	Tags []domain.Tag
	Age  *Age
}

// Age is how long ago an event happened.
type Age time.Duration

// UnmarshalJSON reads a number of days or of minutes. The site writes one of the
// numbers as a text.
func (a *Age) UnmarshalJSON(data []byte) error {
	var given struct{ DaysAgo, MinutesAgo json.Number }
	if err := strictly(data, &given); err != nil {
		return err
	}
	number, unit := given.MinutesAgo, time.Minute
	if number == "" {
		number, unit = given.DaysAgo, 24*time.Hour
	}
	n, err := number.Int64()
	*a = Age(time.Duration(n) * unit)
	return err
}

// All returns every published case.
func All() []Case {
	var all struct {
		Attribution string
		Cases       []Case
	}
	if err := strictly(file, &all); err != nil {
		panic(fmt.Sprintf("dcb-examples.json: %v", err))
	}
	return all.Cases
}

// Of returns the cases of one example.
func Of(example Example) []Case {
	var of []Case
	for _, c := range All() {
		if c.Example == example {
			of = append(of, c)
		}
	}
	return of
}

// Name names the case among those of its example, such as "feature 1, define
// course: Define course with new id".
func (c Case) Name() string {
	return "feature " + strings.Replace(c.Feature, " ", ", ", 1) + ": " + c.Title
}

// Given returns what had happened, seen from now. Events without an age of their
// own happened ageless ago.
func (c Case) Given(now time.Time, ageless time.Duration) []domain.Event {
	events := make([]domain.Event, len(c.Before))
	for i, e := range c.Before {
		age := ageless
		if e.Age != nil {
			age = time.Duration(*e.Age)
		}
		events[i] = domain.Event{
			Type: e.Type, Tags: e.Tags, Data: e.Data,
			Metadata: domain.Metadata{OccurredAt: now.Add(-age)},
		}
	}
	return events
}

// Into reads the fields of the command into a Go value that has all of them.
func (c Command) Into(command any) error {
	if err := strictly(c.Data, command); err != nil {
		return fmt.Errorf("command %s: %w", c.Name, err)
	}
	return nil
}

//go:embed dcb-examples.json
var file []byte

func strictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
