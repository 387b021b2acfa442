package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// ExamTokenIssued says that whoever has the token may sign up for an exam.
type ExamTokenIssued struct {
	Token  string `json:"tokenId"`
	Exam   string `json:"examId"`
	Course string `json:"courseId"`
}

// EventType returns "ExamTokenIssued".
func (ExamTokenIssued) EventType() string { return "ExamTokenIssued" }

// Tags returns the token, the exam and the course.
func (e ExamTokenIssued) Tags() []domain.Tag {
	return []domain.Tag{examTokenTag(e.Token), examTag(e.Exam), courseTag(e.Course)}
}

// ExamTokenRedeemed says that a student signed up for an exam with a token.
type ExamTokenRedeemed struct {
	Token   string `json:"tokenId"`
	Exam    string `json:"examId"`
	Student string `json:"studentId"`
}

// EventType returns "ExamTokenRedeemed".
func (ExamTokenRedeemed) EventType() string { return "ExamTokenRedeemed" }

// Tags returns the token, the exam and the student.
func (e ExamTokenRedeemed) Tags() []domain.Tag {
	return []domain.Tag{examTokenTag(e.Token), examTag(e.Exam), studentTag(e.Student)}
}

// ExamTokenRevoked says that a token is worth nothing from now on.
type ExamTokenRevoked struct {
	Token string `json:"tokenId"`
	Exam  string `json:"examId"`
}

// EventType returns "ExamTokenRevoked".
func (ExamTokenRevoked) EventType() string { return "ExamTokenRevoked" }

// Tags returns the token and the exam.
func (e ExamTokenRevoked) Tags() []domain.Tag {
	return []domain.Tag{examTokenTag(e.Token), examTag(e.Exam)}
}

// ExamToken is what became of a token. The zero ExamToken was never issued.
type ExamToken struct {
	Exam              string
	Redeemed, Revoked bool
}

// ExamTokenOf answers what became of the token.
func ExamTokenOf(token string) *decision.Model[ExamToken] {
	return decision.New(ExamToken{}, examTokenTag(token)).With(
		decision.On(func(_ ExamToken, e ExamTokenIssued) ExamToken { return ExamToken{Exam: e.Exam} }),
		decision.On(func(t ExamToken, _ ExamTokenRedeemed) ExamToken {
			t.Redeemed = true
			return t
		}),
		decision.On(func(t ExamToken, _ ExamTokenRevoked) ExamToken {
			t.Revoked = true
			return t
		}))
}

// usable refuses a token that is not there, or is not worth anything any more.
func (t ExamToken) usable(token string) error {
	switch {
	case t.Exam == "":
		return refuse("There is no exam token %q", token)
	case t.Revoked:
		return refuse("Exam token %q was revoked", token)
	case t.Redeemed:
		return refuse("Exam token %q was redeemed already", token)
	}
	return nil
}

// IssueExamToken makes a token for an exam of a course. The token is made by
// whoever sends the command and must be hard to guess.
type IssueExamToken struct {
	Token  string `json:"tokenId" validate:"required,max=64"`
	Exam   string `json:"examId" validate:"required,max=64"`
	Course string `json:"courseId" validate:"required,max=64"`
}

// Decide refuses an unknown course and a token that exists.
func (c IssueExamToken) Decide(d *application.Decision) error {
	exists, token := CourseExists(c.Course), ExamTokenOf(c.Token)
	if err := d.Load(exists, token); err != nil {
		return err
	}
	switch {
	case !exists.State():
		return noCourse(c.Course)
	case token.State().Exam != "":
		return refuse("Exam token %q was issued already", c.Token)
	}
	return d.Record(ExamTokenIssued(c))
}

// RedeemExamToken signs a student up for the exam of a token.
type RedeemExamToken struct {
	Token   string `json:"tokenId" validate:"required,max=64"`
	Student string `json:"studentId" validate:"required,max=64"`
}

// Decide refuses an unknown student, and a token that was never issued, was revoked
// or was redeemed.
func (c RedeemExamToken) Decide(d *application.Decision) error {
	token, student := ExamTokenOf(c.Token), StudentExists(c.Student)
	if err := d.Load(token, student); err != nil {
		return err
	}
	if !student.State() {
		return noStudent(c.Student)
	}
	if err := token.State().usable(c.Token); err != nil {
		return err
	}
	return d.Record(ExamTokenRedeemed{Token: c.Token, Exam: token.State().Exam, Student: c.Student})
}

// RevokeExamToken makes a token worthless.
type RevokeExamToken struct {
	Token string `json:"tokenId" validate:"required,max=64"`
}

// Decide refuses a token that was never issued, was revoked or was redeemed.
func (c RevokeExamToken) Decide(d *application.Decision) error {
	token := ExamTokenOf(c.Token)
	if err := d.Load(token); err != nil {
		return err
	}
	if err := token.State().usable(c.Token); err != nil {
		return err
	}
	return d.Record(ExamTokenRevoked{Token: c.Token, Exam: token.State().Exam})
}
