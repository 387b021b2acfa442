package projection_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

func TestEventsThatCannotBeAppliedAreFoundAmongManyThatWereFoldedTogether(t *testing.T) {
	t.Parallel()
	const events, keys = 12_000, 7
	for name, bad := range map[string][]domain.Position{
		"none":                       nil,
		"the first and the last":     {1, events},
		"far behind the checkpoint":  {9_000},
		"two in a row":               {6_000, 6_001},
		"around the end of a piece":  {5_000, 5_001, 10_000},
		"many, and most of them old": {2, 3, 5, 8, 13, 4_999, 11_998},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, kept := memory.New(memory.Options{}), memory.NewProjections()
			var all []decision.Event
			for i := range events {
				all = append(all, Subscribed{fmt.Sprint(i % keys), "s"})
			}
			record(t, store, all[:events/2]...)
			last := record(t, store, all[events/2:]...)
			def := projection.Define[[]int]("sums", 1, projection.ByTag("course")).With(
				projection.OnChange(func(c projection.Change[[]int], _ Subscribed) ([]int, error) {
					if slices.Contains(bad, c.Event.Position) {
						return nil, errors.New("refused")
					}
					if c.State == nil {
						c.State = make([]int, 2)
					}
					c.State[0]++ // in place: what is forgotten must be forgotten entirely
					c.State[1] += int(c.Event.Position)
					return c.State, nil
				})).OnFailure(projection.Failure{Then: projection.Park})
			start(t, store, kept, projection.Options{}, def)
			if err := def.View(kept).Wait(within(t), last); err != nil {
				t.Fatal(err)
			}
			var want string
			for key := range keys {
				count, sum := 0, 0
				for i := key; i < events; i += keys {
					if at := i + 1; !slices.Contains(bad, domain.Position(at)) {
						count, sum = count+1, sum+at
					}
				}
				want += fmt.Sprintf("%d=[%d %d] ", key, count, sum)
			}
			if got := states(t, def.View(kept)) + " "; got != want {
				t.Errorf("states\n%s, want\n%s", got, want)
			}
			parked, err := kept.Parked(t.Context(), "sums")
			if err != nil {
				t.Fatal(err)
			}
			var positions []domain.Position
			for _, p := range parked {
				positions = append(positions, p.Position)
			}
			if !slices.Equal(positions, bad) {
				t.Errorf("parked %v, want %v", positions, bad)
			}
		})
	}
}
