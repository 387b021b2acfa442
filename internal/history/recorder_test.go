package history_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

func TestARecorderWritesDownWhatClientsDo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	disk := memory.New(memory.Options{})
	var recorder history.Recorder
	ada, bob := recorder.Client("ada", disk), recorder.Client("bob", disk)

	mine := []domain.Event{{Type: "course", Tags: []domain.Tag{"c1"}}, {Type: "course", Tags: []domain.Tag{"c2"}}}
	positions, err := ada.Append(ctx, mine, no(tagged("c1"), 0))
	if err != nil || positions != at(1, 2) {
		t.Fatalf("Append = %v, %v, want positions 1 to 2", positions, err)
	}
	if mine[0].Metadata.ID != "" {
		t.Errorf("the caller's event got the id %q", mine[0].Metadata.ID)
	}
	_, err = bob.Append(ctx, mine[:1], no(tagged("c1"), 0))
	var conflict *ports.ConflictError
	if !errors.As(err, &conflict) {
		t.Fatalf("Append = %v, want a conflict", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := bob.Append(ended, mine); !errors.Is(err, context.Canceled) {
		t.Fatalf("Append = %v, want the context's error", err)
	}
	if _, err := bob.Append(ctx, nil); !errors.Is(err, domain.ErrInvalid) {
		t.Fatalf("Append of nothing = %v, want it invalid", err)
	}
	result, err := bob.Read(ctx, tagged("c2"), ports.ReadOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for e, err := range result.Events {
		if seen++; err != nil || e.Position != 2 {
			t.Errorf("read position %d, error %v", e.Position, err)
		}
	}
	if head, err := ada.Head(ctx); head != 2 || err != nil || seen != 1 {
		t.Errorf("Head = %d, %v after reading %d events", head, err, seen)
	}

	log, err := history.ReadLog(ctx, disk)
	if err != nil {
		t.Fatal(err)
	}
	h := recorder.History(log)
	if err := h.Check(); err != nil {
		t.Errorf("Check() = %v", err)
	}
	var told []string
	for _, a := range h.Appends {
		told = append(told, fmt.Sprintf("%s %d-%d %s %v", a.Client, a.Invoked, a.Returned, a.Events[0].Metadata.ID, a.Outcome))
	}
	want := []string{"ada 1-2 ada-1.0 acknowledged", "bob 3-4 bob-1.0 conflict", "bob 5-6 bob-2.0 nothing written"}
	if !slices.Equal(told, want) {
		t.Errorf("appends\n got %q\nwant %q", told, want)
	}
	if len(h.Reads) != 2 || h.Reads[0].Head != 2 || len(h.Reads[0].Events) != 1 || h.Reads[0].Options.Limit != 1 || !h.Reads[1].Query.IsZero() {
		t.Errorf("reads %+v", h.Reads)
	}
	if h.Appends[1].Conflict != conflict || len(h.Appends[1].Conditions) != 1 {
		t.Errorf("the conflict is written down as %+v", h.Appends[1])
	}
}

func TestOutcomeOfAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want history.Outcome
	}{
		{"no error", nil, history.Acknowledged},
		{"a conflict", &ports.ConflictError{}, history.Conflicted},
		{"a lock that somebody else holds", fmt.Errorf("append: %w", ports.ErrLockTimeout), history.Unwritten},
		{"a closed store", ports.ErrClosed, history.Unwritten},
		{"a deadline", context.DeadlineExceeded, history.Unwritten},
		{"an unknown outcome", ports.ErrUnknownOutcome, history.Unknown},
		{"an unknown outcome whose cause is the context", errors.Join(ports.ErrUnknownOutcome, context.Canceled), history.Unknown},
		{"any other error", errors.New("disk on fire"), history.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := history.OutcomeOf(tt.err); got != tt.want {
				t.Errorf("OutcomeOf(%v) = %v, want %v", tt.err, got, tt.want)
			}
		})
	}
}

// failing is a store of which nothing can be read.
type failing struct{ history.Store }

var errBroken = errors.New("broken")

func (failing) Head(context.Context) (domain.Position, error) { return 0, errBroken }

func (failing) Read(_ context.Context, query domain.Query, _ ports.ReadOptions) (ports.ReadResult, error) {
	if query.IsAll() {
		return ports.ReadResult{}, errBroken
	}
	var events iter.Seq2[domain.SequencedEvent, error] = func(yield func(domain.SequencedEvent, error) bool) {
		yield(domain.SequencedEvent{}, errBroken)
	}
	return ports.ReadResult{Events: events}, nil
}

func TestReadsThatFailAreNotWrittenDown(t *testing.T) {
	t.Parallel()
	var recorder history.Recorder
	client := recorder.Client("ada", failing{})
	_, head := client.Head(t.Context())
	_, atOnce := client.Read(t.Context(), domain.All(), ports.ReadOptions{})
	_, later := client.Read(t.Context(), tagged("x"), ports.ReadOptions{})
	_, log := history.ReadLog(t.Context(), failing{})
	for i, err := range []error{head, atOnce, later, log} {
		if !errors.Is(err, errBroken) {
			t.Errorf("call %d = %v, want the store's error", i, err)
		}
	}
	if h := recorder.History(nil); len(h.Reads) > 0 {
		t.Errorf("wrote down %+v", h.Reads)
	}
}
