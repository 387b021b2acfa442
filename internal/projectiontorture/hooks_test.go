package projectiontorture_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// hooked is a projection store that reports calls before and after, and freezes
// the caller at the moment that the parent has chosen.
type hooked struct {
	ports.ProjectionStore
	out    *teller
	runner atomic.Pointer[projection.Runner]
	thaw   chan struct{} // an element lets a caller go on

	mu     sync.Mutex // guards the fields below
	moment *moment
	passed int
}

// arm sets the moment.
func (h *hooked) arm(m *moment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moment, h.passed = m, 0
}

// point reports a call and stays there when its moment has come.
func (h *hooked) point(r report) {
	h.mu.Lock()
	m := h.moment
	if m != nil && r.Call == m.Call && r.After == m.After && r.Phase == m.Phase &&
		(m.Projection == "" || m.Projection == r.Projection) && (r.Parks || !m.Parks) {
		h.passed++
		r.Due = h.passed == m.Nth
	}
	h.mu.Unlock()
	h.out.tell(r)
	if !r.Due {
		return
	}
	if m.Self {
		time.AfterFunc(m.SelfDelay, func() {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill() // the parent finds that it is still there
			}
		})
	}
	if m.Freeze {
		<-h.thaw
	}
}

// around reports a call.
func (h *hooked) around(r report, do func() error) error {
	h.point(r)
	err := do()
	r.After = true
	if err != nil {
		r.Failed = err.Error()
	}
	h.point(r)
	return err
}

// phase says what a projection is doing while it changes a copy.
func (h *hooked) phase(name string, which ports.Copy) phase {
	if which == ports.Shadow {
		return rebuild
	}
	for _, s := range h.runner.Load().Status() {
		if s.Name == name && s.Condition == projection.CatchingUp {
			return catchUp
		}
	}
	return live
}

// Acquire implements [ports.ProjectionStore].
func (h *hooked) Acquire(ctx context.Context, name string) (writer ports.ProjectionWriter, err error) {
	err = h.around(report{Call: acquire, Projection: name, Phase: opening}, func() error {
		writer, err = h.ProjectionStore.Acquire(ctx, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &hookedWriter{writer, h, name}, nil
}

// hookedWriter reports what changes a projection.
type hookedWriter struct {
	ports.ProjectionWriter
	*hooked
	name string
}

// Begin implements [ports.ProjectionWriter].
func (w *hookedWriter) Begin(ctx context.Context, signature string) error {
	return w.around(report{Call: begin, Projection: w.name, Phase: rebuild}, func() error { return w.ProjectionWriter.Begin(ctx, signature) })
}

// Commit implements [ports.ProjectionWriter].
func (w *hookedWriter) Commit(ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
	return w.around(report{Call: commit, Projection: w.name, Phase: w.phase(w.name, which), Parks: len(batch.Park) > 0}, func() error {
		return w.ProjectionWriter.Commit(ctx, which, batch)
	})
}

// Swap implements [ports.ProjectionWriter].
func (w *hookedWriter) Swap(ctx context.Context) error {
	return w.around(report{Call: swap, Projection: w.name, Phase: atSwap}, func() error { return w.ProjectionWriter.Swap(ctx) })
}

// Drop implements [ports.ProjectionWriter].
func (w *hookedWriter) Drop(ctx context.Context) error {
	return w.around(report{Call: drop, Projection: w.name, Phase: rebuild}, func() error { return w.ProjectionWriter.Drop(ctx) })
}
