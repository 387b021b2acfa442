package application_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// A cart of any number of products, each at a price that was shown to the buyer.
// A price that was replaced stays good for ten minutes.

type PriceSet struct {
	Product string `json:"product"`
	Price   int    `json:"price"`
}

func (PriceSet) EventType() string    { return "PriceSet" }
func (e PriceSet) Tags() []domain.Tag { return []domain.Tag{product(e.Product)} }

type ProductsOrdered struct {
	Items []CartItem `json:"items"`
}

type CartItem struct {
	Product string `json:"product"`
	Price   int    `json:"price"`
}

func (ProductsOrdered) EventType() string { return "ProductsOrdered" }
func (e ProductsOrdered) Tags() []domain.Tag {
	var tags []domain.Tag
	for _, item := range e.Items {
		tags = append(tags, product(item.Product))
	}
	return tags
}

func product(id string) domain.Tag { return domain.NewTag("product", id) }

const grace = 10 * time.Minute

// GoodPrices are the prices at which a product may be ordered now: the last one
// from before the grace period and all that came later.
func GoodPrices(id string, now time.Time) *decision.Model[[]int] {
	return decision.New([]int(nil), product(id)).With(
		decision.OnSequenced(func(good []int, e PriceSet, at domain.SequencedEvent) []int {
			if now.Sub(at.Metadata.OccurredAt) > grace {
				return []int{e.Price}
			}
			return append(good, e.Price)
		}))
}

type wrongPriceError struct{ Product string }

func (e wrongPriceError) Error() string {
	return fmt.Sprintf("invalid price for product %q", e.Product)
}

func order(cart []CartItem) func(*application.Decision) error {
	return func(d *application.Decision) error {
		prices := make(map[string]*decision.Model[[]int])
		var models []decision.Loadable
		for _, item := range cart {
			if prices[item.Product] == nil {
				prices[item.Product] = GoodPrices(item.Product, d.Now())
				models = append(models, prices[item.Product])
			}
		}
		if err := d.Load(models...); err != nil {
			return err
		}
		for _, item := range cart {
			if !slices.Contains(prices[item.Product].State(), item.Price) {
				return wrongPriceError{item.Product}
			}
		}
		return d.Record(ProductsOrdered{cart})
	}
}

// priced stores prices with the given ages.
func priced(t *testing.T, prices ...agedPrice) *memory.Store {
	t.Helper()
	store := &memory.Store{}
	for _, p := range prices {
		_, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
			return d.RecordWith(domain.Metadata{OccurredAt: noon.Add(-p.age)}, p.PriceSet)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return store
}

type agedPrice struct {
	PriceSet
	age time.Duration
}

func TestACartIsOrderedAtPricesThatWereShown(t *testing.T) {
	t.Parallel()
	at := func(age time.Duration, product string, price int) agedPrice {
		return agedPrice{PriceSet{product, price}, age * time.Minute}
	}
	tests := []struct {
		name  string
		given []agedPrice
		cart  []CartItem
		wrong string // the product whose price is refused
	}{
		{"the only price", []agedPrice{at(20, "p1", 123)}, []CartItem{{"p1", 123}}, ""},
		{"a price that never was", []agedPrice{at(20, "p1", 123)}, []CartItem{{"p1", 100}}, "p1"},
		{"a product that never was", nil, []CartItem{{"p1", 100}}, "p1"},
		{"a price replaced long ago", []agedPrice{at(20, "p1", 123), at(20, "p1", 134)}, []CartItem{{"p1", 123}}, "p1"},
		{"a price replaced just now", []agedPrice{at(20, "p1", 123), at(9, "p1", 134)}, []CartItem{{"p1", 123}}, ""},
		{"a price replaced exactly ten minutes ago", []agedPrice{at(20, "p1", 123), at(10, "p1", 134)}, []CartItem{{"p1", 123}}, ""},
		{"the price that replaced it", []agedPrice{at(20, "p1", 123), at(9, "p1", 134)}, []CartItem{{"p1", 134}}, ""},
		{"the first of three within the grace", []agedPrice{at(20, "p1", 1), at(9, "p1", 2), at(8, "p1", 3)}, []CartItem{{"p1", 1}}, ""},
		{"several products", []agedPrice{at(20, "p1", 123), at(9, "p1", 134), at(8, "p2", 321)}, []CartItem{{"p1", 123}, {"p2", 321}}, ""},
		{"one of several is wrong", []agedPrice{at(20, "p1", 123), at(8, "p2", 321)}, []CartItem{{"p1", 123}, {"p2", 123}}, "p2"},
		{"one product twice", []agedPrice{at(20, "p1", 123), at(9, "p1", 134)}, []CartItem{{"p1", 123}, {"p1", 134}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := priced(t, tt.given...)
			result, err := application.Decide(t.Context(), store, order(tt.cart), application.WithClock(fixedClock(noon)))
			if tt.wrong != "" {
				if want := (wrongPriceError{tt.wrong}); !errors.Is(err, want) {
					t.Errorf("error = %v, want %v", err, want)
				}
				return
			}
			if err != nil || result.Positions.Len() != 1 {
				t.Errorf("Decide = %+v, %v, want one event", result, err)
			}
		})
	}
}

func TestACartOfManyProductsIsOneReadAndOneCondition(t *testing.T) {
	t.Parallel()
	const n = domain.MaxTags // of the event; a decision may depend on more
	store := &spy{Store: &memory.Store{}}
	var cart []CartItem
	for i := range n {
		id := fmt.Sprintf("p%d", i)
		mustAppend(t, store.Store, PriceSet{id, i})
		cart = append(cart, CartItem{id, i})
	}
	if _, err := application.Decide(t.Context(), store, order(cart)); err != nil {
		t.Fatal(err)
	}
	if store.reads != 1 || len(store.conditions) != 1 || len(store.conditions[0]) != 1 {
		t.Fatalf("%d reads, conditions %v, want one read and one append with one condition", store.reads, store.conditions)
	}
	condition := store.conditions[0][0]
	if items := len(condition.FailIfEventsMatch.Items()); items != n || condition.After != n {
		t.Errorf("the condition has %d items after %d, want %d after %d", items, condition.After, n, n)
	}
}

func TestOrdersConflictWithPricesAndNotWithEachOther(t *testing.T) {
	t.Parallel()
	cart := []CartItem{{"p1", 123}, {"p2", 321}}
	tests := []struct {
		name      string
		meanwhile decision.Event
		attempts  int
	}{
		{"another order of the same product", ProductsOrdered{[]CartItem{{"p1", 123}}}, 1},
		{"the price of another product", PriceSet{"p3", 1}, 1},
		{"the price of a product in the cart", PriceSet{"p2", 322}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := priced(t, agedPrice{PriceSet{"p1", 123}, time.Hour}, agedPrice{PriceSet{"p2", 321}, time.Hour})
			result, err := application.Decide(t.Context(), store, func(d *application.Decision) error {
				err := order(cart)(d)
				if d.Attempt() == 1 {
					mustAppend(t, store, tt.meanwhile)
				}
				return err
			}, quick(3))
			if err != nil || result.Attempts != tt.attempts {
				t.Errorf("Decide = %+v, %v, want %d attempts", result, err, tt.attempts)
			}
		})
	}
}
