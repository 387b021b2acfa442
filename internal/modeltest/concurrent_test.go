package modeltest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/samber/lo"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

const workers = 8

// worker is a client that does random things, most of them decisions: it reads,
// and appends under the head of that read or of an earlier one.
type worker struct {
	*rand.Rand
	client *history.Client
	seen   domain.Position
	odd    error // an answer that no store should give
}

// work lets clients loose on handles, in turn, and returns what came of it, with
// the log that the inspector reads in the end.
func work(t *testing.T, seed uint64, calls int, inspector ports.Reader, handles ...history.Store) history.History {
	t.Helper()
	var (
		recorder history.Recorder
		all      sync.WaitGroup
		start    = make(chan struct{})
		crew     []*worker
	)
	for i := range workers {
		w := &worker{Rand: rand.New(rand.NewPCG(seed, uint64(i))), client: recorder.Client(fmt.Sprint("client", i), handles[i%len(handles)])}
		crew = append(crew, w)
		all.Go(func() {
			<-start
			for range calls {
				if w.odd = w.call(t.Context()); w.odd != nil {
					return
				}
			}
		})
	}
	close(start)
	all.Wait()
	for _, w := range crew {
		if w.odd != nil {
			t.Fatal(w.odd)
		}
	}
	log, err := history.ReadLog(t.Context(), inspector)
	if err != nil {
		t.Fatal(err)
	}
	return recorder.History(log)
}

func (w *worker) call(ctx context.Context) error {
	switch w.IntN(6) {
	case 0:
		head, err := w.client.Head(ctx)
		w.seen = max(w.seen, head)
		return err
	case 1, 2:
		o := ports.ReadOptions{Backwards: w.IntN(2) == 0, Limit: max(0, w.IntN(8)-3)}
		if w.IntN(3) == 0 {
			o.After = domain.Position(w.IntN(int(w.seen) + 2))
		}
		result, err := w.client.Read(ctx, w.query(), o)
		w.seen = max(w.seen, result.Head)
		return err
	case 3:
		// Somebody may lose patience at any moment of the call.
		ended, cancel := context.WithCancel(ctx)
		defer cancel()
		go cancel()
		_, err := w.client.Append(ended, w.batch())
		return expected(err)
	}
	var conditions []domain.AppendCondition
	for range 1 + w.IntN(2) {
		c := domain.AppendCondition{FailIfEventsMatch: w.query(), After: w.seen}
		if w.IntN(4) == 0 {
			c.After = domain.Position(w.IntN(int(w.seen) + 2))
		}
		conditions = append(conditions, c)
	}
	positions, err := w.client.Append(ctx, w.batch(), conditions...)
	w.seen = max(w.seen, positions.Last)
	return expected(err)
}

// expected passes on what no caller of a healthy store should be told.
func expected(err error) error {
	if err == nil || errors.Is(err, ports.ErrConflict) || errors.Is(err, context.Canceled) || errors.Is(err, ports.ErrUnknownOutcome) {
		return nil
	}
	return err
}

func (w *worker) batch() []domain.Event {
	events := make([]domain.Event, 1+w.IntN(3))
	for i := range events {
		events[i] = domain.Event{Type: w.typ(), Tags: []domain.Tag{w.tag(), w.tag()}, Data: fmt.Append(nil, w.IntN(100))}
	}
	return events
}

func (w *worker) query() domain.Query {
	switch w.IntN(8) {
	case 0:
		return domain.All()
	case 1:
		return domain.NewQuery(domain.OfTypes(w.typ()))
	case 2:
		return domain.NewQuery(domain.Tagged(w.tag()), domain.OfTypes(w.typ(), w.typ()).Tagged(w.tag()))
	}
	return domain.NewQuery(domain.Tagged(w.tag()))
}

func (w *worker) typ() string { return fmt.Sprint("type", w.IntN(4)) }

func (w *worker) tag() domain.Tag { return domain.Tag(fmt.Sprint("tag:", w.IntN(12))) }

// wantRight checks a history in which something must have happened.
func wantRight(t *testing.T, seed uint64, h history.History, want ...history.Outcome) {
	t.Helper()
	if err := h.Check(); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	outcomes := lo.CountValuesBy(h.Appends, func(a history.Append) history.Outcome { return a.Outcome })
	for _, outcome := range want {
		if outcomes[outcome] == 0 {
			t.Errorf("seed %d: no append of %d had the outcome %q: the history tells little", seed, len(h.Appends), outcome)
		}
	}
}

func TestClientsOfOneStoreInMemoryLeaveARightHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5 * rounds(t)) {
		store := memory.New(memory.Options{})
		h := work(t, seed, 200, store, store)
		wantRight(t, seed, h, history.Acknowledged, history.Conflicted)
	}
}

func TestClientsOfOneFolderLeaveARightHistory(t *testing.T) {
	t.Parallel()
	for _, handles := range []int{1, 2} {
		t.Run(fmt.Sprintf("with %d handles", handles), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(2 * rounds(t)) {
				dir := filepath.Join(t.TempDir(), "store")
				var open []history.Store
				for range handles {
					// Segments are small, so that clients begin new ones.
					store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10})
					if err != nil {
						t.Fatal(err)
					}
					open = append(open, store)
				}
				h := work(t, seed, 60, open[0], open...)
				wantRight(t, seed, h, history.Acknowledged, history.Conflicted)
				for _, store := range open {
					if err := store.(*filesystem.Store).Close(); err != nil {
						t.Fatal(err)
					}
				}
				wantSameAfterOpening(t, seed, dir, h)
			}
		})
	}
}

// wantSameAfterOpening wants the history to be right for what the next process finds.
func wantSameAfterOpening(t *testing.T, seed uint64, dir string, h history.History) {
	t.Helper()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.Log, err = history.ReadLog(t.Context(), store)
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	wantRight(t, seed, h)
}

func TestClientsOfASimpleStoreLeaveARightHistoryEvenWhenSomeOutcomesAreUnknown(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5 * rounds(t)) {
		d := &disk{}
		h := work(t, seed, 100, d.open(faultless, false), d.open(faultless, true), d.open(faultless, true))
		wantRight(t, seed, h, history.Acknowledged, history.Conflicted, history.Unknown)
	}
}

func TestTheHistoryOfAWrongStoreIsNoticed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault fault
		rules []history.Rule // one of them is the first that is broken
	}{
		{checksThenActs, []history.Rule{history.Guarded}},
		{checksOldLog, []history.Rule{history.Guarded, history.FirstFailed, history.Named}},
		{blindHandle, []history.Rule{history.Recent, history.Guarded, history.FirstFailed}},
		{readsOldLog, []history.Rule{history.Recent}},
		{readsTorn, []history.Rule{history.SeenWhole}},
		{phantom, []history.Rule{history.Named, history.Justified}},
		{unjustified, []history.Rule{history.Named}},
		{losesAck, []history.Rule{history.Durable, history.Guarded}},
		{refusesStored, []history.Rule{history.Refused}},
		{tearsUnknown, []history.Rule{history.Whole}},
		{storesTwice, []history.Rule{history.Whole}},
		{countsAfter, []history.Rule{history.Named}},
		{firstOnly, []history.Rule{history.Guarded}},
		{limitsFirst, []history.Rule{history.Exact}},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			t.Parallel()
			const most = 50
			for seed := range uint64(most) {
				d := &disk{}
				h := work(t, seed, 100, d.open(faultless, false), d.open(tt.fault, false), d.open(tt.fault, false))
				err := h.Check()
				if err == nil {
					continue
				}
				var violation *history.ViolationError
				if !errors.As(err, &violation) || !lo.Contains(tt.rules, violation.Rule) {
					t.Errorf("Check() = %v, want one of the rules %q to be broken", err, tt.rules)
				}
				t.Log(err)
				return
			}
			t.Errorf("%d histories did not show it", most)
		})
	}
}
