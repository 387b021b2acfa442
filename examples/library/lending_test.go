package library_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/library"
)

func TestABookOnTheShelfIsLent(t *testing.T) {
	decisiontest.Given(t, library.BookAcquired{Book: "dune"}).
		When(library.LendBook{Book: "dune", Member: "ada"}.Decide).
		Then(library.BookLent{Book: "dune", Member: "ada"})
}

func TestABookThatIsLentIsNotOnTheShelf(t *testing.T) {
	decisiontest.Given(t,
		library.BookAcquired{Book: "dune"},
		library.BookLent{Book: "dune", Member: "bob"}).
		When(library.LendBook{Book: "dune", Member: "ada"}.Decide).
		ThenError(library.ErrNotOnShelf)
}

func TestABookThatCameBackIsLentAgain(t *testing.T) {
	decisiontest.Given(t,
		library.BookAcquired{Book: "dune"},
		library.BookLent{Book: "dune", Member: "bob"},
		library.BookReturned{Book: "dune", Member: "bob"}).
		When(library.LendBook{Book: "dune", Member: "ada"}.Decide).
		Then(library.BookLent{Book: "dune", Member: "ada"})
}

func TestWhatOthersReadIsNobodysBusiness(t *testing.T) {
	decisiontest.Given(t, library.BookAcquired{Book: "dune"}).
		Noise(
			library.BookAcquired{Book: "emma"},
			library.BookLent{Book: "emma", Member: "bob"}).
		When(library.LendBook{Book: "dune", Member: "ada"}.Decide).
		Then(library.BookLent{Book: "dune", Member: "ada"}).
		Boundary(
			domain.OfTypes("BookAcquired", "BookLent", "BookReturned").Tagged("book:dune"),
			domain.OfTypes("BookLent", "BookReturned").Tagged("member:ada"))
}

func TestTheThirtyFirstDayIsTooLong(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name string
		age  time.Duration
		want error
	}{
		{"thirty days", 30 * day, nil},
		{"a second more", 30*day + time.Second, library.ErrOverdue},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			when := decisiontest.Given(t,
				decisiontest.Ago(tt.age, library.BookLent{Book: "emma", Member: "ada"}),
				library.BookAcquired{Book: "dune"}).
				When(library.LendBook{Book: "dune", Member: "ada"}.Decide)
			if tt.want != nil {
				when.ThenError(tt.want)
				return
			}
			when.Then(library.BookLent{Book: "dune", Member: "ada"})
		})
	}
}

func TestTwoMembersWantTheSameBook(t *testing.T) {
	decisiontest.Given(t, library.BookAcquired{Book: "dune"}).
		When(library.LendBook{Book: "dune", Member: "ada"}.Decide).
		Against(library.LendBook{Book: "dune", Member: "bob"}.Decide).
		Then(library.BookLent{Book: "dune", Member: "ada"})
}

func TestTheStoredFormOfEvents(t *testing.T) {
	decisiontest.Golden(t,
		library.BookAcquired{Book: "dune"},
		library.BookLent{Book: "dune", Member: "ada"},
		library.BookReturned{Book: "dune", Member: "ada"})
}

func Example() {
	folder, err := os.MkdirTemp("", "library")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()

	ctx := context.Background()
	store, err := filesystem.Open(ctx, folder, filesystem.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()

	acquire := func(d *application.Decision) error {
		d.RequireNone(domain.NewQuery(domain.OfTypes("BookAcquired").Tagged("book:dune")))
		return d.Record(library.BookAcquired{Book: "dune"})
	}
	if _, err := application.Decide(ctx, store, acquire); err != nil {
		fmt.Println(err)
		return
	}

	app := application.New(store)
	library.Register(app)
	for _, member := range []string{"ada", "bob", ""} {
		result, err := app.Execute(ctx, library.LendBook{Book: "dune", Member: member})
		if err != nil {
			fmt.Println("refused:", err)
			continue
		}
		fmt.Println("stored at position", result.Positions.First)
	}
	// Output:
	// stored at position 2
	// refused: the book is not on the shelf
	// refused: application: invalid library.LendBook: Member breaks the rule "required", it is ""
}
