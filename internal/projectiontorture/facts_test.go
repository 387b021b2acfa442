package projectiontorture_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Items are added and removed, have names, and lie on shelves.
type (
	// Added touches the states of several items.
	Added struct {
		Items []string `json:"items"`
		Count int      `json:"count"`
	}
	Moved struct {
		Item  string `json:"item"`
		Shelf string `json:"shelf"`
	}
	Named struct {
		Item string `json:"item"`
		Name string `json:"name"`
	}
	Removed struct {
		Item string `json:"item"`
	}
	// Odd cannot be applied when it is Wrong.
	Odd struct {
		Item  string `json:"item"`
		Wrong string `json:"wrong,omitempty"`
	}
	// Noise concerns no projection.
	Noise struct{}
)

// What makes an Odd event fail, and how.
const (
	wrongError = "error"
	wrongPanic = "panic"
)

func (Added) EventType() string   { return "Added" }
func (Moved) EventType() string   { return "Moved" }
func (Named) EventType() string   { return "Named" }
func (Removed) EventType() string { return "Removed" }
func (Odd) EventType() string     { return "Odd" }
func (Noise) EventType() string   { return "Noise" }

func (e Added) Tags() []domain.Tag {
	var tags []domain.Tag
	for _, item := range e.Items {
		tags = append(tags, itemTag(item))
	}
	return tags
}
func (e Moved) Tags() []domain.Tag   { return []domain.Tag{itemTag(e.Item), shelfTag(e.Shelf)} }
func (e Named) Tags() []domain.Tag   { return []domain.Tag{itemTag(e.Item)} }
func (e Removed) Tags() []domain.Tag { return []domain.Tag{itemTag(e.Item)} }
func (e Odd) Tags() []domain.Tag     { return []domain.Tag{itemTag(e.Item)} }
func (Noise) Tags() []domain.Tag     { return nil }

func itemTag(item string) domain.Tag   { return domain.NewTag("item", item) }
func shelfTag(shelf string) domain.Tag { return domain.NewTag("shelf", shelf) }

var (
	items   = []string{"apple", "bean", "carrot", "date", "egg", "fig's", `"grape"`, "hüpf"}
	shelves = []string{"high", "low", "middle"}
)

// draw returns a random event.
func draw(random *rand.Rand) (domain.Event, error) {
	item := items[random.IntN(len(items))]
	var e decision.Event
	switch n := random.IntN(100); {
	case n < 38:
		some := make([]string, 1+random.IntN(3))
		for i, j := range random.Perm(len(items))[:len(some)] {
			some[i] = items[j]
		}
		e = Added{some, 1 + random.IntN(9)}
	case n < 62:
		e = Moved{item, shelves[random.IntN(len(shelves))]}
	case n < 70:
		e = Named{item, fmt.Sprintf("%s %d", item, random.IntN(100))}
	case n < 80:
		e = Removed{item}
	case n < 92:
		e = Odd{item, []string{"", "", "", wrongError, wrongPanic}[random.IntN(5)]}
	default:
		e = Noise{}
	}
	return decision.Encode(e)
}
