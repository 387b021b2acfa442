package decision

import (
	"context"
	"fmt"
	"slices"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Load reads what the models are about and folds each event, in the order of
// positions, into every model whose query matches it. It returns the condition
// that holds as long as nothing has arrived that any of the models would have
// folded: the union of their queries, after the head of the read. The head counts
// even when nothing matched.
//
// However many models there are, that is one read; each model that folds its
// [Model.Latest] event only needs a further one of its own. All of them see the
// store as the first one did, so the states belong together and one condition,
// after the head of the first read, covers them: what is appended in between is
// folded by none of them and conflicts.
//
// Errors: [ErrModel] for no model, a model without handlers or with wrong ones,
// and a model that is given twice; [ErrModelUsed]; [domain.ErrInvalid] for tags
// and types that break its rules; a [*DecodeError] for data that does not fit;
// whatever the read returns. Different models may be loaded concurrently.
func Load(ctx context.Context, r ports.Reader, models ...Loadable) (domain.AppendCondition, error) {
	query, err := take(models)
	if err != nil {
		return domain.AppendCondition{}, err
	}
	var head domain.Position
	for i, g := range groups(models) {
		if i > 0 {
			g.read.Before = head + 1
		}
		found, err := g.load(ctx, r)
		if err != nil {
			return domain.AppendCondition{}, err
		}
		if i == 0 {
			head = found
		}
	}
	return domain.AppendCondition{FailIfEventsMatch: query, After: head}, nil
}

// load reads and folds what a group is about and returns the head of the read.
func (g group) load(ctx context.Context, r ports.Reader) (domain.Position, error) {
	result, err := r.Read(ctx, g.query, g.read)
	if err != nil {
		return 0, fmt.Errorf("decision: load: %w", err)
	}
	to, observed := route(g.models), watching(ctx, g.models)
	for e, err := range result.Events {
		if err != nil {
			return 0, fmt.Errorf("decision: load: %w", err)
		}
		if err := to.fold(e); err != nil {
			return 0, err
		}
		observed.folded(e)
	}
	observed.loaded(domain.AppendCondition{FailIfEventsMatch: g.query, After: result.Head})
	return result.Head, nil
}

// Fold is [Load] without a store: it folds the given events, in the given order,
// into every model whose query matches them, and into a model that folds the
// [Model.Latest] event the last of these. Events that no model is about are
// skipped. It uses the models up.
func Fold(events []domain.SequencedEvent, models ...Loadable) error {
	if _, err := take(models); err != nil {
		return err
	}
	for _, g := range groups(models) {
		if err := g.foldEach(events); err != nil {
			return err
		}
	}
	return nil
}

// take checks the models, uses them up and returns the union of their queries.
// When it fails because of one model, it has used up none of them.
func take(models []Loadable) (domain.Query, error) {
	if len(models) == 0 {
		return domain.Query{}, fmt.Errorf("%w: no model to load", ErrModel)
	}
	seen := make(map[Loadable]struct{}, len(models))
	queries := make([]domain.Query, len(models))
	for i, m := range models {
		if m == nil {
			return domain.Query{}, fmt.Errorf("%w: model %d is nil", ErrModel, i)
		}
		if err := m.check(); err != nil {
			return domain.Query{}, fmt.Errorf("model %d: %w", i, err)
		}
		if _, twice := seen[m]; twice {
			return domain.Query{}, fmt.Errorf("%w: model %d is given twice (%v)", ErrModel, i, m)
		}
		seen[m] = struct{}{}
		queries[i] = m.Query()
	}
	for _, m := range models {
		if !m.use() {
			return domain.Query{}, fmt.Errorf("%w (%v)", ErrModelUsed, m)
		}
	}
	return domain.Query{}.Union(queries...), nil
}

// routes finds the models for an event without asking each of them: a model is
// filed under each of its types and its first tag ("" when it has none), so that
// a decision about a thousand products costs no more per event than one about a
// single product.
type routes map[routeKey][]Loadable

type routeKey struct {
	typ string
	tag domain.Tag
}

func route(models []Loadable) routes {
	to := make(routes, len(models))
	for _, m := range models {
		types, tags := m.about()
		var first domain.Tag
		if len(tags) > 0 {
			first = tags[0]
		}
		for _, typ := range types {
			key := routeKey{typ, first}
			to[key] = append(to[key], m)
		}
	}
	return to
}

func (to routes) fold(e domain.SequencedEvent) error {
	if err := to.foldAt(routeKey{typ: e.Type}, e); err != nil {
		return err
	}
	for i, tag := range e.Tags {
		if tag == "" || slices.Contains(e.Tags[:i], tag) {
			continue // hand-made events may break the rules of a tag set
		}
		if err := to.foldAt(routeKey{e.Type, tag}, e); err != nil {
			return err
		}
	}
	return nil
}

func (to routes) foldAt(key routeKey, e domain.SequencedEvent) error {
	for _, m := range to[key] {
		_, tags := m.about()
		if !carries(e.Tags, tags) {
			continue
		}
		if err := m.fold(e); err != nil {
			return err
		}
	}
	return nil
}

// carries reports whether all of wanted are in tags.
func carries(tags, wanted []domain.Tag) bool {
	for _, tag := range wanted {
		if !slices.Contains(tags, tag) {
			return false
		}
	}
	return true
}
