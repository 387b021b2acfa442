package history_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// large returns a right history of n calls on accounts, of which many overlap.
func large(n int) history.History {
	d := rand.New(rand.NewPCG(7, 7))
	var h history.History
	entries := map[domain.Tag][]domain.Position{}
	for i := range n {
		effect := history.Tick(1000 + 100*i)
		invoked := effect - history.Tick(4*d.IntN(200)) - 1 // odd: no two moments are equal
		returned := effect + history.Tick(4*d.IntN(200)) + 2
		invoked, returned = invoked*4, returned*4+1
		account := domain.Tag(fmt.Sprint("account:", d.IntN(1+n/20)))
		mine := entries[account]
		if d.IntN(4) == 0 {
			r := history.Read{Client: "reader", Invoked: invoked, Returned: returned, Query: tagged(account), Head: domain.Position(len(h.Log))}
			for _, p := range mine {
				r.Events = append(r.Events, h.Log[p-1])
			}
			h.Reads = append(h.Reads, r)
			continue
		}
		a := history.Append{Client: "writer", Invoked: invoked, Returned: returned, Events: []domain.Event{event(strconv.Itoa(i), "booked", account)}}
		condition := no(domain.NewQuery(domain.OfTypes("booked", "closed").Tagged(account)), 0)
		if len(mine) > 0 {
			condition.After = mine[len(mine)-1]
			if d.IntN(5) == 0 { // a stale decision
				at := mine[len(mine)-1]
				condition.After = at - 1
				a.Conflict = &ports.ConflictError{After: at - 1, Position: at, Type: "booked", Tags: []domain.Tag{account}}
			}
		}
		a.Conditions = []domain.AppendCondition{condition}
		if a.Conflict != nil {
			a.Outcome = history.Conflicted
		} else {
			h.Log = store(h.Log, a.Events...)
			head := domain.Position(len(h.Log))
			entries[account] = append(mine, head)
			if d.IntN(50) > 0 {
				a.Outcome, a.Positions = history.Acknowledged, at(head, head)
			}
		}
		h.Appends = append(h.Appends, a)
	}
	return h
}

// size is how many calls the large history has: OPOSSUM_ROUNDS=20 makes it a
// million.
func size(t testing.TB) int {
	t.Helper()
	rounds := 1
	if text := os.Getenv("OPOSSUM_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("OPOSSUM_ROUNDS is %q, want a number from 1", text)
		}
	}
	return 50_000 * min(rounds, 20)
}

func TestALargeRightHistoryPassesAndOneWrongAnswerInItIsFound(t *testing.T) {
	t.Parallel()
	h := large(size(t))
	if err := h.Check(); err != nil {
		t.Fatalf("Check() = %v, want nil", err)
	}
	n := len(h.Appends) / 2
	for h.Appends[n].Outcome != history.Acknowledged {
		n++
	}
	h.Appends[n].Conditions = append(h.Appends[n].Conditions, no(domain.All(), h.Appends[n].Positions.First-2))
	var violation *history.ViolationError
	if err := h.Check(); !errors.As(err, &violation) || violation.Rule != history.Guarded {
		t.Errorf("Check() = %v, want append %d to break the rule that %s", err, n, history.Guarded)
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("calls=%d", n), func(b *testing.B) {
			h := large(n)
			b.ReportAllocs()
			for b.Loop() {
				if err := h.Check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
