package decision

import (
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Latest makes the model fold the last event that its query matches and no other,
// and returns the model itself. Its state is then the initial one after a single
// handler, or just the initial one when nothing matches. It is for questions that
// the last event answers whatever came before it, such as the next number of a
// gapless sequence:
//
//	decision.New(1).With(
//		decision.On(func(_ int, e InvoiceCreated) int { return e.Number + 1 })).Latest()
//
// With several handlers it is the last event of all their types together.
//
// [Load] finds that event by a backwards read with limit 1, so that the past
// costs nothing however long it is. What the model guards does not change: the
// condition is about every event that its query matches.
func (m *Model[S]) Latest() *Model[S] {
	m.latest = true
	return m
}

func (m *Model[S]) onlyLatest() bool { return m.latest }

// group is the models that one read serves.
type group struct {
	models []Loadable
	query  domain.Query
	read   ports.ReadOptions
}

// groups returns the reads that the models need: one for all models that fold
// everything, if there are any, and one for each model that folds the latest event.
func groups(models []Loadable) []group {
	var all group
	var one []group
	var queries []domain.Query
	for _, m := range models {
		if m.onlyLatest() {
			one = append(one, group{
				models: []Loadable{m}, query: m.Query(), read: ports.ReadOptions{Backwards: true, Limit: 1},
			})
			continue
		}
		all.models = append(all.models, m)
		queries = append(queries, m.Query())
	}
	if len(all.models) == 0 {
		return one
	}
	all.query = domain.Query{}.Union(queries...)
	return append([]group{all}, one...)
}

// foldEach folds each event, in order, into those models of the group that are
// about it; of a model that folds the latest event only that one.
func (g group) foldEach(events []domain.SequencedEvent) error {
	to := route(g.models)
	if g.read.Limit == 0 {
		for _, e := range events {
			if err := to.fold(e); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range slices.Backward(events) {
		if g.query.Matches(e.Event) {
			return to.fold(e)
		}
	}
	return nil
}
