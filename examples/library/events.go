package library

import "github.com/opossum-go/opossum/domain"

// BookAcquired says that the library owns a book from now on.
type BookAcquired struct {
	Book string `json:"book"`
}

// EventType returns "BookAcquired".
func (BookAcquired) EventType() string { return "BookAcquired" }

// Tags returns the book.
func (e BookAcquired) Tags() []domain.Tag { return []domain.Tag{bookTag(e.Book)} }

// BookLent says that a member took a book home.
type BookLent struct {
	Book   string `json:"book"`
	Member string `json:"member"`
}

// EventType returns "BookLent".
func (BookLent) EventType() string { return "BookLent" }

// Tags returns the book and the member.
func (e BookLent) Tags() []domain.Tag { return []domain.Tag{bookTag(e.Book), memberTag(e.Member)} }

// BookReturned says that a member brought a book back.
type BookReturned struct {
	Book   string `json:"book"`
	Member string `json:"member"`
}

// EventType returns "BookReturned".
func (BookReturned) EventType() string { return "BookReturned" }

// Tags returns the book and the member.
func (e BookReturned) Tags() []domain.Tag { return []domain.Tag{bookTag(e.Book), memberTag(e.Member)} }

func bookTag(id string) domain.Tag   { return domain.NewTag("book", id) }
func memberTag(id string) domain.Tag { return domain.NewTag("member", id) }
