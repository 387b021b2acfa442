package library

import (
	"errors"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// OnShelf answers whether the book can be taken.
func OnShelf(book string) *decision.Model[bool] {
	return decision.New(false, bookTag(book)).With(
		decision.On(func(bool, BookAcquired) bool { return true }),
		decision.On(func(bool, BookLent) bool { return false }),
		decision.On(func(bool, BookReturned) bool { return true }))
}

// Loans answers which books the member has at home, and since when.
func Loans(member string) *decision.Model[map[string]time.Time] {
	type loans = map[string]time.Time
	return decision.New(loans{}, memberTag(member)).With(
		decision.OnSequenced(func(l loans, e BookLent, stored domain.SequencedEvent) loans {
			l[e.Book] = stored.RecordedAt
			return l
		}),
		decision.On(func(l loans, e BookReturned) loans {
			delete(l, e.Book)
			return l
		}))
}

// What a member is told who cannot have a book.
var (
	ErrNotOnShelf = errors.New("the book is not on the shelf")
	ErrTooMany    = errors.New("the member has two books already")
	ErrOverdue    = errors.New("the member has a book for longer than thirty days")
)

// LendBook gives a book to a member.
type LendBook struct {
	Book   string `validate:"required"`
	Member string `validate:"required"`
}

// Decide refuses a book that is not there, a third book, and any book as long as
// another one is overdue.
func (c LendBook) Decide(d *application.Decision) error {
	shelf, loans := OnShelf(c.Book), Loans(c.Member)
	if err := d.Load(shelf, loans); err != nil {
		return err
	}
	if !shelf.State() {
		return ErrNotOnShelf
	}
	if len(loans.State()) >= 2 {
		return ErrTooMany
	}
	for _, since := range loans.State() {
		if d.Now().Sub(since) > 30*24*time.Hour {
			return ErrOverdue
		}
	}
	return d.Record(BookLent(c))
}

// Register lets an App execute the commands of the library.
func Register(app *application.App) {
	application.Handle(app, func(d *application.Decision, c LendBook) error { return c.Decide(d) })
}
