package projection_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// sequenced returns events as a store has them, recorded a minute after one another
// from noon.
func sequenced(t *testing.T, events ...decision.Event) []domain.SequencedEvent {
	t.Helper()
	var all []domain.SequencedEvent
	for i, e := range events {
		encoded, err := decision.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, domain.SequencedEvent{
			Position: domain.Position(i + 1), RecordedAt: noon.Add(time.Duration(i) * time.Minute), Event: encoded,
		})
	}
	return all
}

func TestWhatIsKnownAboutAStateFollowsFromItsEvents(t *testing.T) {
	t.Parallel()
	states, err := projection.Fold(courses(1), sequenced(t,
		Defined{"c1", 1}, Defined{"c2", 9}, Subscribed{"c1", "s1"}, Closed{"c2"}, Closed{"never"}, Defined{"c2", 3}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]projection.State[Course]{
		"c1": {
			Key: "c1", Value: Course{1, []string{"s1"}}, Tags: []domain.Tag{"full:true"},
			Version: 2, CreatedAt: noon, UpdatedAt: noon.Add(2 * time.Minute), Position: 3,
		},
		"c2": { // it was deleted and begins again
			Key: "c2", Value: Course{Capacity: 3}, Tags: []domain.Tag{"full:false"},
			Version: 1, CreatedAt: noon.Add(5 * time.Minute), UpdatedAt: noon.Add(5 * time.Minute), Position: 6,
		},
	}
	if !reflect.DeepEqual(states, want) {
		t.Errorf("got\n%+v\nwant\n%+v", states, want)
	}
}

func TestAnEventMayTouchSeveralStatesOrNone(t *testing.T) {
	t.Parallel()
	perPerson := projection.Define[int]("p", 1, nil).With(
		projection.On(addSubscriber).Keys(func(e Subscribed) []string { return strings.Split(e.Student, "+") }),
		projection.On(func(n int, _ Closed) int { return n + 100 }).Keys(func(Closed) []string { return nil }),
		projection.On(func(n int, e Defined) int { return n + e.Capacity }).Key(func(Defined) string { return "all" }))
	states, err := projection.Fold(perPerson, sequenced(t, Subscribed{"c", "b+a+b"}, Subscribed{"c", "a"}, Closed{"c"}, Defined{"c", 5}))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(states["a"].Value, states["b"].Value, states["all"].Value, len(states)); got != "2 1 5 3" {
		t.Errorf("a, b, all and how many: got %s, want 2 1 5 3", got)
	}
}

func TestEventsWithoutTheTagTouchNothing(t *testing.T) {
	t.Parallel()
	d := projection.Define[int]("p", 1, projection.ByTag("teacher")).With(projection.On(addSubscriber))
	if states, err := projection.Fold(d, sequenced(t, Subscribed{"c", "s"})); err != nil || len(states) != 0 {
		t.Errorf("got %v, %v, want no states", states, err)
	}
}

func TestAStateThatIsDoneIsRemoved(t *testing.T) {
	t.Parallel()
	open := projection.Define[int]("p", 1, projection.Fixed("all")).With(
		projection.On(func(n int, e Defined) int { return n + e.Capacity }),
		projection.On(func(n int, _ Subscribed) int { return n - 1 }),
	).DropWhen(func(n int) bool { return n == 0 })
	states, err := projection.Fold(open, sequenced(t, Defined{"c", 1}, Subscribed{"c", "s"}))
	if err != nil || len(states) != 0 {
		t.Errorf("after the last seat: got %v, %v, want no states", states, err)
	}
	states, err = projection.Fold(open, sequenced(t, Defined{"c", 1}, Subscribed{"c", "s"}, Defined{"d", 2}))
	if err != nil || states["all"].Value != 2 || states["all"].Version != 1 {
		t.Errorf("when it comes again: got %v, %v, want 2 of version 1", states, err)
	}
}

// titled notes under which title a course was last defined when a student subscribed.
func titled() *projection.Definition[string] {
	return projection.Define[string]("titled", 1, projection.ByTag("student")).With(
		projection.OnChange(func(c projection.Change[string], e Subscribed) (string, error) {
			course, found, err := projection.Latest[Defined](c.Related)
			return fmt.Sprintf("%s%s:%d/%v ", c.State, e.Course, course.Capacity, found), err
		}).Related(func(e Subscribed) domain.Query {
			if e.Course == "none" {
				return domain.Query{}
			}
			return projection.QueryOf[Defined](domain.NewTag("course", e.Course))
		}))
}

func TestTheLatestRelatedEventIsFound(t *testing.T) {
	t.Parallel()
	states, err := projection.Fold(titled(), sequenced(t,
		Defined{"c", 1}, Defined{"d", 2}, Defined{"c", 3}, Subscribed{"c", "s"}, Subscribed{"e", "s"}, Subscribed{"none", "s"}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := states["s"].Value, "c:3/true e:0/false none:0/false "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

type grouped struct{ Students []string }

func (grouped) EventType() string  { return "grouped" }
func (grouped) Tags() []domain.Tag { return nil }

func TestStatesThatOneEventTouchesShareNothing(t *testing.T) {
	t.Parallel()
	d := projection.Define[[]string]("p", 1, nil).With(
		projection.On(func(_ []string, e grouped) []string { return e.Students }).Keys(func(grouped) []string { return []string{"a", "b"} }),
		projection.On(func(s []string, _ Closed) []string { s[0] = "changed"; return s }).Key(func(e Closed) string { return e.Course }))
	states, err := projection.Fold(d, sequenced(t, grouped{[]string{"s"}}, Closed{"a"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(states["a"].Value, states["b"].Value); got != "[changed] [s]" {
		t.Errorf("got %s, want [changed] [s]", got)
	}
}

func TestAStateThatForAWhileHasNoJSONFormIsAFailure(t *testing.T) {
	t.Parallel()
	share := projection.Define[float64]("p", 1, projection.ByTag("course")).With(
		projection.On(func(_ float64, e Defined) float64 { return 1 / float64(e.Capacity) }))
	_, err := projection.Fold(share, sequenced(t, Defined{"c", 1}, Defined{"c", 0}, Defined{"c", 2}))
	if bad, ok := errors.AsType[*projection.EventError](err); !ok || bad.Position != 2 || !strings.Contains(err.Error(), "no JSON form") {
		t.Errorf("got %v, want an EventError at position 2", err)
	}
}

// rosters lists, for each course, who subscribed and how many there were in all
// courses before.
func rosters() *projection.Definition[[]string] {
	return projection.Define[[]string]("rosters", 1, projection.ByTag("course")).With(
		projection.OnChange(func(c projection.Change[[]string], e Subscribed) ([]string, error) {
			before, err := projection.EventsOf[Subscribed](c.Related)
			if err != nil {
				return nil, err
			}
			return append(c.State, fmt.Sprintf("%s@%d after %d", e.Student, c.Event.Position, len(before))), nil
		}).Related(func(e Subscribed) domain.Query {
			return domain.NewQuery(domain.Tagged(domain.NewTag("student", e.Student)))
		}))
}

func TestRelatedEventsAreThoseBeforeTheEvent(t *testing.T) {
	t.Parallel()
	states, err := projection.Fold(rosters(), sequenced(t, Subscribed{"c1", "s"}, Subscribed{"c2", "s"}, Subscribed{"c1", "s"}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(states["c1"].Value, states["c2"].Value), "[s@1 after 0 s@3 after 2] [s@2 after 1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAnEventThatCannotBeAppliedIsNamed(t *testing.T) {
	t.Parallel()
	broken := sequenced(t, Defined{"c1", 1}, Defined{"c2", 1})
	broken[1].Data = []byte(`{"capacity":"many"}`)
	onDefined := func(fold func(int, Defined) int) *projection.Definition[int] {
		return projection.Define[int]("p", 1, projection.ByTag("course")).With(projection.On(fold))
	}
	sum := func(n int, e Defined) int { return n + e.Capacity }
	for name, test := range map[string]struct {
		d      *projection.Definition[int]
		events []domain.SequencedEvent
		want   string
	}{
		"data that does not fit": {onDefined(sum), broken, "does not fit projection_test.Defined"},
		"a panic": {onDefined(func(n int, e Defined) int {
			if e.Course == "c2" {
				panic("no such course")
			}
			return n
		}), sequenced(t, Defined{"c1", 1}, Defined{"c2", 1}), "panic: no such course"},
		"a key that is none": {
			projection.Define[int]("p", 1, nil).With(projection.On(sum).Key(func(e Defined) string { return strings.TrimPrefix(e.Course, "c2") })),
			sequenced(t, Defined{"c1", 1}, Defined{"c2", 1}), "state key",
		},
		"a tag that is none": {
			onDefined(sum).Tagged(func(key string, _ int) []domain.Tag { return []domain.Tag{domain.Tag(strings.TrimPrefix(key, "c2"))} }),
			sequenced(t, Defined{"c1", 1}, Defined{"c2", 1}), "tags[0]",
		},
		"an error of a handler": {
			projection.Define[int]("p", 1, projection.ByTag("course")).With(
				projection.OnChange(func(c projection.Change[int], _ Defined) (int, error) {
					if c.Key == "c2" && !c.Exists {
						return 0, errors.New("refused")
					}
					return 1, nil
				})),
			sequenced(t, Defined{"c1", 1}, Defined{"c2", 1}), "refused",
		},
		"related events by a query that is none": {
			projection.Define[int]("p", 1, projection.ByTag("course")).With(
				projection.On(sum).Related(func(e Defined) domain.Query {
					if e.Course == "c1" {
						return domain.All()
					}
					return domain.NewQuery(domain.QueryItem{})
				})),
			sequenced(t, Defined{"c1", 1}, Defined{"c2", 1}), "related events",
		},
	} {
		_, err := projection.Fold(test.d, test.events)
		bad, ok := errors.AsType[*projection.EventError](err)
		if !ok || bad.Position != 2 || bad.Type != "Defined" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an EventError at position 2 with %q", name, err, test.want)
		}
	}
}
