package library_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/library"
)

// TestTheTutorialIsThisPackage keeps docs/tutorial.md equal to the files here: the
// pieces of a file in the page, one after the other, are the file.
func TestTheTutorialIsThisPackage(t *testing.T) {
	t.Parallel()
	pieces := map[string][]string{}
	for _, block := range regexp.MustCompile("(?s)\n```go (\\S+)\n(.*?)```\n").FindAllStringSubmatch(tutorial(t), -1) {
		pieces[block[1]] = append(pieces[block[1]], block[2])
	}
	for _, file := range []string{"events.go", "lending.go", "lending_test.go"} {
		if got, want := strings.Join(pieces[file], "\n"), mustRead(t, file); got != want {
			t.Errorf("docs/tutorial.md makes another %s:\n%s\nthan is here:\n%s", file, got, want)
		}
		delete(pieces, file)
	}
	for file := range pieces {
		t.Errorf("docs/tutorial.md has pieces of %s, which is not held against this package", file)
	}
}

func TestTheTutorialShowsWhatTheKitSays(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	decisiontest.Given(r,
		library.BookAcquired{Book: "dune"},
		library.BookLent{Book: "dune", Member: "bob"},
		library.BookReturned{Book: "dune", Member: "bob"}).
		When(lendWithoutReturns).
		Then(library.BookLent{Book: "dune", Member: "ada"})
	shown := regexp.MustCompile("(?s)\n```text\n(.*?)```\n").FindStringSubmatch(tutorial(t))
	if shown == nil {
		t.Fatal("docs/tutorial.md shows no output")
	}
	if got := r.text.String(); got != shown[1] {
		t.Errorf("the kit says\n%s\nbut docs/tutorial.md shows\n%s", got, shown[1])
	}
}

// lendWithoutReturns is LendBook with a model that lacks its last handler.
func lendWithoutReturns(d *application.Decision) error {
	shelf := decision.New(false, domain.NewTag("book", "dune")).With(
		decision.On(func(bool, library.BookAcquired) bool { return true }),
		decision.On(func(bool, library.BookLent) bool { return false }))
	if err := d.Load(shelf, library.Loans("ada")); err != nil {
		return err
	}
	if !shelf.State() {
		return library.ErrNotOnShelf
	}
	return d.Record(library.BookLent{Book: "dune", Member: "ada"})
}

// recorder keeps what a failing test would print.
type recorder struct {
	testing.TB
	text strings.Builder
}

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

func tutorial(t *testing.T) string {
	t.Helper()
	return mustRead(t, filepath.Join("..", "..", "docs", "tutorial.md"))
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
