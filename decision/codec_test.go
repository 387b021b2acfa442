package decision_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

func TestACodecGivesBackWhatWasEncoded(t *testing.T) {
	t.Parallel()
	codec, err := decision.NewCodec(decision.Kind[CourseDefined](), decision.Kind[StudentSubscribed]())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []decision.Event{CourseDefined{"c1", 10}, StudentSubscribed{"<Ada & Bob>", "c1"}, CourseDefined{}} {
		stored, err := decision.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := codec.Decode(stored)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Decode(Encode(%#v)) = %#v", want, got)
		}
	}
}

func TestEncodeWritesTypeTagsAndReadableJSON(t *testing.T) {
	t.Parallel()
	got, err := decision.Encode(StudentSubscribed{"<Ada & Bob>", "c1"})
	if err != nil {
		t.Fatal(err)
	}
	want := domain.Event{
		Type: "StudentSubscribed",
		Tags: []domain.Tag{student("<Ada & Bob>"), course("c1")},
		Data: []byte(`{"student":"<Ada & Bob>","course":"c1"}`),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Encode = %+v %s, want %+v %s", got, got.Data, want, want.Data)
	}
}

func TestEncodeAcceptsAPointerToAnEvent(t *testing.T) {
	t.Parallel()
	byPointer, err := decision.Encode(&CourseDefined{"c1", 3})
	if err != nil {
		t.Fatal(err)
	}
	byValue, err := decision.Encode(CourseDefined{"c1", 3})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(byPointer, byValue) {
		t.Errorf("by pointer %+v, by value %+v", byPointer, byValue)
	}
}

func TestEncodeRefusesWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	var none *CourseDefined
	tests := []struct {
		name  string
		event decision.Event
		says  string
	}{
		{"nil", nil, "nil event"},
		{"a nil pointer", none, "nil *decision_test.CourseDefined"},
		{"an event without a type name", named{}, "decision_test.named"},
		{"an event without a JSON form", unwritable{math.Inf(1)}, `event "Unwritable": cannot encode decision_test.unwritable as JSON`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := decision.Encode(tt.event)
			if !errors.Is(err, domain.ErrInvalid) || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("Encode error = %v, want ErrInvalid that says %q", err, tt.says)
			}
		})
	}
}

func TestACodecNamesTheTypeItDoesNotKnow(t *testing.T) {
	t.Parallel()
	codec, err := decision.NewCodec(decision.Kind[StudentSubscribed](), decision.Kind[CourseDefined]())
	if err != nil {
		t.Fatal(err)
	}
	_, err = codec.Decode(domain.Event{Type: "CourseBurnt"})
	var unknown *decision.UnknownTypeError
	if !errors.As(err, &unknown) || !errors.Is(err, decision.ErrUnknownType) {
		t.Fatalf("Decode error = %v, want an *UnknownTypeError", err)
	}
	if unknown.Type != "CourseBurnt" || !slices.Equal(unknown.Known, []string{"CourseDefined", "StudentSubscribed"}) {
		t.Errorf("UnknownTypeError = %+v", unknown)
	}
	if want := `decision: unknown event type "CourseBurnt", known are: CourseDefined, StudentSubscribed`; err.Error() != want {
		t.Errorf("error = %q, want %q", err, want)
	}
}

func TestACodecNamesDataThatDoesNotFit(t *testing.T) {
	t.Parallel()
	codec, err := decision.NewCodec(decision.Kind[CourseDefined]())
	if err != nil {
		t.Fatal(err)
	}
	got, err := codec.Decode(domain.Event{Type: "CourseDefined", Data: []byte(`[1]`)})
	var wrong *decision.DecodeError
	if !errors.As(err, &wrong) || wrong.Type != "CourseDefined" || wrong.GoType != "decision_test.CourseDefined" || wrong.Position != 0 {
		t.Errorf("Decode error = %v, want a *DecodeError that names both types and no position", err)
	}
	if got != nil {
		t.Errorf("Decode gave %#v together with an error", got)
	}
}

func TestNewCodecRefusesWrongKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		kinds []decision.EventKind
		says  string
	}{
		{"two for one type", []decision.EventKind{decision.Kind[CourseDefined](), decision.Kind[CourseDefined]()}, `"CourseDefined"`},
		{"a pointer", []decision.EventKind{decision.Kind[*CourseDefined]()}, "is a pointer, use decision_test.CourseDefined"},
		{"an interface", []decision.EventKind{decision.Kind[decision.Event]()}, "is an interface"},
		{"the zero kind", []decision.EventKind{{}}, "make it with Kind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := decision.NewCodec(tt.kinds...)
			if !errors.Is(err, decision.ErrModel) || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("NewCodec error = %v, want ErrModel that says %q", err, tt.says)
			}
		})
	}
}

type unwritable struct{ N float64 }

func (unwritable) EventType() string  { return "Unwritable" }
func (unwritable) Tags() []domain.Tag { return nil }
