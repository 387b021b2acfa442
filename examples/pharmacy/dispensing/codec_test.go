package dispensing_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

func TestEveryCommandThatCanBeDecodedIsRegisteredAndChecksItsFields(t *testing.T) {
	t.Parallel()
	store := memory.New(memory.Options{})
	app := application.New(store)
	dispensing.Register(app, store, dispensing.Policy{})
	names := dispensing.CommandNames()
	if len(names) != 31 {
		t.Errorf("got %d commands, want 31: %v", len(names), names)
	}
	for _, name := range names {
		command, err := dispensing.DecodeCommand(name, []byte(`{}`))
		if err != nil {
			t.Fatalf("DecodeCommand(%s): %v", name, err)
		}
		if _, err := app.Execute(t.Context(), command); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("Execute(empty %s) = %v, want ErrInvalid", name, err)
		}
	}
	if head, err := store.Head(t.Context()); err != nil || head != 0 {
		t.Errorf("Head = %d, %v, want an empty store", head, err)
	}
}

func TestDecodeCommandRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, command, data, want string }{
		{"a command", "Prescribe", `{}`, `unknown command "Prescribe"`},
		{"a field", "OpenCount", `{"count":"c1","drug":"x"}`, `unknown field "drug"`},
		{"a second value", "OpenCount", `{} {}`, "more than one JSON value"},
		{"text that is not JSON", "OpenCount", `count c1`, "command OpenCount"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := dispensing.DecodeCommand(tt.command, []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestDecodeCommandFillsInTheFields(t *testing.T) {
	t.Parallel()
	got, err := dispensing.DecodeCommand("EnterCount", []byte(`{"count":"c1","counted":98,"who":"anna"}`))
	if want := (dispensing.EnterCount{Count: "c1", Counted: 98, Who: "anna"}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestTheCodecKnowsEveryEventType(t *testing.T) {
	t.Parallel()
	if got := len(dispensing.Codec().Types()); got != 30 {
		t.Errorf("got %d event types, want 30: %v", got, dispensing.Codec().Types())
	}
}
