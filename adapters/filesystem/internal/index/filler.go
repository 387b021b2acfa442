package index

import (
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// Filler adds many events to a Memory while its user reads the next ones. When there
// are few, it does so before End returns, and nothing runs beside it. The Memory
// is for nobody else until then, nor for anybody else than who holds it exclusively
// all the time. A Filler belongs to one goroutine.
type Filler struct {
	memory  *Memory
	pending *pending
	full    chan *pending // nil until there are many
	empty   chan *pending
	done    chan struct{}
}

// pending are events that are to be added.
type pending struct {
	lines []pendingLine
	tags  []domain.Tag // of all lines
}

type pendingLine struct {
	entry  journal.Entry
	typ    string
	tagsTo int // where its tags end
}

const (
	manyLines   = 512 // that are handed over at a time
	manyPending = 3   // times that may be on their way
)

// NewFiller returns a Filler of m, which must be ended.
func NewFiller(m *Memory) *Filler { return &Filler{memory: m, pending: &pending{}} }

// Add enters the event after the last one, see [Memory.Add]. The strings must stay
// as they are until End returns; the slice may change.
func (f *Filler) Add(entry journal.Entry, typ string, tags []domain.Tag) {
	p := f.pending
	p.tags = append(p.tags, tags...)
	p.lines = append(p.lines, pendingLine{entry: entry, typ: typ, tagsTo: len(p.tags)})
	if len(p.lines) < manyLines {
		return
	}
	if f.full == nil {
		f.full, f.done = make(chan *pending, manyPending), make(chan struct{})
		if f.empty == nil {
			f.empty = make(chan *pending, manyPending+1)
			for range manyPending {
				f.empty <- &pending{}
			}
		}
		go f.run()
	}
	f.full <- p
	f.pending = <-f.empty
}

func (f *Filler) run() {
	defer close(f.done)
	for p := range f.full {
		f.enter(p)
		f.empty <- p
	}
}

func (f *Filler) enter(p *pending) {
	f.memory.addAll(len(p.lines), func(i int) (journal.Entry, string, []domain.Tag) {
		l, from := &p.lines[i], 0
		if i > 0 {
			from = p.lines[i-1].tagsTo
		}
		return l.entry, l.typ, p.tags[from:l.tagsTo]
	})
	p.lines, p.tags = p.lines[:0], p.tags[:0]
}

// End returns when all events have been added. More may follow.
func (f *Filler) End() {
	if f.full != nil {
		close(f.full)
		<-f.done
		f.full = nil
	}
	f.enter(f.pending)
}
