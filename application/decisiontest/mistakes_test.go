package decisiontest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// mistake is a test that looks fine and whose command is wrong at its boundary.
type mistake struct {
	name string
	test func(t testing.TB)
	// says is what the kit has to say, in the order in which it says it.
	says []string
}

func mistakes() []mistake { return slices.Concat(boundaryMistakes, attemptMistakes, appendMistakes) }

// planted is how many mistakes there are: none gets lost unnoticed.
const planted = 37

// untagged is StudentSubscribed without the tag of the course.
type untagged struct{ Student, Course string }

func (untagged) EventType() string    { return "StudentSubscribed" }
func (e untagged) Tags() []domain.Tag { return []domain.Tag{student(e.Student)} }

func appendOne(ctx context.Context, store ports.Appender, event decision.Event, condition domain.AppendCondition) error {
	encoded, err := decision.Encode(event)
	if err != nil {
		return err
	}
	_, err = store.Append(ctx, []domain.Event{encoded}, condition)
	return err
}

func TestEveryPlantedMistakeIsNamed(t *testing.T) {
	t.Parallel()
	if got := len(mistakes()); got != planted {
		t.Errorf("%d mistakes are planted, want %d", got, planted)
	}
	for _, m := range mistakes() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			r := try(t, m.test)
			if !r.Failed() {
				t.Fatal("the kit lets it pass")
			}
			rest := r.Text()
			for _, want := range m.says {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("the kit does not say %q there, it says\n%s", want, r.Text())
				}
				rest = after
			}
			t.Log(r.Text())
		})
	}
}
