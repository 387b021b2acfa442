package stage

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/specs/internal/published"
)

// Play appends what is given, carries out the command of a published case at
// [Now] and checks that exactly what the case says comes out. A refusal is
// compared with the error that refusal makes of its text.
func Play(
	ctx context.Context, t testing.TB, store ports.EventStore,
	c published.Case, given []domain.Event, command Decider, refusal func(text string) error,
) {
	t.Helper()
	head := Store(ctx, t, store, given...)
	got := Decide(ctx, store, command, AtNow())
	happened := After(ctx, t, store, head)
	if c.ThenError != nil {
		if want := refusal(*c.ThenError); got.Err != want { //nolint:errorlint // a refusal is returned as it is
			t.Errorf("%s is answered %v, want %v", c.When.Name, got.Err, want)
		}
		if len(happened) > 0 {
			t.Errorf("%s is refused and has stored %v", c.When.Name, happened)
		}
		return
	}
	if got.Err != nil || got.Result.Attempts != 1 {
		t.Errorf("%s ends after %d attempts with %v, want one attempt and no error", c.When.Name, got.Result.Attempts, got.Err)
	}
	if len(happened) != 1 {
		t.Fatalf("%s has stored %v, want one event", c.When.Name, happened)
	}
	e, want := happened[0], c.ThenEvent
	if e.Type != want.Type || !slices.Equal(e.Tags, slices.Sorted(slices.Values(want.Tags))) || !sameJSON(t, e.Data, want.Data) {
		t.Errorf("%s has stored %s %v %s, want %s %v %s", c.When.Name, e.Type, e.Tags, e.Data, want.Type, want.Tags, want.Data)
	}
}

// Among returns the given events with noise before, between and behind them.
func Among(noise, given []domain.Event) []domain.Event {
	mixed := slices.Clone(noise)
	for _, e := range given {
		mixed = append(append(mixed, e), noise...)
	}
	return mixed
}

func sameJSON(t testing.TB, a, b json.RawMessage) bool {
	t.Helper()
	var values [2]any
	for i, data := range []json.RawMessage{a, b} {
		if err := json.Unmarshal(data, &values[i]); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}
