package projectiontorture_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// trail is the order in which positions were applied, in a number: it differs when
// one is missing, comes twice, or comes at another place.
type trail uint64

func (t trail) then(position domain.Position) trail { return t*31 + trail(position) }

// The states. Made is the version of the definition that made them.
type (
	count struct {
		Made, Sum int
		Trail     trail
	}
	shelf struct {
		Made  int
		Last  []string
		Trail trail
	}
	place struct {
		Made, Count int
		Shelf       string
		Trail       trail
	}
	life struct {
		Made, Count int
		Trail       trail
	}
	tally struct {
		Made, Events int
		Trail        trail
	}
)

// counts has a counter for each item, which events touch several at a time.
func counts(version int) *projection.Definition[count] {
	next := func(c projection.Change[count], n int) (count, error) {
		return count{version, c.State.Sum + n, c.State.Trail.then(c.Event.Position)}, nil
	}
	return projection.Define[count]("counts", version, nil).With(
		projection.OnChange(func(c projection.Change[count], e Added) (count, error) { return next(c, e.Count) }).
			Keys(func(e Added) []string { return e.Items }),
		projection.OnChange(func(c projection.Change[count], _ Moved) (count, error) { return next(c, 0) }).
			Key(func(e Moved) string { return e.Item }),
	)
}

// lists has a list for each shelf, of what came to lie there under its name of that
// time.
func lists(version int) *projection.Definition[shelf] {
	return projection.Define[shelf]("lists", version, projection.ByTag("shelf")).With(
		projection.OnChange(func(c projection.Change[shelf], e Moved) (shelf, error) {
			names, err := projection.EventsOf[Named](c.Related)
			if err != nil {
				return shelf{}, err
			}
			text := e.Item
			if len(names) > 0 {
				text = names[len(names)-1].Name
			}
			last := slices.Concat(c.State.Last, []string{fmt.Sprintf("%s after %d", text, len(c.Related))})
			return shelf{version, last[max(0, len(last)-4):], c.State.Trail.then(c.Event.Position)}, nil
		}).Related(func(e Moved) domain.Query {
			return domain.NewQuery(domain.OfTypes("Named", "Moved").Tagged(itemTag(e.Item)))
		}),
	)
}

// places has tags that move with the items.
func places(version int) *projection.Definition[place] {
	return projection.Define[place]("places", version, projection.ByTag("item")).With(
		projection.OnChange(func(c projection.Change[place], e Moved) (place, error) {
			return place{version, c.State.Count, e.Shelf, c.State.Trail.then(c.Event.Position)}, nil
		}),
		projection.OnChange(func(c projection.Change[place], e Added) (place, error) {
			return place{version, c.State.Count + e.Count, c.State.Shelf, c.State.Trail.then(c.Event.Position)}, nil
		}),
	).Tagged(func(key string, p place) []domain.Tag {
		tags := []domain.Tag{itemTag(key), domain.NewTag("odd", strconv.FormatBool(p.Count%2 == 1))}
		if p.Shelf != "" {
			tags = append(tags, shelfTag(p.Shelf))
		}
		return tags
	})
}

// lives has states that go and come again.
func lives(version int) *projection.Definition[life] {
	next := func(c projection.Change[life], n int) (life, error) {
		return life{version, c.State.Count + n, c.State.Trail.then(c.Event.Position)}, nil
	}
	return projection.Define[life]("lives", version, projection.ByTag("item")).With(
		projection.OnChange(func(c projection.Change[life], e Added) (life, error) { return next(c, e.Count) }),
		projection.OnChange(func(c projection.Change[life], _ Named) (life, error) { return next(c, 1) }),
		projection.Delete[life, Removed](),
	).DropWhen(func(l life) bool { return l.Count > 40 })
}

// strict parks what it cannot apply.
func strict(version int) *projection.Definition[tally] {
	next := func(c projection.Change[tally]) (tally, error) {
		return tally{version, c.State.Events + 1, c.State.Trail.then(c.Event.Position)}, nil
	}
	return projection.Define[tally]("strict", version, projection.Fixed("all")).With(
		projection.OnChange(func(c projection.Change[tally], _ Named) (tally, error) { return next(c) }),
		projection.OnChange(func(c projection.Change[tally], _ Moved) (tally, error) { return next(c) }),
		projection.OnChange(func(c projection.Change[tally], e Odd) (tally, error) {
			switch e.Wrong {
			case wrongError:
				return tally{}, errors.New("it is wrong")
			case wrongPanic:
				panic("it is wrong")
			}
			return next(c)
		}),
	).OnFailure(projection.Failure{Retries: 1, MinDelay: time.Millisecond, Then: projection.Park})
}

// isWrong says which events strict parks.
func isWrong(e domain.SequencedEvent) bool {
	var odd Odd
	return e.Type == odd.EventType() && json.Unmarshal(e.Data, &odd) == nil && odd.Wrong != ""
}

// model is a projection of any type of state.
type model struct {
	name string
	at   func(version int) projection.Projection
	// fold returns the states after some events, as they are stored.
	fold func(version int, events []domain.SequencedEvent) (map[string]ports.ProjectionState, error)
	// parks says which events are set aside.
	parks func(domain.SequencedEvent) bool
}

var models = []model{
	modelOf(counts, nil), modelOf(lists, nil), modelOf(places, nil), modelOf(lives, nil), modelOf(strict, isWrong),
}

func modelOf[S any](define func(int) *projection.Definition[S], parks func(domain.SequencedEvent) bool) model {
	if parks == nil {
		parks = func(domain.SequencedEvent) bool { return false }
	}
	return model{
		name: define(1).Name(), at: func(version int) projection.Projection { return define(version) }, parks: parks,
		fold: func(version int, events []domain.SequencedEvent) (map[string]ports.ProjectionState, error) {
			states, err := projection.Fold(define(version), slices.DeleteFunc(slices.Clone(events), parks))
			if err != nil {
				return nil, err
			}
			stored := make(map[string]ports.ProjectionState, len(states))
			for key, s := range states {
				data, err := plainJSON(s.Value)
				if err != nil {
					return nil, err
				}
				stored[key] = ports.ProjectionState{
					Key: key, Data: data, Tags: s.Tags, Version: s.Version, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Position: s.Position,
				}
			}
			return stored, nil
		},
	}
}

// plainJSON is the JSON of a value as people read it.
func plainJSON(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// mail is the name of the outbox.
const mail = "mail"

// outbox delivers by means of send.
func outbox(send func(context.Context, projection.Delivery) error) *projection.Outbox {
	return projection.NewOutbox(mail).With(
		projection.Send(func(ctx context.Context, d projection.Delivery, _ Moved) error { return send(ctx, d) }),
		projection.Send(func(ctx context.Context, d projection.Delivery, _ Removed) error { return send(ctx, d) }),
	)
}
