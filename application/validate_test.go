package application_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
)

type Order struct {
	ID     string `json:"id,omitempty" validate:"required,max=8"`
	Items  []Item `json:"items" validate:"min=1,dive"`
	Note   string `validate:"max=3"`
	Hidden string `json:"-" validate:"omitempty,len=2"`
	Buyer  *Buyer `json:"buyer" validate:"required"`
}

type Item struct {
	Product  string `json:"product" validate:"required"`
	Quantity int    `json:"quantity" validate:"gte=1"`
}

type Buyer struct {
	Mail string `json:"mail" validate:"email"`
}

func TestACommandIsCheckedAgainstItsTags(t *testing.T) {
	t.Parallel()
	good := func() Order {
		return Order{ID: "o1", Items: []Item{{"p1", 1}}, Buyer: &Buyer{"ada@example.org"}}
	}
	tests := []struct {
		name   string
		change func(*Order)
		want   []application.FieldError
	}{
		{name: "good", change: func(*Order) {}},
		{"a missing field", func(o *Order) { o.ID = "" }, []application.FieldError{{Field: "id", Rule: "required", Value: `""`}}},
		{"a field without a json name", func(o *Order) { o.Note = "long" }, []application.FieldError{{Field: "Note", Rule: "max=3", Value: `"long"`}}},
		{"a field that json skips", func(o *Order) { o.Hidden = "x" }, []application.FieldError{{Field: "Hidden", Rule: "len=2", Value: `"x"`}}},
		{"an element", func(o *Order) { o.Items = append(o.Items, Item{"p2", 0}) }, []application.FieldError{{Field: "items[1].quantity", Rule: "gte=1", Value: "0"}}},
		{"an empty list", func(o *Order) { o.Items = nil }, []application.FieldError{{Field: "items", Rule: "min=1", Value: "[]"}}},
		{"a nested field", func(o *Order) { o.Buyer.Mail = "ada" }, []application.FieldError{{Field: "buyer.mail", Rule: "email", Value: `"ada"`}}},
		{"a missing struct", func(o *Order) { o.Buyer = nil }, []application.FieldError{{Field: "buyer", Rule: "required", Value: "<nil>"}}},
		{"a long value is shortened", func(o *Order) { o.ID = strings.Repeat("ä", 100) }, []application.FieldError{{Field: "id", Rule: "max=8", Value: `"` + strings.Repeat("ä", 19) + "…"}}},
		{"several fields, in their order", func(o *Order) { o.ID, o.Note, o.Items[0].Product = "", "long", "" }, []application.FieldError{
			{Field: "id", Rule: "required", Value: `""`}, {Field: "items[0].product", Rule: "required", Value: `""`}, {Field: "Note", Rule: "max=3", Value: `"long"`},
		}},
	}
	for _, tt := range tests {
		for _, how := range []string{"by value", "by pointer"} {
			t.Run(tt.name+" "+how, func(t *testing.T) {
				t.Parallel()
				order := good()
				tt.change(&order)
				ran := false
				app := application.New(&memory.Store{})
				application.Handle(app, func(*application.Decision, Order) error { ran = true; return nil })
				application.Handle(app, func(*application.Decision, *Order) error { ran = true; return nil })
				command, typ := any(order), "application_test.Order"
				if how == "by pointer" {
					command, typ = &order, "*application_test.Order"
				}

				_, err := app.Execute(t.Context(), command)
				if ran != (tt.want == nil) {
					t.Errorf("the function ran: %v", ran)
				}
				if tt.want == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				var invalid *application.ValidationError
				if !errors.As(err, &invalid) || !errors.Is(err, domain.ErrInvalid) {
					t.Fatalf("error = %v, want a *ValidationError", err)
				}
				if invalid.Command != typ || !reflect.DeepEqual(invalid.Fields, tt.want) {
					t.Errorf("ValidationError = %+v, want %s %+v", invalid, typ, tt.want)
				}
				for _, f := range tt.want {
					if !strings.Contains(err.Error(), fmt.Sprintf("%s breaks the rule %q, it is %s", f.Field, f.Rule, f.Value)) {
						t.Errorf("error %q does not name %+v", err, f)
					}
				}
			})
		}
	}
}

func TestANilCommandIsInvalid(t *testing.T) {
	t.Parallel()
	app := application.New(&memory.Store{})
	application.Handle(app, func(_ *application.Decision, o *Order) error {
		t.Errorf("the function ran with %v", o)
		return nil
	})
	var none *Order
	_, err := app.Execute(t.Context(), none)
	var invalid *application.ValidationError
	if !errors.As(err, &invalid) || invalid.Command != "*application_test.Order" {
		t.Errorf("error = %v, want a *ValidationError that names *Order", err)
	}
}

func TestTheTypesOfTheValidatorDoNotLeak(t *testing.T) {
	t.Parallel()
	_, err := newApp(&memory.Store{}).Execute(t.Context(), Subscribe{})
	var theirs validator.ValidationErrors
	var one validator.FieldError
	if err == nil || errors.As(err, &theirs) || errors.As(err, &one) {
		t.Errorf("error = %#v, want one without the validator's types", err)
	}
}

type (
	mistaken struct {
		Quantity int `validate:"mni=1"`
	}
	throughList struct {
		Lines []mistaken `validate:"required,dive"`
	}
	throughLists struct {
		Lines map[string][]*mistaken `validate:"min=2,dive,keys,max=3,endkeys,required,dive"`
	}
	throughPointer struct {
		Line *mistaken `validate:"omitempty"`
	}
	throughItself struct {
		Next *throughItself
		Line []*throughPointer `validate:"dive"`
	}
	notReached struct {
		Left  mistaken   `validate:"-"`
		Other mistaken   `validate:"omitempty,nostructlevel"`
		Parts []mistaken `validate:"dive,nostructlevel"`
		Lines []mistaken `validate:"max=3"`
		at    mistaken
	}
)

func TestHandleKnowsTheRulesOfAllThatACommandHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		handle func(*application.App)
		wrong  bool
	}{
		{"in a list", handles[throughList], true},
		{"in a map of lists of pointers", handles[throughLists], true},
		{"behind a pointer", handles[throughPointer], true},
		{"in a type that holds itself", handles[throughItself], true},
		{"where the validator never looks", handles[notReached], false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				said := recover()
				if (said != nil) != tt.wrong || tt.wrong && !strings.Contains(fmt.Sprint(said), "mistaken: Undefined validation function 'mni'") {
					t.Errorf("Handle panics with %v, want a panic: %v", said, tt.wrong)
				}
			}()
			tt.handle(application.New(&memory.Store{}))
		})
	}
	_ = notReached{at: mistaken{}}
}

func handles[C any](app *application.App) {
	application.Handle(app, func(*application.Decision, C) error { return nil })
}

func TestARuleThatDoesNotFitItsFieldEndsTheCommandAndNotTheProgram(t *testing.T) {
	t.Parallel()
	type Weigh struct {
		Grams int `validate:"required,min=heavy"`
	}
	app := application.New(&memory.Store{})
	handles[Weigh](app)
	_, err := app.Execute(t.Context(), Weigh{1})
	if says := "validate application_test.Weigh: wrong validator tags"; err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("error = %v, want one that says %q", err, says)
	}
}
