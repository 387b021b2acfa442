package projection

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func numbered(first, last domain.Position, size int) []domain.SequencedEvent {
	var events []domain.SequencedEvent
	for p := first; p <= last; p++ {
		events = append(events, domain.SequencedEvent{Position: p, Event: domain.Event{Data: make([]byte, size)}})
	}
	return events
}

func fed(from domain.Position, events []domain.SequencedEvent) *feed {
	f := newFeed(slog.New(slog.DiscardHandler))
	f.begin(from)
	for _, e := range events {
		f.add(e)
	}
	return f
}

func TestAFeedGivesWhatFollowsAPosition(t *testing.T) {
	t.Parallel()
	f := fed(10, numbered(11, 15, 1))
	for _, test := range []struct {
		after       domain.Position
		most        int
		first, last domain.Position
		held        bool
	}{
		{15, 9, 0, 0, true},
		{20, 9, 0, 0, true}, // who read the store knows more than the feed
		{10, 9, 11, 15, true},
		{10, 2, 11, 12, true},
		{13, 9, 14, 15, true},
		{9, 9, 0, 0, false},
		{0, 9, 0, 0, false},
	} {
		events, head, _, held := f.after(test.after, test.most)
		var first, last domain.Position
		if len(events) > 0 {
			first, last = events[0].Position, events[len(events)-1].Position
		}
		if first != test.first || last != test.last || held != test.held || head != 15 {
			t.Errorf("after %d, at most %d: got %d to %d, held %v, head %d", test.after, test.most, first, last, held, head)
		}
	}
}

func TestAFeedForgetsTheOldestAndKeepsTheNewest(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"many": 0, "large": 1 << 20} {
		events := numbered(1, 40, size)
		if size == 0 {
			events = numbered(1, 5*maxFeedEvents, 0)
		}
		f := fed(0, events)
		if len(f.events) >= 2*maxFeedEvents || f.bytes > 2*maxFeedBytes {
			t.Errorf("%s: it holds %d events of %d bytes", name, len(f.events), f.bytes)
		}
		last := events[len(events)-1].Position
		if got, _, _, held := f.after(last-1, 9); !held || len(got) != 1 {
			t.Errorf("%s: the newest event: got %d, held %v", name, len(got), held)
		}
		if _, _, _, held := f.after(0, 9); held {
			t.Errorf("%s: it claims to hold the oldest event", name)
		}
	}
}

func TestAFeedTellsWhenThereIsMore(t *testing.T) {
	t.Parallel()
	f := fed(0, nil)
	_, _, news, _ := f.after(0, 9)
	select {
	case <-news:
		t.Fatal("there is no news yet")
	default:
	}
	f.add(numbered(1, 1, 1)[0])
	<-news
}

func TestBatchesAreWholeAndEndWithTheError(t *testing.T) {
	t.Parallel()
	var events iter.Seq2[domain.SequencedEvent, error] = func(yield func(domain.SequencedEvent, error) bool) {
		for _, e := range numbered(1, 7, 1) {
			if !yield(e, nil) {
				return
			}
		}
		yield(domain.SequencedEvent{}, context.Canceled)
	}
	var sizes []int
	var last error
	for batch, err := range inBatches(events, 3) {
		if err == nil {
			sizes = append(sizes, len(batch))
		}
		last = err
	}
	if len(sizes) != 3 || sizes[0] != 3 || sizes[2] != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("got batches of %v and %v, want 3, 3, 1 and the error", sizes, last)
	}
	for _, err := range inBatches(events, 3) {
		if err != nil {
			t.Error(err)
		}
		break // what reads ahead ends before the loop does, or the race detector tells
	}
}
