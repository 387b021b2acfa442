package projection_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

func addSubscriber(n int, _ Subscribed) int { return n + 1 }

func TestAMistakeInADefinitionIsNamed(t *testing.T) {
	t.Parallel()
	byCourse := projection.ByTag("course")
	on := projection.On(addSubscriber)
	for name, test := range map[string]struct {
		p    projection.Projection
		want string
	}{
		"a name that is no file name": {projection.Define[int]("My Courses", 1, byCourse).With(on), `"My Courses"`},
		"version 0":                   {projection.Define[int]("p", 0, byCourse).With(on), "version 0, the first one is 1"},
		"no handlers":                 {projection.Define[int]("p", 1, byCourse), "no handlers"},
		"two handlers for a type":     {projection.Define[int]("p", 1, byCourse).With(on, on), `two handlers for the event type "Subscribed"`},
		"a handler that is nil":       {projection.Define[int]("p", 1, byCourse).With(nil), "handler 0 is nil"},
		"a handler without function":  {projection.Define[int]("p", 1, byCourse).With(projection.On[int, Closed](nil)), "no function"},
		"a handler without key":       {projection.Define[int]("p", 1, nil).With(on), `the handler for "Subscribed" has no key`},
		"an event that is a pointer": {
			projection.Define[int]("p", 1, byCourse).With(projection.Delete[int, *Closed]()), "is a pointer, use projection_test.Closed",
		},
		"a policy without sense":  {projection.Define[int]("p", 1, byCourse).With(on).OnFailure(projection.Failure{Retries: -2}), "Retries:-2"},
		"an outbox without sense": {projection.NewOutbox("o"), `outbox "o" has no senders`},
	} {
		_, err := projection.NewRunner(memory.New(memory.Options{}), memory.NewProjections(), projection.Options{}, test.p)
		if !errors.Is(err, projection.ErrDefinition) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want ErrDefinition with %q", name, err, test.want)
		}
	}
}

func TestAViewTellsAMistakeInItsDefinition(t *testing.T) {
	t.Parallel()
	kept := memory.NewProjections()
	built(t, memory.New(memory.Options{}), kept, projection.Define[int]("p", 1, projection.ByTag("course")).With(projection.On(addSubscriber)))
	view := projection.Define[int]("p", 1, nil).With(projection.On(addSubscriber)).View(kept)
	_, _, getErr := view.Get(t.Context(), "a")
	_, listErr := view.List(t.Context(), projection.Selection{})
	_, countErr := view.Count(t.Context())
	for method, err := range map[string]error{"Get": getErr, "List": listErr, "Count": countErr, "Wait": view.Wait(within(t), 0)} {
		if !errors.Is(err, projection.ErrDefinition) {
			t.Errorf("%s: got %v, want ErrDefinition", method, err)
		}
	}
}

func TestARunnerRefusesWhatItCannotRun(t *testing.T) {
	t.Parallel()
	store, states := memory.New(memory.Options{}), memory.NewProjections()
	for name, projections := range map[string][]projection.Projection{
		"nothing":        nil,
		"nil":            {nil},
		"one name twice": {courses(1), courses(2)},
	} {
		if _, err := projection.NewRunner(store, states, projection.Options{}, projections...); !errors.Is(err, projection.ErrDefinition) {
			t.Errorf("%s: got %v, want ErrDefinition", name, err)
		}
	}
	for name, options := range map[string]projection.Options{
		"parallel": {ParallelRebuilds: -1}, "batch": {BatchSize: -1}, "takeover": {Takeover: -1}, "mode": {Rebuild: 9},
	} {
		if _, err := projection.NewRunner(store, states, options, courses(1)); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%s: got %v, want domain.ErrInvalid", name, err)
		}
	}
}

type embedded struct{ A int }

// onlyJSON and onlyText are written in a form that is not read.
type (
	onlyJSON struct{ A int }
	onlyText int
)

func (o onlyJSON) MarshalJSON() ([]byte, error) { return json.Marshal(o.A) }
func (o onlyText) MarshalText() ([]byte, error) { return []byte("some text"), nil }

// tolerant reads what older programs wrote, too.
type tolerant struct{ A int }

func (o *tolerant) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, (*struct{ A int })(o))
}

func TestAStateThatDoesNotComeBackFromJSONIsRefused(t *testing.T) {
	t.Parallel()
	refused := map[string]error{
		"an unexported field": definitionError[struct{ a int }](),
		"a field left out": definitionError[struct {
			A int `json:"-"`
		}](),
		"an interface":         definitionError[struct{ A any }](),
		"a map of interfaces":  definitionError[map[string]any](),
		"a function":           definitionError[struct{ F func() }](),
		"a channel in a slice": definitionError[[]chan int](),
		"deep inside":          definitionError[map[string][]struct{ B *struct{ c bool } }](),
		"an omitted empty map": definitionError[struct {
			M map[string]int `json:",omitempty"`
		}](),
		"a map of what JSON has no keys for": definitionError[map[bool]int](),
		"a name that comes twice": definitionError[struct {
			A int `json:"B"`
			B int
		}](),
		"a name that comes twice in what is embedded": definitionError[struct {
			embedded
			A int
		}](),
		"what takes the place of the other fields": definitionError[struct {
			time.Time
			A int
		}](),
		"a pointer to what takes the place of the other fields": definitionError[struct {
			*time.Time
			A int
		}](),
		"an embedded pointer to what is not exported": definitionError[struct{ *embedded }](),
		"a form in JSON that is not read":             definitionError[onlyJSON](),
		"a form in JSON of what is embedded":          definitionError[struct{ onlyJSON }](),
		"a text that is not read":                     definitionError[map[string][]*onlyText](),
		"a key that is not read":                      definitionError[map[onlyText]int](),
		"a number as a text":                          definitionError[struct{ N json.Number }](),
	}
	for name, err := range refused {
		if !errors.Is(err, projection.ErrDefinition) {
			t.Errorf("%s: got %v, want ErrDefinition", name, err)
		}
	}
	type tree struct {
		Left, Right *tree
		At          time.Time
		Raw         json.RawMessage
		Names       map[string][]string
		Tolerant    tolerant
		ByNumber    map[json.Number]int
		embedded
	}
	if err := definitionError[tree](); err != nil {
		t.Errorf("a state that comes back whole: got %v", err)
	}
}

// definitionError returns what Fold says of a projection with states of type S.
func definitionError[S any]() error {
	_, err := projection.Fold(projection.Define[S]("p", 1, projection.ByTag("course")).With(projection.Delete[S, Closed]()), nil)
	return err
}
