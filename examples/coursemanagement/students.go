package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// StudentRegistered says that somebody is a student from now on, on tier [Basic].
type StudentRegistered struct {
	Student string `json:"studentId"`
	Name    string `json:"name"`
	Email   string `json:"email"`
}

// EventType returns "StudentRegistered".
func (StudentRegistered) EventType() string { return "StudentRegistered" }

// Tags returns the student and the hash of the address.
func (e StudentRegistered) Tags() []domain.Tag {
	return []domain.Tag{studentTag(e.Student), emailTag(e.Email)}
}

// SubscriptionTierChanged says which tier a student is on from now on.
type SubscriptionTierChanged struct {
	Student string `json:"studentId"`
	Tier    Tier   `json:"tier"`
}

// EventType returns "SubscriptionTierChanged".
func (SubscriptionTierChanged) EventType() string { return "SubscriptionTierChanged" }

// Tags returns the student.
func (e SubscriptionTierChanged) Tags() []domain.Tag { return []domain.Tag{studentTag(e.Student)} }

// StudentExists answers whether the student has registered.
func StudentExists(student string) *decision.Model[bool] {
	return decision.New(false, studentTag(student)).With(
		decision.On(func(_ bool, _ StudentRegistered) bool { return true }))
}

// EmailTaken answers whether a student has registered with this e-mail address.
func EmailTaken(email string) *decision.Model[bool] {
	return decision.New(false, emailTag(email)).With(
		decision.On(func(_ bool, _ StudentRegistered) bool { return true }))
}

// Allowance is how many courses a student may take, and how many are taken.
type Allowance struct {
	Registered bool
	Tier       Tier
	Taken      int
}

// UsedUp reports whether the student can take no other course.
func (a Allowance) UsedUp() bool { return a.Taken >= a.Tier.Courses() }

// AllowanceOf answers what the student's subscription still allows.
func AllowanceOf(student string) *decision.Model[Allowance] {
	return decision.New(Allowance{}, studentTag(student)).With(
		decision.On(func(_ Allowance, _ StudentRegistered) Allowance {
			return Allowance{Registered: true, Tier: Basic}
		}),
		decision.On(func(a Allowance, e SubscriptionTierChanged) Allowance {
			a.Tier = e.Tier
			return a
		}),
		decision.On(func(a Allowance, _ StudentEnrolled) Allowance {
			a.Taken++
			return a
		}))
}

// RegisterStudent makes somebody a student.
type RegisterStudent struct {
	Student string `json:"studentId" validate:"required,max=64"`
	Name    string `json:"name" validate:"required,max=120"`
	Email   string `json:"email" validate:"required,email,max=254"`
}

// Decide refuses an id and an e-mail address that are taken.
func (c RegisterStudent) Decide(d *application.Decision) error {
	exists, taken := StudentExists(c.Student), EmailTaken(c.Email)
	if err := d.Load(exists, taken); err != nil {
		return err
	}
	switch {
	case exists.State():
		return refuse("Student %q is registered already", c.Student)
	case taken.State():
		return refuse("A student with the e-mail address %s is registered already", c.Email)
	}
	return d.Record(StudentRegistered(c))
}

// ChangeSubscriptionTier moves a student to another tier.
type ChangeSubscriptionTier struct {
	Student string `json:"studentId" validate:"required,max=64"`
	Tier    Tier   `json:"tier" validate:"oneof=Basic Standard Professional Master"`
}

// Decide refuses an unknown student, the tier that the student is on, and one that
// allows fewer courses than are taken.
func (c ChangeSubscriptionTier) Decide(d *application.Decision) error {
	allowance := AllowanceOf(c.Student)
	if err := d.Load(allowance); err != nil {
		return err
	}
	switch a := allowance.State(); {
	case !a.Registered:
		return noStudent(c.Student)
	case a.Tier == c.Tier:
		return refuse("Student %q is on %s already", c.Student, c.Tier)
	case a.Taken > c.Tier.Courses():
		return refuse("Student %q takes %d courses, %s allows %d", c.Student, a.Taken, c.Tier, c.Tier.Courses())
	}
	return d.Record(SubscriptionTierChanged(c))
}
