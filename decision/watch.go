package decision

import (
	"context"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/observe"
)

// watch tells the observer of a context about one load. The nil watch, which is
// that of a context without observer, does nothing.
type watch struct {
	tell   observe.Observer
	models []Loadable
	load   observe.Load
}

func watching(ctx context.Context, models []Loadable) *watch {
	tell := observe.From(ctx)
	if tell == nil {
		return nil
	}
	w := &watch{tell: tell, models: models}
	for _, m := range models {
		w.load.Models = append(w.load.Models, observe.Model{Name: m.String(), Query: m.Query(), Before: m.shown()})
	}
	return w
}

func (w *watch) folded(e domain.SequencedEvent) {
	if w == nil {
		return
	}
	for i := range w.load.Models {
		if m := &w.load.Models[i]; m.Query.Matches(e.Event) {
			m.Folded = append(m.Folded, e)
		}
	}
}

func (w *watch) loaded(condition domain.AppendCondition) {
	if w == nil {
		return
	}
	for i, m := range w.models {
		w.load.Models[i].After = m.shown()
	}
	w.load.Condition = condition
	w.tell(w.load)
}
