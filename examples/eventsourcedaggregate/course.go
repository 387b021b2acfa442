package eventsourcedaggregate

import (
	"fmt"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Refusal is the answer to a change that breaks a rule: one sentence for the
// person who wants it. Refusals with the same text are equal. Nothing has changed.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) Refusal { return Refusal(fmt.Sprintf(format, args...)) }

// Course is an aggregate: the state of one course, and the events that are not
// saved yet. Make it with [NewCourse] or load it with [Repository.Load]. It belongs
// to one goroutine.
type Course struct {
	id         string
	title      string
	capacity   int // seats
	subscribed int // students

	unsaved []decision.Event
	after   domain.Position // everything about the course up to here is in the state
}

// NewCourse defines a course. Whether its id is free turns out when it is saved.
func NewCourse(id, title string, capacity int) *Course {
	c := &Course{id: id}
	c.record(CourseDefined{Course: id, Title: title, Capacity: capacity})
	return c
}

// ID returns what tells the course from others.
func (c *Course) ID() string { return c.id }

// Title returns what the course is called.
func (c *Course) Title() string { return c.title }

// Capacity returns the number of seats, taken or not.
func (c *Course) Capacity() int { return c.capacity }

// Subscribed returns the number of seats taken.
func (c *Course) Subscribed() int { return c.subscribed }

// ChangeCapacity gives the course another number of seats. It refuses the number
// that it has, and one that is lower than the number of seats taken.
func (c *Course) ChangeCapacity(seats int) error {
	switch {
	case seats == c.capacity:
		// The site leaves out the closing quote.
		return refuse(`Course %q already has a capacity of "%d"`, c.id, seats)
	case seats < c.subscribed:
		return refuse("Course %q already has %d active subscriptions, can't set the capacity below that", c.id, c.subscribed)
	}
	c.record(CourseCapacityChanged{Course: c.id, NewCapacity: seats})
	return nil
}

// Subscribe gives a student a seat. It refuses when there is none left.
func (c *Course) Subscribe(student string) error {
	if c.subscribed >= c.capacity {
		return refuse("Course %q is already fully booked", c.id)
	}
	c.record(StudentSubscribedToCourse{Course: c.id, Student: student})
	return nil
}

// record applies an event that is new.
func (c *Course) record(event decision.Event) {
	c.apply(event)
	c.unsaved = append(c.unsaved, event)
}

// apply changes the state by an event, new or stored.
func (c *Course) apply(event decision.Event) {
	switch e := event.(type) {
	case CourseDefined:
		c.title, c.capacity = e.Title, e.Capacity
	case CourseCapacityChanged:
		c.capacity = e.NewCapacity
	case StudentSubscribedToCourse:
		c.subscribed++
	}
}
