package stage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/published"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

// Happened is an event with whatever name.
type Happened struct {
	What string `json:"what"`
}

func (Happened) EventType() string    { return "Happened" }
func (e Happened) Tags() []domain.Tag { return []domain.Tag{"b:2", "a:1"} }

var errRefused = errors.New("refused")

// once records what, unless anything has happened before.
func once(what string) stage.Decider {
	return func(d *application.Decision) error {
		before := decision.New(0).With(decision.On(func(n int, _ Happened) int { return n + 1 }))
		if err := d.Load(before); err != nil {
			return err
		}
		if before.State() > 0 {
			return errRefused
		}
		return d.Record(Happened{what})
	}
}

func TestPlayFailsWhenSomethingElseComesOut(t *testing.T) {
	t.Parallel()
	event := func(typ, data string, tags ...domain.Tag) published.Case {
		return published.Case{ThenEvent: &published.Event{Type: typ, Data: []byte(data), Tags: tags}}
	}
	refused := func(text string) published.Case { return published.Case{ThenError: &text} }
	record := func(events ...decision.Event) stage.Decider {
		return func(d *application.Decision) error { return d.Record(events...) }
	}
	x := Happened{"x"}
	tests := []struct {
		name    string
		c       published.Case
		command stage.Decider
		says    string // "" for a case that passes
	}{
		{"the event of the case passes", event("Happened", `{ "what": "x" }`, "b:2", "a:1"), record(x), ""},
		{"another type", event("Other", `{"what":"x"}`, "a:1", "b:2"), record(x), "want Other"},
		{"other data", event("Happened", `{"what":"y"}`, "a:1", "b:2"), record(x), `want Happened`},
		{"a missing tag", event("Happened", `{"what":"x"}`, "a:1", "b:2", "c:3"), record(x), "c:3"},
		{"a tag too many", event("Happened", `{"what":"x"}`, "a:1"), record(x), "b:2"},
		{"an event too many", event("Happened", `{"what":"x"}`, "a:1", "b:2"), record(x, x), "want one event"},
		{"no event", event("Happened", `{"what":"x"}`, "a:1", "b:2"), record(), "want one event"},
		{"an error in place of the event", event("Happened", `{"what":"x"}`), func(*application.Decision) error { return errRefused }, "refused"},
		{"the error of the case passes", refused("refused"), func(*application.Decision) error { return errRefused }, ""},
		{"another error", refused("refused"), func(*application.Decision) error { return errors.New("other") }, "other"},
		{"an event in place of the error", refused("refused"), record(x), "is answered <nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			func() {
				defer func() { _ = recover() }() // the recorder's Fatalf
				stage.Play(t.Context(), r, &memory.Store{}, tt.c, nil, tt.command, func(string) error { return errRefused })
			}()
			said := strings.Join(r.said, "\n")
			if tt.says == "" && said != "" || !strings.Contains(said, tt.says) || tt.says != "" && said == "" {
				t.Errorf("Play says %q, want %q in it", said, tt.says)
			}
		})
	}
}

func TestARaceIsWonByTheFirstAndDecidedTwiceByTheSecond(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	first, second := stage.Race(t.Context(), store, store, once("first"), once("second"))
	if first.Err != nil || first.Result.Attempts != 1 {
		t.Errorf("first = %+v", first)
	}
	if !errors.Is(second.Err, errRefused) || second.Result.Attempts != 2 {
		t.Errorf("second = %+v", second)
	}
}

func TestWhoDoesNotAppendKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	refuse := func(*application.Decision) error { return errRefused }
	for _, silent := range []int{0, 1} {
		store := &memory.Store{}
		deciders := []stage.Decider{once("a"), once("b")}
		deciders[silent] = refuse
		first, second := stage.Race(t.Context(), store, store, deciders[0], deciders[1])
		errs := []error{first.Err, second.Err}
		if !errors.Is(errs[silent], errRefused) || errs[1-silent] != nil {
			t.Errorf("with %d silent: %v", silent, errs)
		}
	}
}

func TestAnEndedContextEndsAMeeting(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	store, ended := &memory.Store{}, make(chan struct{})
	stage.Meet(store, store,
		func(s ports.EventStore) {
			defer close(ended)
			if _, err := s.Append(ctx, []domain.Event{{Type: "T"}}); !errors.Is(err, context.Canceled) {
				t.Errorf("append = %v, want context.Canceled", err)
			}
		},
		func(ports.EventStore) {
			cancel()
			<-ended
		})
}

func TestAnInterruptionComesOnceBeforeTheFirstAppend(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	interrupted := stage.Interrupted(store, func() { stage.Store(t.Context(), t, store, domain.Event{Type: "Between"}) })
	for _, typ := range []string{"A", "B"} {
		stage.Store(t.Context(), t, interrupted, domain.Event{Type: typ})
	}
	var types []string
	for _, e := range stage.After(t.Context(), t, store, 0) {
		types = append(types, e.Type)
	}
	if want := []string{"Between", "A", "B"}; !slices.Equal(types, want) {
		t.Errorf("stored %v, want %v", types, want)
	}
}

// recorder is a test that notes its failures.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic("fatal")
}
