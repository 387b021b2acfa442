package filesystem_test

import (
	"context"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// What it takes is measured by opossum bench, scenario subscribe/latency.
func TestASubscriptionIsToldOfEveryAppendOfAnotherProcessAndNeedNotLook(t *testing.T) {
	const hops = 200
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Skipf("skipped: the system watches no files here: %v", err)
	}
	if err := watcher.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{PollInterval: 24 * time.Hour})
	other := startProcess(t, "store", setup{Dir: dir, LockTimeout: time.Minute})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // against waiting for ever
	defer stop()
	more := request{Do: "append", Types: []string{"Happened"}, Tag: "a:1"}
	other.mustAsk(more)
	position := domain.Position(0)
	for event, err := range store.Subscribe(ctx, domain.All(), 0) {
		if err != nil {
			t.Fatalf("behind position %d: %v", position, err)
		}
		if position++; event.Position != position {
			t.Fatalf("position %d is followed by %d", position-1, event.Position)
		}
		if position > 1 { // the answer to what was asked last
			var a answer
			if other.hear(&a); a.Error != "" || a.Positions.Last != position {
				t.Fatalf("the other process appended at %v, error %q, want %d", a.Positions, a.Error, position)
			}
		}
		if position == hops {
			break
		}
		other.tell(more) // while the subscription goes back to waiting
	}
	other.end()
	if position != hops {
		t.Errorf("the subscription ended at position %d, want %d", position, hops)
	}
}
