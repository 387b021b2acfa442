package filesystem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestAProcessSeesWhatAnotherOneCommitted(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	other := startProcess(t, "store", setup{Dir: dir})
	course := domain.Tag("course:c1")

	// From there to here, and from here to there, in turn.
	for i := range domain.Position(20) {
		there := other.mustAsk(request{Do: "append", Types: []string{"There"}, Tag: course}).Positions
		if want := (domain.Positions{First: 2*i + 1, Last: 2*i + 1}); there != want {
			t.Fatalf("the other process appended at %v, want %v", there, want)
		}
		if head, err := store.Head(t.Context()); err != nil || head != there.Last {
			t.Fatalf("Head() = %d, %v, want %d", head, err, there.Last)
		}
		here := mustAppend(t, store, domain.Event{Type: "Here", Tags: []domain.Tag{course}})
		if got := other.mustAsk(request{Do: "head"}).Head; got != here.Last {
			t.Fatalf("the other process has head %d, want %d", got, here.Last)
		}
	}
	got, want := other.mustAsk(request{Do: "read", Tag: course}), readSeen(t, store, domain.All())
	if got.Head != 40 || len(want) != 40 || !slices.EqualFunc(got.Events, want, seen.equal) {
		t.Errorf("the other process reads %d events up to %d, this one %d; want the same 40", len(got.Events), got.Head, len(want))
	}
	other.end()
}

func TestAConditionSeesAnEventThatAnotherProcessWrote(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	other := startProcess(t, "store", setup{Dir: dir})
	seat := domain.Tag("seat:1")
	other.mustAsk(request{Do: "append", Types: []string{"Reserved", "Paid"}, Tag: seat})

	_, err := store.Append(t.Context(), []domain.Event{{Type: "Reserved", Tags: []domain.Tag{seat}}},
		domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged(seat)), After: 1})
	var conflict *ports.ConflictError
	if !errors.As(err, &conflict) || conflict.Position != 2 || conflict.Type != "Paid" || !slices.Equal(conflict.Tags, []domain.Tag{seat}) {
		t.Fatalf("Append() = %v, want a conflict with Paid at position 2", err)
	}
	// And the other way round.
	mustAppend(t, store, domain.Event{Type: "Reserved", Tags: []domain.Tag{"seat:2"}})
	a := other.ask(request{Do: "append", Types: []string{"Reserved"}, Tag: "seat:2", Guard: true})
	if a.Conflict == nil || a.Conflict.Position != 3 {
		t.Errorf("the other process got %+v, want a conflict with position 3", a)
	}
	other.end()
}

func TestASubscriptionGetsEachEventOfAllProcessesOnceInOrder(t *testing.T) {
	dir := t.TempDir()
	const writers, appends = 3, 40
	openStore(t, dir, filesystem.Options{}) // verifies at the end
	subscriber := startProcess(t, "store", setup{Dir: dir})
	// It begins before there is anything, and new segments come while it follows.
	subscriber.tell(request{Do: "subscribe", Count: writers * appends * 2})
	var others []*process
	for range writers {
		others = append(others, startProcess(t, "store", setup{Dir: dir, SegmentSize: 4 << 10}))
	}
	for n := range appends {
		for i, o := range others {
			o.tell(request{Do: "append", Types: []string{fmt.Sprintf("A%d-%d", i, n), fmt.Sprintf("B%d-%d", i, n)}, Tag: "t:1"})
		}
		for _, o := range others {
			var a answer
			if o.hear(&a); a.Error != "" {
				t.Fatal(a.Error)
			}
		}
	}
	var got answer
	if subscriber.hear(&got); got.Error != "" {
		t.Fatal(got.Error)
	}
	want := others[0].mustAsk(request{Do: "read"}).Events
	if len(want) != writers*appends*2 || !slices.EqualFunc(got.Events, want, seen.equal) {
		t.Errorf("the subscription got %d events, the store holds %d; want the same in the same order", len(got.Events), len(want))
	}
	for _, o := range append(others, subscriber) {
		o.end()
	}
}

// glance is what a reading process tells after it was told to stop.
type glance struct {
	Reads int
	Head  domain.Position
}

// playReader reads the store again and again until it is told to stop, through a
// store that stays open and through one that it opens for each read.
func playReader(p *parent) (err error) {
	ctx := context.Background()
	store, err := filesystem.Open(ctx, p.setup.Dir, p.setup.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	stop := make(chan error, 1)
	go func() {
		_, err := p.next(new(string))
		stop <- err
	}()
	var g glance
	for {
		head, err := lookOnce(ctx, store, g.Head)
		if err == nil {
			head, err = lookAfresh(ctx, p.setup.Dir, head)
		}
		if err != nil {
			return fmt.Errorf("read %d: %w", g.Reads+1, err)
		}
		g.Head = head
		if g.Reads++; g.Reads == 1 {
			if err := p.out.Encode("ready"); err != nil {
				return err
			}
		}
		select {
		case err := <-stop:
			return errors.Join(err, p.out.Encode(g))
		default:
		}
	}
}

func lookAfresh(ctx context.Context, dir string, before domain.Position) (_ domain.Position, err error) {
	store, err := filesystem.OpenReadOnly(ctx, dir, filesystem.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return lookOnce(ctx, store, before)
}

// lookOnce reads everything. What it gets must reach at least to before and be
// dense, up to the head, and made of whole batches.
func lookOnce(ctx context.Context, store *filesystem.Store, before domain.Position) (domain.Position, error) {
	result, err := store.Read(ctx, domain.All(), ports.ReadOptions{})
	if err != nil {
		return 0, err
	}
	if result.Head < before {
		return 0, fmt.Errorf("the head went back from %d to %d", before, result.Head)
	}
	var last domain.Position
	of, at := 0, 0
	for e, err := range result.Events {
		if err != nil {
			return 0, err
		}
		if last++; e.Position != last {
			return 0, fmt.Errorf("position %d follows %d", e.Position, last-1)
		}
		var m mark
		if err := json.Unmarshal(e.Data, &m); err != nil {
			return 0, err
		}
		if at == of {
			of, at = m.Of, 0
		}
		if m.Of != of || m.At != at {
			return 0, fmt.Errorf("position %d is event %d of %d, want %d of %d", e.Position, m.At, m.Of, at, of)
		}
		at++
	}
	if at != of || last != result.Head {
		return 0, fmt.Errorf("the read ends at position %d after %d of %d events of a batch, the head is %d", last, at, of, result.Head)
	}
	return last, nil
}

func TestReadersBesideWritersSeeWholeBatchesOnlyAndNeverFail(t *testing.T) {
	dir := t.TempDir()
	options := filesystem.Options{SegmentSize: 8 << 10}
	store := openStore(t, dir, options)
	readers := []*process{startProcess(t, "reader", setup{Dir: dir}), startProcess(t, "reader", setup{Dir: dir})}
	for _, r := range readers {
		var ready string
		r.hear(&ready)
	}
	// Two handles write in turn while the readers read.
	second := openStore(t, dir, options)
	random := rand.New(rand.NewPCG(1, 2))
	var head domain.Position
	for batch := range rounds(t, 300, 60) {
		events, err := markedBatch(0, batch, random)
		if err != nil {
			t.Fatal(err)
		}
		head = mustAppend(t, []*filesystem.Store{store, second}[batch%2], events...).Last
	}
	for _, r := range readers {
		r.tell("stop")
		var g glance
		r.hear(&g)
		r.end()
		t.Logf("%d reads beside the writers, the last one up to %d of %d", g.Reads, g.Head, head)
		if g.Head > head {
			t.Errorf("a reader saw position %d, the head is %d", g.Head, head)
		}
	}
}

func TestAReaderIsNeverBehindWhatItWasToldOf(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	writer := startProcess(t, "writer", setup{Dir: dir, SegmentSize: 64 << 10})
	var opening string
	writer.hear(&opening)
	for range rounds(t, 500, 50) {
		var ack domain.Positions
		writer.hear(&ack)
		// The writer goes on meanwhile.
		if head, err := store.Head(t.Context()); err != nil || head < ack.Last {
			t.Fatalf("Head() = %d, %v, although position %d was acknowledged", head, err, ack.Last)
		}
	}
	writer.kill()
	if rest := strings.TrimSpace(writer.errs.String()); rest != "" {
		t.Error(rest)
	}
}
