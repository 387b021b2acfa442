package modeltest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"pgregory.net/rapid"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// shelf is where a program finds its store.
type shelf struct {
	// open returns another handle on the same events.
	open func(ctx context.Context) (ports.EventStore, error)
	// passing says that the events are gone when a handle is closed: none is opened again.
	passing bool
	// check looks at the store when all handles are closed; may be nil.
	check func(ctx context.Context) error
}

// program is one run of random steps and what the model says about them.
type program struct {
	t       *rapid.T
	shelf   shelf
	model   model
	handles []ports.EventStore // a, b and c
	kept    []kept
	names   int
	steps   []func() string // what a failure prints
}

// kept is a result that is ranged over once more later.
type kept struct {
	name   string
	handle int
	want   []domain.SequencedEvent
	events iter.Seq2[domain.SequencedEvent, error]
}

const mostHandles = 3

// runProgram draws steps, runs them and fails t where the store and the model differ.
func runProgram(t *rapid.T, s shelf) {
	p := &program{t: t, shelf: s}
	defer p.abandon()
	p.open()
	actions := map[string]func(*rapid.T){
		"append":     func(t *rapid.T) { p.append(t, nil) },
		"append if":  func(t *rapid.T) { p.append(t, someConditions(t, p.model.head())) },
		"read":       p.read,
		"head":       p.head,
		"read again": p.readAgain,

		"open another": p.openAnother,
	}
	if !s.passing {
		actions["open again"] = p.openAgain
	}
	t.Repeat(actions)
	for handle := range p.handles {
		p.readAll(handle)
	}
	for _, k := range p.kept {
		p.stepf("range over %s again", k.name)
		p.compare(k.events, k.want)
	}
	if s.passing {
		return
	}
	p.closeAll()
	p.open()
	p.readAll(0)
	p.closeAll()
	if s.check != nil {
		p.stepf("verify")
		if err := s.check(t.Context()); err != nil {
			p.fail("%v", err)
		}
	}
}

// step notes what comes next. The text is made when it is needed.
func (p *program) step(text func() string) { p.steps = append(p.steps, text) }

func (p *program) stepf(format string, args ...any) {
	p.step(func() string { return fmt.Sprintf(format, args...) })
}

// fail ends the run. The last step is the one that went wrong.
func (p *program) fail(format string, args ...any) {
	p.t.Helper()
	var text strings.Builder
	for i, step := range p.steps {
		fmt.Fprintf(&text, "\n%4d  %s", i+1, step())
	}
	p.t.Fatalf("%s\nprogram:%s", fmt.Sprintf(format, args...), text.String())
}

// handle draws one of the open handles.
func (p *program) handle() (int, ports.EventStore, string) {
	n := rapid.IntRange(0, mostHandles-1).Draw(p.t, "handle") % len(p.handles)
	return n, p.handles[n], handleName(n)
}

func handleName(n int) string { return string(rune('a' + n)) }

func (p *program) open() {
	p.stepf("open %s", handleName(len(p.handles)))
	store, err := p.shelf.open(p.t.Context())
	if err != nil {
		p.fail("Open = %v", err)
	}
	p.handles = append(p.handles, store)
}

func (p *program) openAnother(t *rapid.T) {
	if len(p.handles) == mostHandles {
		t.Skip("enough handles")
	}
	p.open()
}

func (p *program) openAgain(*rapid.T) {
	n, _, name := p.handle()
	p.stepf("close %s and open it again", name)
	p.forget(n)
	p.close(n)
	store, err := p.shelf.open(p.t.Context())
	if err != nil {
		p.fail("Open = %v", err)
	}
	p.handles[n] = store
}

// forget drops the results of a handle that is going to be closed.
func (p *program) forget(handle int) {
	var rest []kept
	for _, k := range p.kept {
		if k.handle != handle {
			rest = append(rest, k)
		}
	}
	p.kept = rest
}

func (p *program) close(n int) {
	if c, ok := p.handles[n].(io.Closer); ok {
		if err := c.Close(); err != nil {
			p.fail("Close = %v", err)
		}
	}
}

func (p *program) closeAll() {
	for n := range p.handles {
		p.close(n)
	}
	p.handles, p.kept = nil, nil
}

// abandon frees the handles of a program that failed.
func (p *program) abandon() {
	for _, store := range p.handles {
		if c, ok := store.(io.Closer); ok {
			_ = c.Close()
		}
	}
}

func (p *program) append(t *rapid.T, conditions []domain.AppendCondition) {
	_, store, name := p.handle()
	var events []domain.Event
	for range rapid.SampledFrom([]int{1, 2, 3, 9, 0}).Draw(t, "events") {
		p.names++
		e := domain.Event{Type: someType.Draw(t, "type"), Tags: someTags.Draw(t, "tags"), Data: []byte(someData.Draw(t, "data"))}
		e.Metadata.ID = fmt.Sprint("e", p.names)
		events = append(events, e)
	}
	p.step(func() string { return name + ": " + appendText(events, conditions) })

	positions, err := store.Append(t.Context(), events, conditions...)
	if len(events) == 0 || domain.ValidateConditions(conditions) != nil {
		if !errors.Is(err, domain.ErrInvalid) {
			p.fail("Append = %v, want it refused as invalid", err)
		}
		return
	}
	want := broken(p.model.log, conditions)
	var got *ports.ConflictError
	if err != nil && !errors.As(err, &got) {
		p.fail("Append = %v", err)
	}
	if !sameConflict(got, want) {
		p.fail("Append: %s, want: %s", conflictText(got), conflictText(want))
	}
	if want != nil {
		return
	}
	if w := p.model.append(events); positions != w {
		p.fail("Append = positions %d to %d, want %d to %d", positions.First, positions.Last, w.First, w.Last)
	}
}

func (p *program) read(t *rapid.T) {
	n, store, name := p.handle()
	query, options := someQuery(t), someOptions(t, p.model.head())
	p.step(func() string { return name + ": " + readText(query, options) })
	result, err := store.Read(t.Context(), query, options)
	if query.IsZero() || options.Limit < 0 {
		if !errors.Is(err, domain.ErrInvalid) {
			p.fail("Read = %v, want it refused as invalid", err)
		}
		return
	}
	if err != nil {
		p.fail("Read = %v", err)
	}
	if result.Head != p.model.head() {
		p.fail("Read has head %d, want %d", result.Head, p.model.head())
	}
	want := p.model.read(query, options, p.model.head())
	switch rapid.IntRange(0, 3).Draw(t, "use of the result") {
	case 0: // breaks off and ranges over it later
		p.compareFirst(result.Events, want, len(want)/2)
		fallthrough
	case 1: // ranges over it later
		k := kept{fmt.Sprint("the result of step ", len(p.steps)), n, want, result.Events}
		p.kept = append(p.kept, k)
	default:
		p.compare(result.Events, want)
	}
}

func (p *program) readAgain(t *rapid.T) {
	if len(p.kept) == 0 {
		t.Skip("no results")
	}
	k := p.kept[rapid.IntRange(0, 5).Draw(t, "result")%len(p.kept)]
	p.stepf("range over %s", k.name)
	p.compare(k.events, k.want)
}

func (p *program) head(t *rapid.T) {
	_, store, name := p.handle()
	p.stepf("%s: head", name)
	if head, err := store.Head(t.Context()); err != nil || head != p.model.head() {
		p.fail("Head = %d, %v, want %d", head, err, p.model.head())
	}
}

func (p *program) readAll(handle int) {
	p.stepf("%s: read everything", handleName(handle))
	result, err := p.handles[handle].Read(p.t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil || result.Head != p.model.head() {
		p.fail("Read has head %d, error %v, want head %d", result.Head, err, p.model.head())
	}
	p.compare(result.Events, p.model.log)
	last := domain.SequencedEvent{}
	for e, err := range result.Events {
		if err != nil {
			p.fail("Read ends with %v", err)
		}
		if e.RecordedAt.Before(last.RecordedAt) {
			p.fail("position %d was recorded at %v, position %d before it at %v", e.Position, e.RecordedAt, last.Position, last.RecordedAt)
		}
		last = e
	}
}

func (p *program) compare(events iter.Seq2[domain.SequencedEvent, error], want []domain.SequencedEvent) {
	p.t.Helper()
	if n := p.compareFirst(events, want, len(want)+1); n < len(want) {
		p.fail("the result ends after %d of %d events, before position %d", n, len(want), want[n].Position)
	}
}

// compareFirst ranges over at most the given number of events and returns how
// many there were.
func (p *program) compareFirst(events iter.Seq2[domain.SequencedEvent, error], want []domain.SequencedEvent, most int) int {
	p.t.Helper()
	n := 0
	for e, err := range events {
		switch {
		case err != nil:
			p.fail("after %d events the result ends with %v", n, err)
		case n == len(want):
			p.fail("the result goes on with position %d after its %d events", e.Position, n)
		}
		if err := p.model.recognise(e, want[n]); err != nil {
			p.fail("%v", err)
		}
		if n++; n >= most {
			break
		}
	}
	return n
}
