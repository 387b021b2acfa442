package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/domain"
)

var (
	types = []string{"A", "B", "C", "Rare"}
	tags  = []domain.Tag{"a", "b", "c", "d", "rare"}
)

// model is an index that looks at every event.
type model []domain.Event // model[i] is position i+1

func (m model) next(q domain.Query, from, to domain.Position) domain.Position {
	for p := max(from, 1); p <= to && int(p) <= len(m); p++ {
		if q.Matches(m[p-1]) {
			return p
		}
	}
	return 0
}

func (m model) prev(q domain.Query, from, to domain.Position) domain.Position {
	for p := min(from, domain.Position(len(m))); p >= max(to, 1); p-- {
		if q.Matches(m[p-1]) {
			return p
		}
	}
	return 0
}

// world is an index next to the model that it is held to.
type world struct {
	rng   *rand.Rand
	index index.Index
	model model
}

func (w *world) oneIn(n int) bool { return w.rng.IntN(n) == 0 }

func (w *world) add() {
	e := domain.Event{Type: types[w.rng.IntN(3)]}
	if w.oneIn(40) {
		e.Type = "Rare"
	}
	for i, tag := range tags {
		if w.oneIn(2 + i*i*i) {
			e.Tags = append(e.Tags, tag)
		}
	}
	w.model = append(w.model, e)
	// The index must not keep the slice of its caller.
	tagged := slices.Clone(e.Tags)
	w.index.Add(domain.Position(len(w.model)), e.Type, tagged)
	clear(tagged)
}

func (w *world) query() domain.Query {
	if w.oneIn(10) {
		return domain.All()
	}
	var items []domain.QueryItem
	for range 1 + w.rng.IntN(3) {
		var item domain.QueryItem
		for range w.rng.IntN(3) {
			item.Types = append(item.Types, append(types, "None")[w.rng.IntN(len(types)+1)])
		}
		for range w.rng.IntN(4) {
			item.Tags = append(item.Tags, append(tags, "none")[w.rng.IntN(len(tags)+1)])
		}
		if len(item.Types)+len(item.Tags) == 0 {
			item.Tags = tags[:1]
		}
		items = append(items, item)
	}
	return domain.NewQuery(items...)
}

// agree compares the answers of a cursor with those of the model in one window,
// which lies within the head that the cursor was taken at.
func agree(t *testing.T, c index.Cursor, m model, q domain.Query, low, high domain.Position) {
	t.Helper()
	if got, want := c.Next(low, high), m.next(q, low, high); got != want {
		t.Fatalf("Next(%d, %d) of %v = %d, want %d", low, high, q, got, want)
	}
	if got, want := c.Prev(high, low), m.prev(q, high, low); got != want {
		t.Fatalf("Prev(%d, %d) of %v = %d, want %d", high, low, q, got, want)
	}
}

func (w *world) window() (low, high domain.Position) {
	head := len(w.model)
	low, high = domain.Position(1+w.rng.IntN(head+1)), domain.Position(w.rng.IntN(head+1))
	if w.oneIn(3) {
		low = 1
	}
	if w.oneIn(3) {
		high = domain.Position(head)
	}
	return low, high
}

func TestAnswersEqualALookAtEveryEvent(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		w := &world{rng: rand.New(rand.NewPCG(seed, 2))}
		for range 300 {
			switch {
			case w.oneIn(40):
				keep := w.rng.IntN(len(w.model) + 1)
				w.model = w.model[:keep:keep]
				w.index.Truncate(domain.Position(keep))
			case w.oneIn(2):
				w.add()
			default:
				q := w.query()
				low, high := w.window()
				agree(t, w.index.Cursor(q), w.model, q, low, high)
			}
		}
	}
}

func TestAWalkVisitsEveryMatchOnce(t *testing.T) {
	t.Parallel()
	w := &world{rng: rand.New(rand.NewPCG(1, 3))}
	for range 500 {
		w.add()
	}
	head := domain.Position(len(w.model))
	for range 200 {
		q := w.query()
		var want []domain.Position
		for i, e := range w.model {
			if q.Matches(e) {
				want = append(want, domain.Position(i+1))
			}
		}
		c := w.index.Cursor(q)
		var up, down []domain.Position
		for p := c.Next(1, head); p != 0; p = c.Next(p+1, head) {
			up = append(up, p)
		}
		for p := c.Prev(head, 1); p != 0; p = c.Prev(p-1, 1) {
			down = append(down, p)
		}
		slices.Reverse(down)
		if !slices.Equal(up, want) || !slices.Equal(down, want) {
			t.Fatalf("query %v: upwards %v, downwards %v, want %v", q, up, down, want)
		}
	}
}

func TestACursorStaysTrueWhileTheIndexGoesOn(t *testing.T) {
	t.Parallel()
	type taken struct {
		cursor index.Cursor
		model  model
		query  domain.Query
	}
	for seed := range uint64(20) {
		w := &world{rng: rand.New(rand.NewPCG(seed, 4))}
		var all []taken
		lowest := 0 // what a truncation left of the past
		for range 200 {
			switch {
			case w.oneIn(25):
				// Recovery forgets only what no cursor was taken for.
				w.model = w.model[:lowest:lowest]
				w.index.Truncate(domain.Position(lowest))
			case w.oneIn(4):
				q := w.query()
				all = append(all, taken{w.index.Cursor(q), slices.Clone(w.model), q})
				lowest = len(w.model)
			default:
				w.add()
			}
		}
		for _, c := range all {
			head := domain.Position(len(c.model))
			for range 20 {
				low, high := domain.Position(1+w.rng.IntN(int(head)+1)), domain.Position(w.rng.IntN(int(head)+1))
				agree(t, c.cursor, c.model, c.query, low, high)
			}
		}
	}
}

func TestWindowsAtTheEdges(t *testing.T) {
	t.Parallel()
	const last = ^domain.Position(0)
	var x index.Index
	for p := range domain.Position(5) {
		x.Add(p+1, "A", []domain.Tag{"a"})
	}
	for _, q := range []domain.Query{domain.All(), domain.NewQuery(domain.OfTypes("A")), domain.NewQuery(domain.Tagged("a").Tagged("a"))} {
		c := x.Cursor(q)
		for _, tt := range []struct {
			name      string
			got, want domain.Position
		}{
			{"the first", c.Next(1, 5), 1},
			{"the last", c.Prev(5, 1), 5},
			{"a window of one", c.Next(3, 3), 3},
			{"a window of one, downwards", c.Prev(3, 3), 3},
			{"an empty window", c.Next(4, 3), 0},
			{"an empty window, downwards", c.Prev(3, 4), 0},
			{"down to the beginning", c.Prev(2, 0), 2},
			{"down from nothing", c.Prev(0, 0), 0},
			{"beyond every position", c.Next(last, 5), 0},
		} {
			if tt.got != tt.want {
				t.Errorf("%v: %s = %d, want %d", q, tt.name, tt.got, tt.want)
			}
		}
	}
}

func TestAnEmptyIndexFindsNothing(t *testing.T) {
	t.Parallel()
	var x index.Index
	x.Truncate(0)
	for _, q := range []domain.Query{domain.NewQuery(domain.OfTypes("A")), domain.NewQuery(domain.Tagged("a")), {}} {
		c := x.Cursor(q)
		if got := c.Next(1, 100); got != 0 {
			t.Errorf("%v: Next = %d, want 0", q, got)
		}
		if got := c.Prev(100, 1); got != 0 {
			t.Errorf("%v: Prev = %d, want 0", q, got)
		}
	}
}

func TestWhatWasForgottenIsFoundNoMore(t *testing.T) {
	t.Parallel()
	var x index.Index
	for p := range domain.Position(9) {
		x.Add(p+1, fmt.Sprint("T", p+1), []domain.Tag{"all", domain.Tag(fmt.Sprint("t", p+1))})
	}
	x.Truncate(4)
	for p := range domain.Position(9) {
		want := p + 1
		if want > 4 {
			want = 0
		}
		for _, q := range []domain.Query{
			domain.NewQuery(domain.OfTypes(fmt.Sprint("T", p+1))), domain.NewQuery(domain.Tagged(domain.Tag(fmt.Sprint("t", p+1)))),
		} {
			c := x.Cursor(q)
			if got := c.Next(1, 9); got != want {
				t.Errorf("%v is found at %d, want %d", q, got, want)
			}
		}
	}
	x.Add(5, "T9", []domain.Tag{"all"})
	if c := x.Cursor(domain.NewQuery(domain.OfTypes("T9").Tagged("all"))); c.Next(1, 9) != 5 {
		t.Error("what was added after forgetting is not found at its place")
	}
}
