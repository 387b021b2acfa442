package term

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/decision"
	school "github.com/opossum-go/opossum/examples/coursemanagement"
)

var (
	given = []string{
		"Ada", "Ben", "Clara", "David", "Emil", "Fatima", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mila", "Noah", "Olga", "Paul",
		"Quinn", "Rosa", "Samir", "Tilda", "Uwe", "Vera", "Walid", "Xenia", "Yusuf", "Zoe",
	}
	family = []string{
		"Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Larch", "Maple", "Nettle", "Oak", "Pine",
		"Quince", "Rowan", "Spruce", "Teak", "Willow", "Yew",
	}
	levels   = []string{"Introduction to", "Foundations of", "Advanced", "Topics in", "The History of", "Workshop:"}
	subjects = []string{
		"Algebra", "Botany", "Chemistry", "Drawing", "Economics", "Film", "Geometry", "Harmony", "Information Retrieval", "Journalism",
		"Logic", "Mechanics", "Navigation", "Optics", "Poetry", "Rhetoric", "Statistics", "Topology", "Zoology",
	}
	notices = []string{
		"The next lesson is in another room", "The exercises for next week are out", "No lesson on Friday", "A guest speaks next time",
		"Bring your books", "The exam takes place as planned", "Solutions are in the library",
	}
)

// told returns the event of a fact. Invoice is the number of the invoice, if it is
// one.
func (t *Term) told(f fact, invoice int) decision.Event {
	switch f.kind {
	case studentRegistered:
		name := person(f.a)
		address := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "." + t.id("", f.a) + "@school.example"
		return school.StudentRegistered{Student: t.student(f.a), Name: name, Email: address}
	case tierChanged:
		return school.SubscriptionTierChanged{Student: t.student(f.a), Tier: school.Tiers()[f.b]}
	case courseCreated:
		return school.CourseCreated{Course: t.course(f.a), Title: title(f.a), Capacity: int(f.b)}
	case capacityChanged:
		return school.CourseCapacityChanged{Course: t.course(f.a), Capacity: int(f.b)}
	case enrolled:
		return school.StudentEnrolled{Course: t.course(f.a), Student: t.student(f.b)}
	case announced:
		notice := pick(notices, f.b)
		return school.AnnouncementPosted{
			Course: t.course(f.a), Token: t.uuid("announcement", f.b), Title: notice,
			Body: "To all students of " + title(f.a) + ": " + strings.ToLower(notice[:1]) + notice[1:] + ".",
		}
	case retracted:
		return school.AnnouncementRetracted{Course: t.course(f.a), Token: t.uuid("announcement", f.b)}
	case tokenIssued:
		return school.ExamTokenIssued{Token: t.token(f.a), Exam: t.exam(f.a), Course: t.course(courseOf(f.a))}
	case tokenRedeemed:
		return school.ExamTokenRedeemed{Token: t.token(f.a), Exam: t.exam(f.a), Student: t.student(f.b)}
	case tokenRevoked:
		return school.ExamTokenRevoked{Token: t.token(f.a), Exam: t.exam(f.a)}
	case bookDefined:
		return school.CourseBookDefined{Book: t.book(f.a), Course: t.course(f.a), Title: "A Reader: " + title(f.a), Price: school.Cents(f.b)}
	case priceChanged:
		return school.CourseBookPriceChanged{Book: t.book(f.a), Price: school.Cents(f.b)}
	case purchased:
		return school.CourseBookPurchased{Student: t.student(f.a), Book: t.book(f.b), Course: t.course(f.b), Price: school.Cents(f.c)}
	case ordered:
		order := school.CourseBooksOrdered{Student: t.student(f.a)}
		for _, l := range t.carts[f.b] {
			order.Lines = append(order.Lines, school.OrderLine{Book: t.book(l.book), Course: t.course(l.book), Price: school.Cents(l.price)})
		}
		return order
	case invoiceIssued:
		return school.InvoiceIssued{Number: invoice, Customer: person(f.a), Amount: school.Cents(f.b)}
	default:
		panic(fmt.Sprintf("no words for a fact of kind %d", f.kind))
	}
}

func (t *Term) student(n int32) string { return t.id("s", n) }
func (t *Term) course(n int32) string  { return t.id("c", n) }
func (t *Term) book(n int32) string    { return t.id("b", n) }
func (t *Term) exam(n int32) string    { return t.id("e", examOf(n)) }
func (t *Term) token(n int32) string   { return t.uuid("token", n) }

// id returns the id of the thing with a number, from 1.
func (t *Term) id(of string, n int32) string {
	return t.options.Prefix + of + strconv.Itoa(int(n)+1)
}

func person(n int32) string { return pick(given, n) + " " + pick(family, n/7) }

func title(n int32) string { return pick(levels, n/int32(len(subjects))) + " " + pick(subjects, n) }

func pick(from []string, n int32) string { return from[int(n)%len(from)] }
