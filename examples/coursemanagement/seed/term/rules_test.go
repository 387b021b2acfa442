package term_test

import (
	"testing"
	"time"

	school "github.com/opossum-go/opossum/examples/coursemanagement"
	"github.com/opossum-go/opossum/examples/coursemanagement/seed/term"
)

// ledger checks the rules of the school in plain Go, without its models, on many
// events quickly.
type ledger struct {
	t        *testing.T
	emails   map[string]bool
	tiers    map[string]school.Tier
	taken    map[string]int // courses of students
	seats    map[string]int // capacity of courses
	filled   map[string]int // students of courses
	pairs    map[[2]string]bool
	notices  map[string]bool // announcements that stand
	tokens   map[string]string
	prices   map[string][]school.Cents
	changed  map[string]time.Time
	invoices int
	graceful int // purchases at the price before
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	return &ledger{
		t: t, emails: map[string]bool{}, tiers: map[string]school.Tier{}, taken: map[string]int{}, seats: map[string]int{},
		filled: map[string]int{}, pairs: map[[2]string]bool{}, notices: map[string]bool{}, tokens: map[string]string{},
		prices: map[string][]school.Cents{}, changed: map[string]time.Time{},
	}
}

// want fails the test at the first event that breaks a rule.
func (l *ledger) want(holds bool, rule string, event any) {
	l.t.Helper()
	if !holds {
		l.t.Fatalf("%s: %T %+v", rule, event, event)
	}
}

// enter checks one event against those before it.
func (l *ledger) enter(event any, now time.Time) {
	l.t.Helper()
	switch e := event.(type) {
	case school.StudentRegistered:
		l.want(!l.emails[e.Email] && l.tiers[e.Student] == "", "id and address are new", e)
		l.emails[e.Email], l.tiers[e.Student] = true, school.Basic
	case school.SubscriptionTierChanged:
		l.want(l.tiers[e.Student] != "" && l.tiers[e.Student] != e.Tier, "a student moves to another tier", e)
		l.tiers[e.Student] = e.Tier
	case school.CourseCreated:
		l.want(l.seats[e.Course] == 0 && e.Capacity > 0, "a new course has seats", e)
		l.seats[e.Course] = e.Capacity
	case school.CourseCapacityChanged:
		l.want(l.seats[e.Course] != 0 && l.seats[e.Course] != e.Capacity, "a course gets another capacity", e)
		l.seats[e.Course] = e.Capacity
		l.want(l.filled[e.Course] <= e.Capacity, "no student loses a seat", e)
	case school.StudentEnrolled:
		pair := [2]string{e.Course, e.Student}
		l.want(!l.pairs[pair], "nobody enrols twice", e)
		l.pairs[pair] = true
		l.filled[e.Course]++
		l.taken[e.Student]++
		l.want(l.filled[e.Course] <= l.seats[e.Course], "a course has as many students as seats", e)
		l.want(l.taken[e.Student] <= l.tiers[e.Student].Courses(), "a tier is not exceeded", e)
	case school.AnnouncementPosted:
		l.want(l.seats[e.Course] > 0 && !l.notices[e.Token], "an announcement is new", e)
		l.notices[e.Token] = true
	case school.AnnouncementRetracted:
		l.want(l.notices[e.Token], "what is retracted stands", e)
		delete(l.notices, e.Token)
	case school.InvoiceIssued:
		l.want(e.Number == l.invoices+1 && e.Amount > 0 && e.Customer != "", "numbers have no gaps", e)
		l.invoices++
	default:
		l.trade(event, now)
	}
}

// trade checks exam tokens and books.
func (l *ledger) trade(event any, now time.Time) {
	l.t.Helper()
	switch e := event.(type) {
	case school.ExamTokenIssued:
		l.want(l.seats[e.Course] > 0 && l.tokens[e.Token] == "", "a token is new", e)
		l.tokens[e.Token] = "issued"
	case school.ExamTokenRedeemed:
		l.want(l.tokens[e.Token] == "issued" && l.tiers[e.Student] != "", "a token is redeemed once", e)
		l.tokens[e.Token] = "redeemed"
	case school.ExamTokenRevoked:
		l.want(l.tokens[e.Token] == "issued", "a token is revoked while it is good", e)
		l.tokens[e.Token] = "revoked"
	case school.CourseBookDefined:
		l.want(l.seats[e.Course] > 0 && l.prices[e.Book] == nil && e.Price > 0, "a book is new", e)
		l.prices[e.Book] = []school.Cents{e.Price}
	case school.CourseBookPriceChanged:
		l.want(len(l.prices[e.Book]) == 1 && l.prices[e.Book][0] != e.Price, "a price changes", e)
		l.prices[e.Book], l.changed[e.Book] = append(l.prices[e.Book], e.Price), now
	case school.CourseBookPurchased:
		l.want(l.tiers[e.Student] != "", "a student buys", e)
		l.pays(e.Book, e.Price, now)
	case school.CourseBooksOrdered:
		l.want(l.tiers[e.Student] != "" && len(e.Lines) > 0, "a student orders something", e)
		books := make(map[string]bool)
		for _, line := range e.Lines {
			l.pays(line.Book, line.Price, now)
			books[line.Book] = true
		}
		l.want(len(books) == len(e.Lines), "a book is in a cart once", e)
	default:
		l.t.Fatalf("no rule for %T", event)
	}
}

// pays checks what is paid for a book: the current price or, for half an hour, the
// one before.
func (l *ledger) pays(book string, price school.Cents, now time.Time) {
	l.t.Helper()
	prices := l.prices[book]
	if len(prices) > 0 && price == prices[len(prices)-1] {
		return
	}
	l.want(len(prices) == 2 && price == prices[0] && now.Sub(l.changed[book]) <= 30*time.Minute, "a price is valid", book)
	l.graceful++
}

func TestTheRulesHoldOverTheData(t *testing.T) {
	t.Parallel()
	for _, preset := range []string{"small", "medium"} {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			if preset == "medium" && testing.Short() {
				t.Skip("230 thousand events are checked without -short only")
			}
			book := newLedger(t)
			for event, err := range plan(t, preset, term.Options{Seed: 11}).Events() {
				if err != nil {
					t.Fatal(err)
				}
				fact, err := school.Codec().Decode(event)
				if err != nil {
					t.Fatal(err)
				}
				book.enter(fact, event.Metadata.OccurredAt)
			}
			size := term.Presets()[preset]
			if len(book.tiers) != size.Students || len(book.seats) != size.Courses || book.invoices != size.Invoices {
				t.Errorf("%d students, %d courses, %d invoices; want %+v", len(book.tiers), len(book.seats), book.invoices, size)
			}
			if want := size.Courses * 2 / 5; book.graceful < want {
				t.Errorf("%d purchases within the time of grace, want %d at least", book.graceful, want)
			}
		})
	}
}
