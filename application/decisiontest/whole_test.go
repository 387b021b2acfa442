package decisiontest_test

import (
	"strings"
	"testing"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// weighed is an event of which JSON would lose the weight.
type weighed struct {
	Parcel string
	grams  int
}

func (weighed) EventType() string  { return "Weighed" }
func (weighed) Tags() []domain.Tag { return nil }

func TestAnEventThatLosesSomethingMatchesNoOther(t *testing.T) {
	t.Parallel()
	records := func(event decision.Event) func(*application.Decision) error {
		return func(d *application.Decision) error { return d.Record(event) }
	}
	for _, tt := range []struct {
		name string
		test func(testing.TB)
		says string
	}{
		{"expected, a field", func(t testing.TB) {
			decisiontest.Given(t).When(records(weighed{"p1", 500})).Then(weighed{"p1", 999})
		}, "expected event 1: opossum: invalid: event \"Weighed\": decisiontest_test.weighed is not stored whole"},
		{"expected, text", func(t testing.TB) {
			decisiontest.Given(t).When(records(CourseDefined{"M\xfcller", 3})).Then(CourseDefined{"M\xe4ller", 3})
		}, "expected event 1: event \"CourseDefined\": opossum: invalid decisiontest_test.CourseDefined.Course"},
		{"recorded", func(t testing.TB) {
			decisiontest.Given(t).When(records(weighed{"p1", 500})).Then(CourseDefined{"c1", 3})
		}, "the command failed: application: record event 0: opossum: invalid: event \"Weighed\""},
		{"in the past", func(t testing.TB) {
			decisiontest.Given(t, weighed{"p1", 500}).When(defineOnce).Then(CourseDefined{"c1", 3})
		}, "event 1 of the past: opossum: invalid: event \"Weighed\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r := try(t, tt.test); !r.Failed() || !strings.Contains(r.Text(), tt.says) {
				t.Errorf("failed: %v, says %q, want %q in it", r.Failed(), r.Text(), tt.says)
			}
		})
	}
}
