package coursemanagement

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// Register lets app execute all commands of this package. It panics when they are
// registered already.
func Register(app *application.App) {
	register[RegisterStudent](app)
	register[ChangeSubscriptionTier](app)
	register[CreateCourse](app)
	register[ChangeCourseCapacity](app)
	register[EnrolStudent](app)
	register[PostAnnouncement](app)
	register[RetractAnnouncement](app)
	register[IssueExamToken](app)
	register[RedeemExamToken](app)
	register[RevokeExamToken](app)
	register[DefineCourseBook](app)
	register[ChangeCourseBookPrice](app)
	register[PurchaseCourseBook](app)
	register[OrderCourseBooks](app)
	register[IssueInvoice](app)
}

func register[C interface {
	Decide(d *application.Decision) error
}](app *application.App) {
	application.Handle(app, func(d *application.Decision, c C) error { return c.Decide(d) })
}

// Codec returns a codec of all events of this package.
func Codec() *decision.Codec { return codec }

var codec = func() *decision.Codec {
	c, err := decision.NewCodec(
		decision.Kind[StudentRegistered](), decision.Kind[SubscriptionTierChanged](),
		decision.Kind[CourseCreated](), decision.Kind[CourseCapacityChanged](), decision.Kind[StudentEnrolled](),
		decision.Kind[AnnouncementPosted](), decision.Kind[AnnouncementRetracted](),
		decision.Kind[ExamTokenIssued](), decision.Kind[ExamTokenRedeemed](), decision.Kind[ExamTokenRevoked](),
		decision.Kind[CourseBookDefined](), decision.Kind[CourseBookPriceChanged](),
		decision.Kind[CourseBookPurchased](), decision.Kind[CourseBooksOrdered](),
		decision.Kind[InvoiceIssued](),
	)
	if err != nil {
		panic(err) // two events of this package share a name
	}
	return c
}()
