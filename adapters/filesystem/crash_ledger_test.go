package filesystem

import (
	"errors"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// least returns the position up to which p must see everything: what anybody was told
// of. While a ledger that is whole is owed, it is what that tells, and what p was told itself.
func (p *process) least() domain.Position {
	if !p.owed() {
		return p.w.history.told()
	}
	l, ok := p.w.ledger()
	if !ok {
		return p.w.history.told() // nobody reads by it then
	}
	return max(l.Position, p.told)
}

// ledger returns what stands in the ledger, false when it is not whole.
func (w *world) ledger() (ledger, bool) {
	text, _ := w.disk.Content(ledgerName)
	return parseLedger(text)
}

// owed reports whether a fault kept the ledger from telling all that anybody was told
// of, or can be told of by p or another process that lives. That ends when any process
// has written it.
func (p *process) owed() bool {
	w := p.w
	if w.unpaid {
		known := w.history.told()
		for _, q := range append(slices.Clone(w.processes), p) {
			if q != nil && q.store != nil {
				known = max(known, q.store.visible())
			}
		}
		l, ok := w.ledger()
		w.unpaid = !ok || l.Position < known
	}
	return w.unpaid
}

// untold reports whether the call under way came upon a fault of the ledger.
func (p *process) untold() bool {
	return slices.ContainsFunc(p.met, func(f fault) bool { return f.call.Name == ledgerName })
}

// pays holds that p, which was to write the ledger, has, unless something kept it from that.
func (p *process) pays(kept bool) {
	if p.owes = p.owed(); p.owes && !kept {
		p.w.fail(errors.New("the ledger is still owed"))
	}
}

// debtForgotten writes a ledger that could not be written with the next append only.
func debtForgotten(p *process, waits []*waiting) {
	tasks := p.tasks
	if p.commit(waits); p.store.owing {
		p.tasks = tasks
	}
}
