package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// AnnouncementPosted says that the students of a course were told something. The
// token was made by whoever posted it, before it was sent for the first time.
type AnnouncementPosted struct {
	Course string `json:"courseId"`
	Token  string `json:"idempotencyToken"`
	Title  string `json:"title"`
	Body   string `json:"body"`
}

// EventType returns "AnnouncementPosted".
func (AnnouncementPosted) EventType() string { return "AnnouncementPosted" }

// Tags returns the course and the token.
func (e AnnouncementPosted) Tags() []domain.Tag {
	return []domain.Tag{courseTag(e.Course), announcedTag(e.Token)}
}

// AnnouncementRetracted says that an announcement is taken back. Its token is free
// from now on.
type AnnouncementRetracted struct {
	Course string `json:"courseId"`
	Token  string `json:"idempotencyToken"`
}

// EventType returns "AnnouncementRetracted".
func (AnnouncementRetracted) EventType() string { return "AnnouncementRetracted" }

// Tags returns the course and the token.
func (e AnnouncementRetracted) Tags() []domain.Tag {
	return []domain.Tag{courseTag(e.Course), announcedTag(e.Token)}
}

// AnnouncedIn answers in which course the announcement with this token stands. It
// is empty when the token was never used or is free again.
func AnnouncedIn(token string) *decision.Model[string] {
	return decision.New("", announcedTag(token)).With(
		decision.On(func(_ string, e AnnouncementPosted) string { return e.Course }),
		decision.On(func(string, AnnouncementRetracted) string { return "" }))
}

// PostAnnouncement tells the students of a course something, once. Sending it
// again with the same token posts nothing.
//
// The token is a fact of the school: it can be seen, and a retraction frees it. For
// a token that only protects one command against arriving twice, whatever the
// command does, see [application.CommandID].
type PostAnnouncement struct {
	Course string `json:"courseId" validate:"required,max=64"`
	Token  string `json:"idempotencyToken" validate:"required,max=64"`
	Title  string `json:"title" validate:"required,max=200"`
	Body   string `json:"body" validate:"max=10000"`
}

// Decide refuses an unknown course and a token that is in use, in whatever course.
func (c PostAnnouncement) Decide(d *application.Decision) error {
	exists, used := CourseExists(c.Course), AnnouncedIn(c.Token)
	if err := d.Load(exists, used); err != nil {
		return err
	}
	switch {
	case !exists.State():
		return noCourse(c.Course)
	case used.State() != "":
		return refuse("An announcement with the token %q was posted already, in course %q", c.Token, used.State())
	}
	return d.Record(AnnouncementPosted(c))
}

// RetractAnnouncement takes an announcement back.
type RetractAnnouncement struct {
	Course string `json:"courseId" validate:"required,max=64"`
	Token  string `json:"idempotencyToken" validate:"required,max=64"`
}

// Decide refuses an announcement that does not stand in the course: never posted,
// posted in another one, or retracted before.
func (c RetractAnnouncement) Decide(d *application.Decision) error {
	posted := AnnouncedIn(c.Token)
	if err := d.Load(posted); err != nil {
		return err
	}
	if posted.State() != c.Course {
		return refuse("No announcement with the token %q stands in course %q", c.Token, c.Course)
	}
	return d.Record(AnnouncementRetracted(c))
}
