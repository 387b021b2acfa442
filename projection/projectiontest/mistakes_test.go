package projectiontest_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
	"github.com/opossum-go/opossum/projection/projectiontest"
)

// mistake is a test that the kit has to fail.
type mistake struct {
	name string
	test func(t testing.TB)
	// says is what the kit has to say, in the order in which it says it.
	says []string
}

// wrongWants are tests that want something else than there is.
var wrongWants = []mistake{
	{"another state", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, StudentNamed{"s1", "Ada <a@b>"}, StudentSubscribed{"c1", "s1"}, CourseDefined{"c2", 1}).
			Then("c1", Course{Capacity: 3, Students: []string{"Ada <a@b>", "Eva"}})
	}, []string{
		`state "c1" is another one`, "capacity: got 2, wanted 3", `students[1]: got nothing, wanted "Eva"`,
		`got    {"capacity":2,"students":["Ada <a@b>"]}`, `wanted {"capacity":3,"students":["Ada <a@b>","Eva"]}`,
		`the events of projection "courses"`,
		`1 CourseDefined [course:c1] {"course":"c1","capacity":2} creates "c1"`, "2 StudentNamed", "has no handler", "3 StudentSubscribed", `changes "c1"`,
		"the states", `"c1" {"capacity":2,"students":["Ada <a@b>"]} [full:false], version 2, position 3`, `"c2"`,
	}},
	{"null for an empty list", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).Then("c1", Course{Capacity: 2, Students: []string{}})
	}, []string{"students: got null, wanted []"}},
	{"a state that is not there", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, CourseDefined{"c2", 2}).Then("c3", Course{Capacity: 2})
	}, []string{`there is no state "c3", there are ["c1" "c2"]`, `wanted {"capacity":2,"students":null}`}},
	{"a state where there is none at all", func(t testing.TB) {
		projectiontest.Given(t, Courses()).Then("c3", Course{})
	}, []string{`there is no state "c3", nor any other`, `the events of projection "courses": none`, "the states: none"}},
	{"a state that is gone", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, CourseClosed{"c1"}).Then("c1", Course{Capacity: 2})
	}, []string{`there is no state "c1"`, `2 CourseClosed [course:c1] {"course":"c1"} removes "c1"`}},
	{"no state where there is one", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, CourseClosed{"c2"}).ThenNone("c2", "c1")
	}, []string{`there is a state "c1", wanted none`, `got {"capacity":2`, "2 CourseClosed", "touches no state"}},
	{"no states at all", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).ThenNone()
	}, []string{"there are other states", `got    ["c1"]`, `wanted []`}},
	{"other keys", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, CourseDefined{"c2", 2}).ThenKeys("c2", "c3")
	}, []string{`got    ["c1" "c2"]`, `wanted ["c2" "c3"]`}},
	{"other tags", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).ThenTags("c1", "full:true")
	}, []string{`state "c1" has other tags`, "got    [full:false]", "wanted [full:true]"}},
	{"no tags", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).ThenTags("c1")
	}, []string{"got    [full:false]", "wanted []"}},
	{"tags of a state that is not there", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).ThenTags("c2", "full:true")
	}, []string{`there is no state "c2", there are ["c1"]`}},
	{"two things", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).ThenNone("c1").ThenTags("c1", "full:true")
	}, []string{"wanted none", "the states", "has other tags"}},
	{"a state from which JSON makes no text", func(t testing.TB) {
		projectiontest.Given(t, shares(), CourseDefined{"c1", 2}).Then("c1", math.NaN())
	}, []string{`the wanted state "c1" has no JSON form`, "NaN"}},
	{"a state that JSON does not keep", func(t testing.TB) {
		empty := changing(func(c projection.Change[stamped], _ CourseDefined) (stamped, error) { return c.State, nil })
		projectiontest.Given(t, empty, CourseDefined{"c1", 1}).Then("c1", stamped{N: 1})
	}, []string{`the wanted state "c1" does not come back whole from JSON`, "N was 1 and comes back as 0"}},
	{"states of a projection that failed", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}, StudentLeft{"c1", "s1"}, CourseDefined{"c2", 2}).Then("c1", Course{}).ThenNone("c2")
	}, []string{"the projection failed", "position 2 (StudentLeft)", "not in the course", `wanted the state "c1"`, "2 StudentLeft", "fails", "3 CourseDefined", "is not reached", `"c1"`}},
	{"a failure that does not come", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}).ThenFails("not in the course")
	}, []string{`every event was applied, wanted a failure that says "not in the course"`}},
	{"a failure of another kind", func(t testing.TB) {
		projectiontest.Given(t, Courses(), StudentLeft{"c1", "s1"}).ThenFails("the course is full")
	}, []string{"the failure says something else", "got    projection", "not in the course", "wanted the course is full"}},
	{"a failure before the last event", func(t testing.TB) {
		projectiontest.Given(t, Courses(), StudentLeft{"c1", "s1"}, CourseDefined{"c1", 2}).ThenFails("not in the course")
	}, []string{"event 1 of 2 failed", "leave them out"}},
	{"states of what cannot be used", func(t testing.TB) {
		projectiontest.Given(t, projection.Define[int]("Big Name", 1, nil), CourseDefined{"c1", 2}).ThenNone()
	}, []string{"unusable definition", "projection name"}},
	{"nothing", func(t testing.TB) { projectiontest.Given(t, Courses(), CourseDefined{"c1", 2}) }, []string{"nothing was asked"}},
	{"states of no definition", func(t testing.TB) { projectiontest.Given[int](t, nil) }, []string{"the definition is nil"}},
	{"an event that is nil", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 1}, nil).ThenNone()
	}, []string{"event 2", "nil event"}},
	{"an event that no store takes", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"", 1}).ThenNone()
	}, []string{"event 1 cannot be stored", "must not be empty"}},
	{"a store whose time goes backwards", func(t testing.TB) {
		projectiontest.Given(t, Courses(), CourseDefined{"c1", 1}, projectiontest.Recorded(projectiontest.Noon.Add(-1), CourseDefined{"c1", 1})).ThenNone()
	}, []string{"event 2, CourseDefined, is recorded at 2001-01-01 11:59:59", "before event 1"}},
}

// shares divides 1 by what is left: not a number for a while.
func shares() *projection.Definition[float64] {
	return projection.Define[float64]("shares", 1, projection.ByTag("course")).With(
		projection.On(func(_ float64, e CourseDefined) float64 { return float64(e.Capacity) / float64(e.Capacity) }))
}

// secret is a state of which JSON keeps half.
type secret struct{ Shown, hidden int }

func (s secret) MarshalJSON() ([]byte, error)  { return json.Marshal(s.Shown) }
func (s *secret) UnmarshalJSON(d []byte) error { return json.Unmarshal(d, &s.Shown) }

func secrets(f func(*secret)) *projection.Definition[secret] {
	return projection.Define[secret]("secrets", 1, projection.ByTag("course")).With(
		projection.On(func(s secret, _ CourseDefined) secret { f(&s); return s }))
}

// stamped is a state of which JSON keeps the time only: the methods of the embedded
// one are its own.
type stamped struct {
	time.Time
	N int
}

// twins is a state with two fields of one name, of which JSON takes neither.
type (
	one   struct{ N int }
	other struct{ N int }
	twins struct {
		one
		other
	}
)

// stubborn is a state that does not read what it has written.
type stubborn struct{ N int }

func (s stubborn) MarshalJSON() ([]byte, error) { return json.Marshal(s.N) }
func (*stubborn) UnmarshalJSON([]byte) error    { return errors.New("cannot read this") }

// worn is a state that writing wears off.
type worn struct{ n *int }

func (s worn) MarshalJSON() ([]byte, error) {
	defer func() { *s.n++ }()
	return json.Marshal(*s.n)
}
func (s *worn) UnmarshalJSON(d []byte) error { return json.Unmarshal(d, &s.n) }

// listed puts the same students into two states.

func changing[S any](fold func(c projection.Change[S], e CourseDefined) (S, error)) *projection.Definition[S] {
	return projection.Define[S]("changing", 1, projection.ByTag("course")).With(projection.OnChange(fold))
}

// laterTime returns the time, which is later than at any call before: a clock may stand
// still for a while.
func laterTime() int64 {
	for before := time.Now().UnixNano(); ; {
		if now := time.Now().UnixNano(); now > before {
			return now
		}
	}
}

// unsound are projections whose states depend on more than their events.
var unsound = []mistake{
	{"that ask the clock", func(t testing.TB) {
		projectiontest.Given(t, changing(func(projection.Change[int64], CourseDefined) (int64, error) { return laterTime(), nil }), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"two folds of the same events differ", "clock", `"c1"`, "once: ", "then: "}},
	{"that ask chance", func(t testing.TB) {
		projectiontest.Given(t, changing(func(projection.Change[uint64], CourseDefined) (uint64, error) { return rand.Uint64(), nil }), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"two folds of the same events differ"}},
	{"that remember", func(t testing.TB) {
		n := 0
		projectiontest.Given(t, changing(func(projection.Change[int], CourseDefined) (int, error) { n++; return n, nil }), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"two folds of the same events differ", "once: 1", "then: 2"}},
	{"that fail the second time", func(t testing.TB) {
		n := 0
		projectiontest.Given(t, changing(func(projection.Change[int], CourseDefined) (int, error) {
			if n++; n == 2 {
				return 0, errors.New("once is enough")
			}
			return 0, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"two folds of the same events differ", "an error", "once: nothing", "once is enough"}},
	{"that fail the third time", func(t testing.TB) {
		n := 0
		projectiontest.Given(t, changing(func(projection.Change[int], CourseDefined) (int, error) {
			if n++; n == 3 {
				return 0, errors.New("twice is enough")
			}
			return 0, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"remembers something", "kept in memory: untouched", "read from JSON: 0"}},
	{"that remember how often they were folded", func(t testing.TB) {
		n := 0
		projectiontest.Given(t, changing(func(projection.Change[int], CourseDefined) (int, error) { n++; return n / 3, nil }), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"folding in one go and event by event differ", "remembers something", "once: 0", "then: 1"}},
	{"that keep something from JSON", func(t testing.TB) {
		projectiontest.Given(t, secrets(func(s *secret) { s.hidden++; s.Shown = s.hidden }), CourseDefined{"c1", 1}, CourseDefined{"c2", 1}, CourseDefined{"c1", 1}, CourseDefined{"c1", 1}).ThenKeys("c1", "c2")
	}, []string{"does not come back whole from JSON", "after event 3, CourseDefined [course:c1]", `state "c1" differs`, "kept in memory: 2", "read from JSON: 1"}},
	{"whose state lends its JSON from a field", func(t testing.TB) {
		projectiontest.Given(t, changing(func(c projection.Change[stamped], _ CourseDefined) (stamped, error) {
			c.State.N++
			return c.State, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"unusable definition", "embeds time.Time"}},
	{"whose state has a name twice", func(t testing.TB) {
		projectiontest.Given(t, changing(func(c projection.Change[map[string][]*twins], _ CourseDefined) (map[string][]*twins, error) {
			return map[string][]*twins{"x": {nil, {other: other{2}}}}, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"unusable definition", `have the same name in JSON, "N"`}},
	{"whose state is no text", func(t testing.TB) {
		projectiontest.Given(t, changing(func(projection.Change[[]string], CourseDefined) ([]string, error) {
			return []string{"a", "b\xff"}, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"does not come back whole from JSON", "[]string[1] was b\xff and comes back as b\ufffd"}},
	{"whose state has keys that are one in JSON", func(t testing.TB) {
		projectiontest.Given(t, changing(func(projection.Change[map[string]int], CourseDefined) (map[string]int, error) {
			return map[string]int{"a\xff": 1}, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"does not come back whole from JSON", "[a\xff] is gone"}},
	{"that fail for what JSON did not keep", func(t testing.TB) {
		projectiontest.Given(t, secrets(func(s *secret) {
			if s.hidden++; s.Shown == 1 && s.hidden == 1 {
				panic("where is it?")
			}
			s.Shown = 1
		}), CourseDefined{"c1", 1}, CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"does not come back whole from JSON", "after event 2", "read from JSON: untouched"}},
	{"that cannot read their states", func(t testing.TB) {
		projectiontest.Given(t, changing(func(c projection.Change[stubborn], _ CourseDefined) (stubborn, error) { return c.State, nil }), CourseDefined{"c1", 1}, CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"does not come back whole from JSON", "cannot read this"}},
	{"that change what they write", func(t testing.TB) {
		projectiontest.Given(t, changing(func(c projection.Change[worn], _ CourseDefined) (worn, error) {
			if c.State.n == nil {
				return worn{new(int)}, nil
			}
			return c.State, nil
		}), CourseDefined{"c1", 1}, CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"does not come back whole from JSON", "after event 2", "kept in memory: ", "read from JSON: "}},
	{"with a state that for a while has no JSON", func(t testing.TB) {
		projectiontest.Given(t, shares(), CourseDefined{"c1", 1}, CourseDefined{"c1", 0}, CourseDefined{"c1", 2}).Then("c1", 1)
	}, []string{"the projection failed", "event at position 2", "no JSON form"}},
	{"that change the event", func(t testing.TB) {
		projectiontest.Given(t, changing(func(c projection.Change[int], _ CourseDefined) (int, error) {
			c.Event.Tags[0] = "mine"
			return 1, nil
		}), CourseDefined{"c1", 1}).ThenKeys("c1")
	}, []string{"changes an event that it was given", "given 1 CourseDefined [course:c1]", "now   1 CourseDefined [mine]"}},
	{"that change a related event", func(t testing.TB) {
		nosy := projection.Define[int]("nosy", 1, projection.ByTag("course")).With(
			projection.OnChange(func(c projection.Change[int], _ CourseClosed) (int, error) {
				copy(c.Related[0].Data, `{"course":"c9"`)
				return 1, nil
			}).Related(func(CourseClosed) domain.Query { return domain.NewQuery(domain.OfTypes("CourseDefined")) }))
		projectiontest.Given(t, nosy, CourseDefined{"c1", 1}, CourseClosed{"c1"}).ThenKeys("c1")
	}, []string{"changes an event that it was given", `{"course":"c1"`, `{"course":"c9"`}},
}

// planted is how many mistakes there are: none gets lost unnoticed.
const planted = 41

func TestEveryPlantedMistakeIsNamed(t *testing.T) {
	t.Parallel()
	all := slices.Concat(wrongWants, unsound)
	if got := len(all); got != planted {
		t.Errorf("%d mistakes are planted, want %d", got, planted)
	}
	for _, m := range all {
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

// TestTheMistakeIsInTheProjection holds that the kit passes what the unsound
// projections were meant to be.
func TestTheMistakeIsInTheProjection(t *testing.T) {
	t.Parallel()
	projectiontest.Given(t, shares(), CourseDefined{"c1", 1}, CourseDefined{"c1", 2}).Then("c1", 1)
	projectiontest.Given(t, secrets(func(s *secret) { s.Shown++ }), CourseDefined{"c1", 1}, CourseDefined{"c1", 1}).Then("c1", secret{Shown: 2})
}
