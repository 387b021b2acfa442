//go:build unix

package filesystem_test

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

func init() { roles["holder"] = playHolder }

// playHolder comes into the middle of an append and stays there until its parent
// has nothing more to say.
func playHolder(p *parent) error {
	ctx := context.Background()
	clock := newStoppingClock(p.setup.Dir)
	options := p.setup.options()
	options.Clock = clock
	store, err := filesystem.Open(ctx, p.setup.Dir, options)
	if err != nil {
		return err
	}
	clock.armed.Store(true)
	appended := make(chan error, 1)
	go func() {
		_, err := store.Append(ctx, one("Held"))
		appended <- err
	}()
	<-clock.held
	if err := p.out.Encode("held"); err != nil {
		return err
	}
	if _, err := p.next(new(string)); err != nil {
		return err
	}
	clock.release()
	if err := <-appended; err != nil {
		return err
	}
	return store.Close()
}

func TestAStoppedHolderOfTheLockMakesOthersTimeOutUntilItIsKilled(t *testing.T) {
	dir := t.TempDir()
	const timeout = 20 * time.Millisecond
	store := openStore(t, dir, filesystem.Options{LockTimeout: timeout})
	mustAppend(t, store, one("First")...)
	other := startProcess(t, "store", setup{Dir: dir, LockTimeout: timeout})
	other.mustAsk(request{Do: "head"})

	holder := startProcess(t, "holder", setup{Dir: dir})
	var held string
	holder.hear(&held)
	if err := holder.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := store.Append(t.Context(), one("Late"))
		checkLockTimeout(t, err, dir)
	}
	a := other.ask(request{Do: "append", Types: []string{"Late"}, Tag: "t:1"})
	if !strings.Contains(a.Error, filepath.Join(dir, ".lock")) || !strings.Contains(a.Error, "Options.LockTimeout") {
		t.Errorf("another process got %q, want the lock's path and the option", a.Error)
	}
	checkHead(t, store, 1) // reading goes on
	if _, err := filesystem.Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}

	holder.kill()
	if got := mustAppend(t, store, one("Second")...); got.First != 2 {
		t.Errorf("after the kill the next event has position %d, want 2", got.First)
	}
	if got := other.mustAsk(request{Do: "append", Types: []string{"Third"}, Tag: "t:1"}).Positions; got.First != 3 {
		t.Errorf("after the kill the other process appended at %d, want 3", got.First)
	}
	other.end()
}

func TestAStoppedHolderOfTheLockFinishesItsAppendWhenItGoesOn(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{LockTimeout: time.Hour})
	holder := startProcess(t, "holder", setup{Dir: dir})
	var held string
	holder.hear(&held)
	if err := holder.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx := &askedContext{Context: t.Context(), often: make(chan struct{})}
	resumed := make(chan error, 1)
	go func() {
		<-ctx.often
		resumed <- holder.cmd.Process.Signal(syscall.SIGCONT)
		_ = holder.stdin.Close() // that is what the holder waits for; end closes it again
	}()
	positions, err := store.Append(ctx, one("Patient"))
	if err != nil || positions.First != 2 {
		t.Fatalf("Append() = %v, %v, want position 2 behind the event of the holder", positions, err)
	}
	if err := <-resumed; err != nil {
		t.Error(err)
	}
	if got := readSeen(t, store, domain.All()); len(got) != 2 || got[0].Type != "Held" {
		t.Errorf("the store holds %v, want the event of the holder first", got)
	}
}
