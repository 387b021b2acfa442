package index_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

func TestWhatWasTruncatedIsFoundNoMore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(15) {
		s := newSegment(seed, 5)
		for range 6 {
			s.grow(s.rng.IntN(200))
			s.truncate(s.rng.IntN(len(s.events) + 1))
			s.memory.Truncate(s.last() + 3) // nothing to forget
			for form, part := range bothForms(t, s) {
				for range 20 {
					q := s.query()
					up, down, err := walk(part, q)
					if want := s.matches(q); err != nil || !slices.Equal(up, want) || !slices.Equal(down, want) {
						t.Fatalf("seed %d, %s: %v is found at %v and %v, %v; want %v", seed, form, q, up, down, err, want)
					}
				}
			}
		}
	}
}

func TestCursorsAndLinesStayTrueWhileTheMemoryGoesOn(t *testing.T) {
	t.Parallel()
	type taken struct {
		query   domain.Query
		cursor  index.PartCursor
		want    []domain.Position
		lines   []journal.Entry
		entries []journal.Entry
	}
	for seed := range uint64(20) {
		s := newSegment(seed, 3)
		s.grow(20)
		var all []taken
		for round := range 80 {
			switch {
			case s.oneIn(8):
				s.truncate(s.rng.IntN(len(s.events) + 1))
			case s.oneIn(2):
				q := s.query()
				c, err := s.memory.Cursor(q)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, taken{q, c, s.matches(q), s.memory.Entries(), slices.Clone(s.entries)})
			default:
				// New types make the column of types wider.
				for i := range s.rng.IntN(40) {
					s.add(fmt.Sprint("New", round, i), "t0")
				}
				s.grow(10)
			}
		}
		for _, c := range all {
			head := s.first + domain.Position(len(c.entries)) - 1
			var got []domain.Position
			at, err := c.cursor.Next(1, head)
			for ; at != 0 && err == nil; at, err = c.cursor.Next(at+1, head) {
				got = append(got, at)
			}
			if err != nil || !slices.Equal(got, c.want) || !slices.Equal(c.lines, c.entries) {
				t.Fatalf("seed %d: a cursor for %v at head %d finds %v, %v; want %v", seed, c.query, head, got, err, c.want)
			}
		}
	}
}

// The race detector sees it when a cursor looks where Add writes.
func TestACursorNeedsNoLockOnceItIsTaken(t *testing.T) {
	t.Parallel()
	s := newSegment(7, 1)
	s.grow(100)
	q := domain.NewQuery(domain.OfTypes("T0", "T1").Tagged("t1"), domain.OfTypes("Rare"))
	want := s.matches(q)
	lines := s.memory.Entries()
	var readers sync.WaitGroup
	for range 4 {
		c, err := s.memory.Cursor(q)
		if err != nil {
			t.Fatal(err)
		}
		readers.Go(func() {
			for range 20 {
				var got []domain.Position
				at, err := c.Next(1, 100)
				for ; at != 0 && err == nil; at, err = c.Next(at+1, 100) {
					got = append(got, at)
				}
				if err != nil || !slices.Equal(got, want) || len(lines) != 100 {
					t.Errorf("found %v, %v; want %v", got, err, want)
				}
			}
		})
	}
	s.truncate(60) // what the cursors still see
	for i := range 2000 {
		s.add(fmt.Sprint("T", i%700), "t1", "t2")
	}
	readers.Wait()
}

func TestATagThatAnEventCarriesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	s := newSegment(8, 1)
	s.add("A", "x", "y", "x")
	s.add("A", "y", "y")
	q := domain.NewQuery(domain.Tagged("x"))
	for form, part := range bothForms(t, s) {
		up, _, err := walk(part, q)
		if err != nil || !slices.Equal(up, []domain.Position{1}) {
			t.Errorf("%s: %v is found at %v, %v; want 1 once", form, q, up, err)
		}
	}
}
