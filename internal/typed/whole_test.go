package typed_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/typed"
)

type (
	plain struct {
		ID    string `json:"id"`
		At    time.Time
		Since *time.Time `json:",omitzero"`
		Days  map[time.Weekday][]int
		By    map[netip.Addr]struct{ N int }
		Raw   json.RawMessage
		Any   any
		Total *big.Int
		Bytes [4]byte
	}
	tree struct {
		Name     string
		Children []tree
		Parent   *tree
	}
	base    struct{ ID string }
	derived struct {
		base
		*Shared
		N int
	}
	Shared  struct{ Note string }
	ignored struct {
		ID    string
		cache map[string]int `json:"-"`
		Done  chan int       `json:"-"`
		Other func()         `json:"-"`
		_     [4]byte
		none  struct{}
	}
	money     struct{ cents int }
	bought    struct{ time.Time }
	priced    struct{ Price money }
	stamped   struct{ time.Time }
	bestowing struct{ stamped }

	// written writes and reads itself, although it embeds a type that does.
	written struct {
		time.Time
		Amount int
	}
	// reading writes plainly and reads itself.
	reading struct{ Kind fmt.Stringer }

	// shapes is written plainly and reads itself.
	shapes []fmt.Stringer

	Text struct{ inner string }

	// These hold themselves in all ways.
	Rings []Rings
	Ring  struct {
		*Ring
		Rings map[string]Rings
	}
	Left  struct{ *Right }
	Right struct {
		*Left
		json.Marshaler
	}
)

func (m money) MarshalJSON() ([]byte, error)     { return json.Marshal(m.cents) }
func (m *money) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &m.cents) }

func (w written) MarshalJSON() ([]byte, error) { return json.Marshal([]any{w.Time, w.Amount}) }
func (w *written) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&w.Time, &w.Amount})
}

func (*reading) UnmarshalJSON([]byte) error { return nil }
func (*shapes) UnmarshalJSON([]byte) error  { return nil }

// The methods of Text have pointer receivers, as those of big.Int.
func (x *Text) MarshalText() ([]byte, error) { return []byte(x.inner), nil }
func (x *Text) UnmarshalText(t []byte) error { x.inner = string(t); return nil }

func TestATypeIsWholeWhenJSONKeepsWhatItHolds(t *testing.T) {
	t.Parallel()
	_ = ignored{cache: nil, none: struct{}{}}
	for _, goType := range []reflect.Type{
		reflect.TypeFor[plain](), reflect.TypeFor[*plain](), reflect.TypeFor[tree](), reflect.TypeFor[derived](),
		reflect.TypeFor[ignored](), reflect.TypeFor[priced](), reflect.TypeFor[stamped](), reflect.TypeFor[bestowing](),
		reflect.TypeFor[written](), reflect.TypeFor[*written](), reflect.TypeFor[struct{ W []written }](), reflect.TypeFor[reading](),
		reflect.TypeFor[Ring](), reflect.TypeFor[*Ring](), reflect.TypeFor[Rings](), reflect.TypeFor[shapes](),
		reflect.TypeFor[struct{}](), reflect.TypeFor[string](), reflect.TypeFor[any](),
		reflect.TypeFor[struct{ T *Text }](), reflect.TypeFor[struct{ T []Text }](), reflect.TypeFor[*struct{ T Text }](),
		reflect.TypeFor[*struct{ Text }](), reflect.TypeFor[*struct{ *Text }](),
	} {
		if err := typed.Whole(goType); err != nil {
			t.Errorf("%v: %v", goType, err)
		}
	}
}

func TestATypeIsNotWholeWhenJSONLosesWhatItHolds(t *testing.T) {
	t.Parallel()
	type (
		hidden struct {
			ID     string
			amount int
		}
		deep struct{ Lines map[string][]*hidden }
		paid struct {
			time.Time
			Amount int
		}
		paidPointer struct {
			*time.Time
			Amount int
		}
		paidDeep  struct{ paid }
		addressed struct {
			netip.Addr
			hidden int
		}
		number struct{ Total big.Int }
		failed struct{ Reason error }
		twice  struct {
			A string
			B string `json:"A"`
		}
		shadows struct {
			base
			ID string
		}
		behind struct {
			*base
			N int
		}
		both struct { // the method that lies less deep is inherited
			stamped
			money
		}
		neither struct { // two lie equally deep, so that none is inherited
			stamped
			bought
		}
		boxed struct{ Text }
		left  struct{ base }
		right struct{ base }
		ways  struct {
			left
			right
		}
	)
	_ = hidden{amount: 1}
	_ = addressed{hidden: 1}
	for _, tt := range []struct {
		goType reflect.Type
		says   []string
	}{
		{reflect.TypeFor[hidden](), []string{"typed_test.hidden.amount is not exported", `json:"-"`}},
		{reflect.TypeFor[*hidden](), []string{"typed_test.hidden.amount is not exported"}},
		{reflect.TypeFor[deep](), []string{"typed_test.deep.Lines[][].amount is not exported"}},
		{reflect.TypeFor[paid](), []string{"typed_test.paid.Amount would be lost", "embeds time.Time", "give the embedded field a name"}},
		{reflect.TypeFor[paidPointer](), []string{"typed_test.paidPointer.Amount would be lost"}},
		{reflect.TypeFor[paidDeep](), []string{"typed_test.paidDeep.paid.Amount would be lost"}},
		{reflect.TypeFor[addressed](), []string{"typed_test.addressed.hidden would be lost", "embeds netip.Addr"}},
		{reflect.TypeFor[number](), []string{"typed_test.number.Total.neg is not exported", "use a *big.Int"}},
		{reflect.TypeFor[map[string]Text](), []string{"inner is not exported", "use a *typed_test.Text"}},
		{reflect.TypeFor[Left](), []string{"typed_test.Left.Right.Left would be lost", "embeds json.Marshaler"}},
		{reflect.TypeFor[boxed](), []string{"typed_test.boxed.Text.inner is not exported"}},
		{reflect.TypeFor[both](), []string{"typed_test.both.stamped would be lost", "embeds typed_test.money"}},
		{reflect.TypeFor[neither](), []string{"typed_test.neither.stamped.Time.wall is not exported"}},
		{reflect.TypeFor[ways](), []string{"typed_test.ways.left.base.ID and typed_test.ways.right.base.ID have the same name in JSON"}},
		{reflect.TypeFor[url.URL](), []string{"url.URL.User.username is not exported"}},
		{reflect.TypeFor[failed](), []string{"typed_test.failed.Reason is of the interface type error"}},
		{reflect.TypeFor[twice](), []string{"typed_test.twice.A and typed_test.twice.B have the same name in JSON"}},
		{reflect.TypeFor[shadows](), []string{"typed_test.shadows.base.ID and typed_test.shadows.ID have the same name"}},
		{reflect.TypeFor[behind](), []string{"typed_test.behind.base is not exported"}},
		{reflect.TypeFor[struct{ F []func() }](), []string{"F[] is of type func(), which JSON does not have"}},
		{reflect.TypeFor[struct{ C *chan int }](), []string{"chan int"}},
		{reflect.TypeFor[struct{ M map[string]complex64 }](), []string{"M[] is of type complex64"}},
		{reflect.TypeFor[struct{ M map[[2]int]int }](), []string{"whose keys JSON does not have"}},
		{reflect.TypeFor[struct{ M sync.Mutex }](), []string{"is not exported"}},
	} {
		for range 2 { // the second time from memory
			err := typed.Whole(tt.goType)
			for _, text := range tt.says {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("%v: %v, want an error that says %q", tt.goType, err, text)
				}
			}
		}
	}
}

func TestATypeIsJudgedOnce(t *testing.T) {
	goType := reflect.TypeFor[plain]()
	if err := typed.Whole(goType); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = typed.Whole(goType) }); n != 0 {
		t.Errorf("asking again allocates %v times, want 0", n)
	}
}
