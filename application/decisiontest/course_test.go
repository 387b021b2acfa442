package decisiontest_test

import (
	"errors"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// The domain of these tests: courses with seats, and vouchers that expire.

type CourseDefined struct {
	Course   string `json:"course"`
	Capacity int    `json:"capacity"` // seats
}

func (CourseDefined) EventType() string    { return "CourseDefined" }
func (e CourseDefined) Tags() []domain.Tag { return []domain.Tag{course(e.Course)} }

type CapacityChanged struct {
	Course   string `json:"course"`
	Capacity int    `json:"capacity"` // seats
}

func (CapacityChanged) EventType() string    { return "CapacityChanged" }
func (e CapacityChanged) Tags() []domain.Tag { return []domain.Tag{course(e.Course)} }

type StudentSubscribed struct {
	Student string `json:"student"`
	Course  string `json:"course"`
}

func (StudentSubscribed) EventType() string { return "StudentSubscribed" }
func (e StudentSubscribed) Tags() []domain.Tag {
	return []domain.Tag{student(e.Student), course(e.Course)}
}

type VoucherIssued struct {
	Voucher string `json:"voucher"`
}

func (VoucherIssued) EventType() string    { return "VoucherIssued" }
func (e VoucherIssued) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("voucher", e.Voucher)} }

type VoucherRedeemed struct {
	Voucher string    `json:"voucher"`
	At      time.Time `json:"at,omitzero"`
}

func (VoucherRedeemed) EventType() string { return "VoucherRedeemed" }
func (e VoucherRedeemed) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("voucher", e.Voucher)}
}

func course(id string) domain.Tag  { return domain.NewTag("course", id) }
func student(id string) domain.Tag { return domain.NewTag("student", id) }

var (
	errFull    = errors.New("the course is full")
	errTwice   = errors.New("the student has subscribed before")
	errExpired = errors.New("the voucher has expired")
	errGone    = errors.New("the voucher is not there")
)

func SeatsLeft(id string) *decision.Model[int] {
	return decision.New(0, course(id)).With(
		decision.On(func(_ int, e CourseDefined) int { return e.Capacity }),
		decision.On(func(left int, _ StudentSubscribed) int { return left - 1 }))
}

func Subscribed(studentID, courseID string) *decision.Model[bool] {
	return decision.New(false, student(studentID), course(courseID)).With(
		decision.On(func(bool, StudentSubscribed) bool { return true }))
}

// Subscribe is the command that is right.
type Subscribe struct {
	Student string `validate:"required"`
	Course  string `validate:"required"`
}

func (c Subscribe) Decide(d *application.Decision) error {
	seats, before := SeatsLeft(c.Course), Subscribed(c.Student, c.Course)
	if err := d.Load(seats, before); err != nil {
		return err
	}
	switch {
	case before.State():
		return errTwice
	case seats.State() <= 0:
		return errFull
	}
	return d.Record(StudentSubscribed(c))
}

// register registers the commands that are right.
func register(app *application.App) {
	application.Handle(app, func(d *application.Decision, c Subscribe) error { return c.Decide(d) })
	application.Handle(app, func(d *application.Decision, c Redeem) error { return c.Decide(d) })
}

// IssuedAt is zero while there is nothing to redeem.
func IssuedAt(voucher string) *decision.Model[time.Time] {
	return decision.New(time.Time{}, domain.NewTag("voucher", voucher)).With(
		decision.OnSequenced(func(_ time.Time, _ VoucherIssued, e domain.SequencedEvent) time.Time { return e.RecordedAt }),
		decision.On(func(time.Time, VoucherRedeemed) time.Time { return time.Time{} }))
}

// Redeem is good for an hour.
type Redeem struct{ Voucher string }

func (c Redeem) Decide(d *application.Decision) error { return c.decideAt(d, d.Now()) }

func (c Redeem) decideAt(d *application.Decision, now time.Time) error {
	issued := IssuedAt(c.Voucher)
	if err := d.Load(issued); err != nil {
		return err
	}
	switch {
	case issued.State().IsZero():
		return errGone
	case now.Sub(issued.State()) > time.Hour:
		return errExpired
	}
	return d.Record(VoucherRedeemed{Voucher: c.Voucher})
}
