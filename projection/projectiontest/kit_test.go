package projectiontest_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
	"github.com/opossum-go/opossum/projection/projectiontest"
)

func TestAProjectionThatIsRightPasses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		test func(t testing.TB)
	}{
		{"with states and tags", func(t testing.TB) {
			projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, StudentSubscribed{"c1", "s1"}, CourseDefined{"c2", 0}).
				Then("c1", Course{Capacity: 2, Students: []string{"s1"}}).
				ThenTags("c1", "full:false").
				Then("c2", Course{}).
				ThenTags("c2", "full:true").
				ThenNone("c3", "c4").
				ThenKeys("c2", "c1")
		}},
		{"without events", func(t testing.TB) { projectiontest.Given(t, Courses()).ThenNone().ThenKeys() }},
		{"with a state that is gone", func(t testing.TB) {
			projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, CourseClosed{"c1"}).ThenNone()
		}},
		{"with a state that came again", func(t testing.TB) {
			states := projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, CourseClosed{"c1"}, CourseDefined{"c1", 3}).
				Then("c1", Course{Capacity: 3}).States()
			if got := states["c1"]; got.Version != 1 || got.Position != 3 {
				t.Errorf("got version %d at position %d, want 1 at 3", got.Version, got.Position)
			}
		}},
		{"with a state that is dropped", func(t testing.TB) {
			open := counting(func(n int, e CourseDefined) int { return n + e.Capacity }).DropWhen(func(n int) bool { return n == 0 })
			projectiontest.Given(t, open, CourseDefined{"c1", 0}, CourseDefined{"c2", 2}, CourseDefined{"c2", -2}, CourseDefined{"c3", 1}, CourseDefined{"c3", -1}, CourseDefined{"c3", 5}).
				Then("c3", 5).ThenKeys("c3")
		}},
		{"with events that touch several states, and one of them twice", func(t testing.TB) {
			both := projection.Define[int]("both", 1, nil).With(projection.On(func(n int, _ CourseDefined) int { return n + 1 }).
				Keys(func(e CourseDefined) []string { return []string{"all", e.Course, "all"} }))
			projectiontest.Given(t, both, CourseDefined{"c1", 1}, CourseDefined{"c2", 1}).Then("all", 2).Then("c1", 1).ThenKeys("all", "c1", "c2")
		}},
		{"with events that it has no handler for", func(t testing.TB) {
			projectiontest.Given(t, Courses(), StudentNamed{"s1", "Ada"}, CourseDefined{"c1", 2}, StudentNamed{"s1", "Ada"}).ThenKeys("c1")
		}},
		{"with related events before the handled one only", func(t testing.TB) {
			projectiontest.Given(t, Courses(), StudentNamed{"s1", "Ada"}, CourseDefined{"c1", 2}, StudentSubscribed{"c1", "s1"}, StudentNamed{"s1", "Eva"}).
				Then("c1", Course{Capacity: 2, Students: []string{"Ada"}})
		}},
		{"with an event that fails", func(t testing.TB) {
			projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, StudentLeft{"c1", "s1"}).
				ThenFails("the student is not in the course").
				ThenFails("position 2").
				Then("c1", Course{Capacity: 2}).ThenTags("c1", "full:false").ThenKeys("c1")
		}},
		{"with a first event that fails", func(t testing.TB) {
			c := projectiontest.Given(t, Courses(), StudentLeft{"c1", "s1"}).ThenFails("not in the course").ThenNone()
			if got := c.States(); len(got) != 0 {
				t.Errorf("got the states %v, want none", got)
			}
		}},
		{"with data that does not fit", func(t testing.TB) {
			projectiontest.Given(t, Courses(), projectiontest.Stored(domain.Event{Type: "CourseDefined", Data: []byte(`{"capacity":"two"}`)})).
				ThenFails("does not fit")
		}},
		{"with data of an old version", func(t testing.TB) {
			projectiontest.Given(t, Courses(), projectiontest.Stored(domain.Event{Type: "CourseDefined", Tags: []domain.Tag{"course:c1"}, Data: []byte(`{"capacity":2}`)})).
				Then("c1", Course{Capacity: 2})
		}},
		{"with a handler that panics", func(t testing.TB) {
			projectiontest.Given(t, counting(func(int, CourseDefined) int { panic("no such course") }), CourseDefined{"c1", 2}).
				ThenFails("panic: no such course")
		}},
		{"with a definition that is not usable", func(t testing.TB) {
			projectiontest.Given(t, projection.Define[int]("nothing", 1, nil), CourseDefined{"c1", 2}).ThenFails("has no handlers")
		}},
		{"with a state that comes back as another one that is equal", func(t testing.TB) {
			type ledger struct {
				Since  time.Time         `json:"since"`
				Until  *time.Time        `json:"until"`
				Sum    *big.Int          `json:"sum"`
				Raw    json.RawMessage   `json:"raw"`
				Empty  []string          `json:"empty,omitempty"`
				ByName map[string][2]int `json:"byName"`
			}
			now := time.Now() // with what a clock knows beside the time
			want := ledger{now, &now, big.NewInt(1 << 40), json.RawMessage(`{"a": 1}`), []string{}, map[string][2]int{"x": {1, 2}}}
			projectiontest.Given(t, changing(func(projection.Change[ledger], CourseDefined) (ledger, error) { return want, nil }), CourseDefined{"c1", 1}, CourseDefined{"c1", 1}).
				Then("c1", want)
		}},
		{"with many events", func(t testing.TB) {
			var events []decision.Event
			for range 300 {
				events = append(events, CourseDefined{"c1", 1})
			}
			projectiontest.Given(t, counting(func(n int, _ CourseDefined) int { return n + 1 }), events...).Then("c1", 300)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t)
		})
	}
}

// counting counts events by course.
func counting(fold func(int, CourseDefined) int) *projection.Definition[int] {
	return projection.Define[int]("count", 1, projection.ByTag("course")).With(projection.On(fold))
}

func TestAnEventHasTheTimesAndTheIdentityItIsGiven(t *testing.T) {
	t.Parallel()
	times := projection.Define[string]("times", 1, projection.Fixed("all")).With(
		projection.OnChange(func(c projection.Change[string], _ CourseDefined) (string, error) {
			e := c.Event
			return fmt.Sprintf("%s%d %s %s %s|", c.State, e.Position, e.RecordedAt.Format("15:04:05"), e.Metadata.OccurredAt.Format("15:04:05"), e.Metadata.ID), nil
		}))
	c1, tea := CourseDefined{Course: "c1"}, projectiontest.Noon.Add(4*time.Hour)
	c := projectiontest.Given(t, times,
		c1,
		projectiontest.Occurred(tea, c1),
		projectiontest.Recorded(tea, projectiontest.Occurred(projectiontest.Noon, c1)),
		projectiontest.Occurred(projectiontest.Noon, projectiontest.Recorded(tea, c1)),
		projectiontest.Stored(domain.Event{Type: "CourseDefined", Metadata: domain.Metadata{ID: "mine"}}),
	)
	told := strings.Split(strings.TrimSuffix(c.States()["all"].Value, "|"), "|")
	want := []string{
		"1 12:00:00 12:00:00 event-1",
		"2 12:00:01 16:00:00 event-2",
		"3 16:00:00 12:00:00 event-3",
		"4 16:00:00 12:00:00 event-4",
		"5 16:00:01 16:00:01 mine",
	}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("got\n%q\nwant\n%q", told, want)
	}
}
