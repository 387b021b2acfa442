package journal_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
)

func TestAnInternerGivesEveryoneTheSameCopy(t *testing.T) {
	t.Parallel()
	var types journal.Interner
	const readers, kinds = 8, 100
	copies := make([][]string, readers)
	var wait sync.WaitGroup
	for i := range readers {
		wait.Go(func() {
			for k := range kinds {
				copies[i] = append(copies[i], types.Intern(fmt.Sprintf("Type%d", k)))
			}
		})
	}
	wait.Wait()
	for i := range readers {
		for k, s := range copies[i] {
			if want := fmt.Sprintf("Type%d", k); s != want {
				t.Fatalf("reader %d got %q, want %q", i, s, want)
			}
			if unsafe.StringData(s) != unsafe.StringData(copies[0][k]) {
				t.Fatalf("readers 0 and %d got two copies of %q", i, s)
			}
		}
	}
}

func TestAnInternerKeepsNothingOfTheTextItIsGiven(t *testing.T) {
	t.Parallel()
	var types journal.Interner
	text := strings.Repeat("x", 10)
	if kept := types.Intern(text); unsafe.StringData(kept) == unsafe.StringData(text) {
		t.Error("the text itself is kept")
	}
}

func TestAnInternerIsBounded(t *testing.T) {
	t.Parallel()
	var types journal.Interner
	for i := range journal.MostInterned + 1 {
		types.Intern(fmt.Sprint(i))
	}
	for _, tt := range []struct {
		number int
		kept   bool
	}{{0, true}, {journal.MostInterned - 1, true}, {journal.MostInterned, false}, {journal.MostInterned + 1, false}} {
		s := fmt.Sprint(tt.number)
		a, b := types.Intern(s), types.Intern(s)
		if a != s || b != s {
			t.Fatalf("%q came back as %q and %q", s, a, b)
		}
		if kept := unsafe.StringData(a) == unsafe.StringData(b); kept != tt.kept {
			t.Errorf("text %d is kept: %v, want %v", tt.number, kept, tt.kept)
		}
	}
}
