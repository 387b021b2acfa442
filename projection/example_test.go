package projection_test

import (
	"context"
	"fmt"
	"strconv"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/projection"
)

type Stocked struct {
	Drug  string `json:"drug"`
	Units int    `json:"units"`
}

func (Stocked) EventType() string    { return "Stocked" }
func (e Stocked) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("drug", e.Drug)} }

type Taken struct {
	Drug  string `json:"drug"`
	Units int    `json:"units"`
}

func (Taken) EventType() string    { return "Taken" }
func (e Taken) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("drug", e.Drug)} }

// Shelf is what is on the shelf of one drug.
type Shelf struct {
	Units int
}

// Shelves is the read model of all shelves, by drug.
func Shelves() *projection.Definition[Shelf] {
	return projection.Define[Shelf]("shelves", 1, projection.ByTag("drug")).With(
		projection.On(func(s Shelf, e Stocked) Shelf { s.Units += e.Units; return s }),
		projection.On(func(s Shelf, e Taken) Shelf { s.Units -= e.Units; return s }),
	).Tagged(func(_ string, s Shelf) []domain.Tag {
		return []domain.Tag{domain.NewTag("low", strconv.FormatBool(s.Units < 10))}
	})
}

func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	store, states := memory.New(memory.Options{}), memory.NewProjections()

	runner, err := projection.NewRunner(store, states, projection.Options{}, Shelves())
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- runner.Run(ctx) }()

	var last domain.Position
	for _, e := range []decision.Event{Stocked{"aspirin", 100}, Stocked{"codeine", 12}, Taken{"codeine", 5}} {
		stored, err := decision.Encode(e)
		if err != nil {
			fmt.Println(err)
			return
		}
		positions, err := store.Append(ctx, []domain.Event{stored})
		if err != nil {
			fmt.Println(err)
			return
		}
		last = positions.Last
	}

	shelves := Shelves().View(states)
	if err := shelves.Wait(ctx, last); err != nil { // read your own writes
		fmt.Println(err)
		return
	}
	low, err := shelves.List(ctx, projection.Selection{Tags: []domain.Tag{"low:true"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, shelf := range low {
		fmt.Printf("%s: %d units left, after %d events\n", shelf.Key, shelf.Value.Units, shelf.Version)
	}
	stop()
	fmt.Println("ended:", <-ended)
	// Output:
	// codeine: 7 units left, after 2 events
	// ended: <nil>
}
