package filesystem

import (
	"context"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// follow returns the first event that a subscription of s yields, after prepare was
// called on s. The other handle appends when the subscription waits.
func followOne(t *testing.T, options Options, prepare func(*Store)) (s *Store, got domain.SequencedEvent) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, options)
	if err != nil {
		t.Fatal(err)
	}
	prepare(s)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	other := openOther(t, dir)
	appendTagged(t, other, "a:1", 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for e, err := range s.Subscribe(ctx, domain.All(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Position == 2 {
			return s, e
		}
		// The subscription waits as soon as this returns.
		go func() {
			if _, err := other.Append(context.WithoutCancel(ctx), tagged("Happened", "a:2")); err != nil {
				t.Error(err)
			}
		}()
	}
	t.Fatal("the subscription ended")
	return nil, domain.SequencedEvent{}
}

func TestASubscriptionIsToldOfWhatAnotherHandleCommits(t *testing.T) {
	t.Parallel()
	s, got := followOne(t, Options{PollInterval: time.Hour}, func(s *Store) {
		if s.notifier.next(s.path); s.notifier.watcher == nil {
			t.Skip("skipped: the system watches no files here")
		}
	})
	if got.Tags[0] != "a:2" {
		t.Errorf("got %+v from %s", got, s.path)
	}
}

func TestASubscriptionLooksForItselfWhereTheSystemTellsNothing(t *testing.T) {
	t.Parallel()
	_, got := followOne(t, Options{PollInterval: time.Millisecond}, func(s *Store) { s.notifier.tried = true })
	if got.Tags[0] != "a:2" {
		t.Errorf("got %+v", got)
	}
}
