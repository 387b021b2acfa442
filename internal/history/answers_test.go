package history_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

// A store under test can answer anything: the checker has to judge it and not to
// panic. Every answer here is tried alone, and with others drawn from the rest.
func TestWhateverAStoreAnswersIsJudged(t *testing.T) {
	t.Parallel()
	answers := strangeAnswers()
	draw := rand.New(rand.NewPCG(1, 2))
	for n := range answers {
		for others := range 4 {
			chosen := []int{n}
			for range others {
				chosen = append(chosen, draw.IntN(len(answers)))
			}
			judge(t, answers, chosen)
		}
	}
}

func judge(t *testing.T, answers []answer, chosen []int) {
	t.Helper()
	h := school()
	var names []string
	for _, n := range chosen {
		names = append(names, answers[n].name)
		answers[n].give(&h)
	}
	defer func() {
		if problem := recover(); problem != nil {
			t.Errorf("with %q Check panics: %v", names, problem)
		}
	}()
	first := h.Check()
	if second := h.Check(); fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("with %q Check() = %v, and then %v", names, first, second)
	}
}

// answer puts something into a history that a store can get wrong.
type answer struct {
	name string
	give func(h *history.History)
}

func strangeAnswers() []answer {
	var all []answer
	add := func(give func(h *history.History), format string, args ...any) {
		all = append(all, answer{fmt.Sprintf(format, args...), give})
	}
	positions := []domain.Position{0, 1, 2, 4, 5, 6, math.MaxUint64 - 1, math.MaxUint64}
	right := school()
	for n := range len(right.Log) {
		add(func(h *history.History) { h.Log = h.Log[:min(n, len(h.Log))] }, "a log of %d", n)
	}
	for n, a := range right.Appends {
		for _, outcome := range []history.Outcome{history.Acknowledged, history.Conflicted, history.Unknown, history.Unwritten, 9} {
			add(func(h *history.History) { h.Appends[n].Outcome = outcome }, "append %d %v", n, outcome)
		}
		for _, p := range positions {
			add(func(h *history.History) {
				h.Appends[n].Outcome, h.Appends[n].Positions = history.Acknowledged, at(p, p)
			}, "append %d at %d", n, p)
			for i := -1; i <= len(a.Conditions); i++ {
				c := ports.ConflictError{Condition: i, Position: p}
				if i >= 0 && i < len(a.Conditions) {
					c.After = a.Conditions[i].After
				}
				add(func(h *history.History) {
					h.Appends[n].Outcome, h.Appends[n].Conflict = history.Conflicted, &c
				}, "append %d %+v", n, c)
			}
		}
	}
	for n := range right.Reads {
		for _, p := range positions {
			add(func(h *history.History) { h.Reads[n].Head = p }, "read %d at %d", n, p)
			for _, options := range []ports.ReadOptions{
				{After: p}, {Before: p}, {After: p, Backwards: true}, {Before: p, Backwards: true}, {After: p, Limit: -1},
			} {
				add(func(h *history.History) { h.Reads[n].Options = options }, "read %d %+v", n, options)
			}
		}
	}
	return all
}
