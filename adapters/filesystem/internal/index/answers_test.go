package index_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func TestBothFormsAnswerLikeALookAtEveryEvent(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		s := newSegment(seed, domain.Position(1+seed*seed*seed))
		s.grow(s.rng.IntN(900))
		for form, part := range bothForms(t, s) {
			if part.First() != s.first || part.Last() != s.last() {
				t.Fatalf("%s holds %d to %d, want %d to %d", form, part.First(), part.Last(), s.first, s.last())
			}
			for range 60 {
				q := s.query()
				c, err := part.Cursor(q)
				if err != nil {
					t.Fatal(err)
				}
				// One cursor leaps about, so that it must not rely on where it was.
				for range 12 {
					from, to := s.window()
					if got, err := c.Next(from, to); got != s.next(q, from, to) || err != nil {
						t.Fatalf("seed %d, %s: Next(%d, %d) of %v = %d, %v; want %d", seed, form, from, to, q, got, err, s.next(q, from, to))
					}
					if got, err := c.Prev(from, to); got != s.prev(q, from, to) || err != nil {
						t.Fatalf("seed %d, %s: Prev(%d, %d) of %v = %d, %v; want %d", seed, form, from, to, q, got, err, s.prev(q, from, to))
					}
				}
			}
		}
	}
}

func TestAWalkThroughEitherFormVisitsEveryMatchOnce(t *testing.T) {
	t.Parallel()
	s := newSegment(1, 1000)
	s.grow(3000)
	for form, part := range bothForms(t, s) {
		for range 60 {
			q := s.query()
			up, down, err := walk(part, q)
			if err != nil {
				t.Fatal(err)
			}
			if want := s.matches(q); !slices.Equal(up, want) || !slices.Equal(down, want) {
				t.Fatalf("%s: query %v: upwards %v, downwards %v, want %v", form, q, up, down, want)
			}
		}
	}
}

func TestBothFormsKnowWhereLinesStand(t *testing.T) {
	t.Parallel()
	for _, longest := range []uint32{1, math.MaxUint8, math.MaxUint8 + 1, math.MaxUint16 + 1, 1 << 24, math.MaxUint32} {
		s := newSegment(2, 77)
		s.grow(300)
		s.entries = append(s.entries, s.entries[0])
		s.entries[300].Length = longest
		s.events = append(s.events, domain.Event{Type: "Long"})
		s.memory.Add(s.entries[300], "Long", nil)
		for form, part := range bothForms(t, s) {
			for i, want := range s.entries {
				if got, err := part.Entry(s.first + domain.Position(i)); got != want || err != nil {
					t.Fatalf("%s: line of position %d at %+v, %v; want %+v", form, 77+i, got, err, want)
				}
			}
			for _, p := range []domain.Position{0, 76, 77 + 301, math.MaxUint64} {
				if _, err := part.Entry(p); err == nil {
					t.Errorf("%s: knows the line of position %d, which it does not hold", form, p)
				}
			}
		}
		if !slices.Equal(s.memory.Entries(), s.entries) || s.memory.Len() != len(s.entries) {
			t.Error("memory gives other lines as a whole than one by one")
		}
	}
}

func TestMoreTypesThanFitInAByteAreKeptApart(t *testing.T) {
	t.Parallel()
	for _, kinds := range []int{256, 257, 1<<16 + 1} {
		s := newSegment(4, 1)
		for i := range kinds + 10 {
			s.add(fmt.Sprint("T", i%kinds), "all", domain.Tag(fmt.Sprint("event ", i)))
		}
		for form, part := range bothForms(t, s) {
			for _, kind := range []int{0, 1, 254, 255, kinds / 2, kinds - 2, kinds - 1} {
				want := []domain.Position{domain.Position(kind + 1)}
				if kind < 10 {
					want = append(want, domain.Position(kinds+kind+1))
				}
				typ := fmt.Sprint("T", kind)
				for q, want := range map[string]struct {
					query domain.Query
					want  []domain.Position
				}{
					"by the list of the type":     {domain.NewQuery(domain.OfTypes(typ)), want},
					"beside a tag that all carry": {domain.NewQuery(domain.OfTypes(typ).Tagged("all")), want},
					"by the column of types":      {domain.NewQuery(domain.OfTypes(typ).Tagged(domain.Tag(fmt.Sprint("event ", kind)))), want[:1]},
				} {
					up, down, err := walk(part, want.query)
					if err != nil || !slices.Equal(up, want.want) || !slices.Equal(down, want.want) {
						t.Errorf("%s with %d types: type %s %s is found at %v and %v, %v; want %v", form, kinds, typ, q, up, down, err, want.want)
					}
				}
			}
		}
	}
}

// Whether types are walked or looked up depends on how many events there are of
// them; the answer does not.
func TestATypeIsFoundHoweverRareItIsBesideTheTag(t *testing.T) {
	t.Parallel()
	for _, every := range []int{1, 3, 4, 5, 100, 999} {
		s := newSegment(5, 10)
		for i := range 1000 {
			typ := "Common"
			if i%every == 0 {
				typ = fmt.Sprint("Rare", i%2)
			}
			s.add(typ, "hot")
		}
		q := domain.NewQuery(domain.OfTypes("Rare0", "Rare1", "None").Tagged("hot"))
		for form, part := range bothForms(t, s) {
			up, down, err := walk(part, q)
			if want := s.matches(q); err != nil || !slices.Equal(up, want) || !slices.Equal(down, want) {
				t.Errorf("%s, one in %d: got %d up and %d down, %v; want %d", form, every, len(up), len(down), err, len(want))
			}
		}
	}
}

// Every seek is tried from every place where a walk through a list may stand.
func TestAWalkLeapsFromAnywhereToAnywhere(t *testing.T) {
	t.Parallel()
	s := newSegment(13, 1)
	for i := range 700 {
		s.add("T", []domain.Tag{"even", "odd"}[i%2])
	}
	q := domain.NewQuery(domain.Tagged("even"))
	for form, part := range bothForms(t, s) {
		c, err := part.Cursor(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, stand := range []domain.Position{1, 128, 255, 256, 257, 258, 259, 400, 511, 512, 513, 514, 515, 699, 700} {
			for p := range s.last() + 2 {
				if got, err := c.Next(stand, s.last()); got != s.next(q, stand, s.last()) || err != nil {
					t.Fatalf("%s: Next(%d) = %d, %v", form, stand, got, err)
				}
				if got, err := c.Next(p, s.last()); got != s.next(q, p, s.last()) || err != nil {
					t.Fatalf("%s: from %d, Next(%d) = %d, %v", form, stand, p, got, err)
				}
				if got, err := c.Prev(stand, 1); got != s.prev(q, stand, 1) || err != nil {
					t.Fatalf("%s: Prev(%d) = %d, %v", form, stand, got, err)
				}
				if got, err := c.Prev(p, 1); got != s.prev(q, p, 1) || err != nil {
					t.Fatalf("%s: from %d, Prev(%d) = %d, %v", form, stand, p, got, err)
				}
			}
		}
	}
}

func TestAnEmptyPartFindsNothing(t *testing.T) {
	t.Parallel()
	for _, first := range []domain.Position{1, 2, 1 << 40} {
		s := newSegment(6, first)
		s.memory.Truncate(first - 1)
		for form, part := range bothForms(t, s) {
			if part.Last() != first-1 {
				t.Errorf("%s: the last position is %d, want %d", form, part.Last(), first-1)
			}
			for _, q := range []domain.Query{domain.All(), domain.NewQuery(domain.OfTypes("A")), domain.NewQuery(domain.Tagged("a")), {}} {
				up, down, err := walk(part, q)
				if len(up)+len(down) != 0 || err != nil {
					t.Errorf("%s: %v finds %v and %v, %v", form, q, up, down, err)
				}
			}
		}
	}
}

// The race detector sees it when those who touch a block first get in each other's way.
func TestASidecarIsUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newSegment(12, 9)
	s.grow(3000)
	sidecar := s.sidecar(t)
	var queries []domain.Query
	for range 10 {
		queries = append(queries, s.query())
	}
	want := answers(s.memory, queries)
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			if !slices.Equal(answers(sidecar, queries), want) {
				t.Error("one of many users got another answer")
			}
		})
	}
	users.Wait()
}

// With so many tags some of those that no event carries look like one that is
// carried, until the names are compared.
func TestATagIsNotTakenForAnother(t *testing.T) {
	t.Parallel()
	s := newSegment(16, 1)
	var tags []domain.Tag
	for i := range 1 << 16 {
		if tags = append(tags, domain.Tag(fmt.Sprint("carried ", i))); len(tags) == domain.MaxTags {
			s.add("T", tags...)
			tags = nil
		}
	}
	sidecar := s.sidecar(t)
	for i := range 50_000 {
		q := domain.NewQuery(domain.Tagged(domain.Tag(fmt.Sprint("not carried ", i))))
		c, err := sidecar.Cursor(q)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Next(1, s.last()); got != 0 || err != nil {
			t.Fatalf("%v is found at %d, %v", q, got, err)
		}
	}
	if err := sidecar.Check(s.info(), s.memory); err != nil {
		t.Error(err)
	}
}
