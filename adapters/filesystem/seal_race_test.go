package filesystem

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// sealer is a process that makes the index file of the first segment, and halts on
// the way.
type sealer struct {
	store *Store
	halt  halt      // the next one; of the goroutine that seals
	next  chan halt // goes on up to it
	ended chan struct{}
}

// halt is a place to halt: before the next call of a kind in the folder of the indexes.
// The zero halt is none.
type halt struct {
	at      vfstest.Kind
	reached chan struct{}
}

func newSealer(t *testing.T, path string) *sealer {
	t.Helper()
	p := &sealer{next: make(chan halt)}
	p.store, _ = openUnsealed(t, path, func(c vfstest.Call) {
		if c.Kind == p.halt.at && strings.HasPrefix(c.Name, indexesDir) {
			close(p.halt.reached)
			p.halt = <-p.next
		}
	})
	t.Cleanup(func() { _ = p.store.Close() })
	return p
}

// until makes p go on until it is about to make a call of that kind.
func (p *sealer) until(kind vfstest.Kind) {
	h := halt{at: kind, reached: make(chan struct{})}
	p.goOn(h)
	<-h.reached
}

// toTheEnd makes p finish.
func (p *sealer) toTheEnd() {
	p.goOn(halt{})
	<-p.ended
}

func (p *sealer) goOn(h halt) {
	if p.ended != nil {
		p.next <- h
		return
	}
	p.ended = make(chan struct{})
	go func() {
		defer close(p.ended)
		p.halt = h
		p.store.sealAll()
	}()
}

func TestAnIndexFileThatThreeProcessesMakeAtATimeIsWholeWhenItHasItsName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{SegmentSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		mustAppend(t, s, domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", 5000) + `"`)})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, indexesDir)); err != nil {
		t.Fatal(err)
	}

	slow, late, fast := newSealer(t, dir), newSealer(t, dir), newSealer(t, dir)
	slow.until(vfstest.Sync)  // has written it all
	late.until(vfstest.Mkdir) // has seen that there is none
	fast.toTheEnd()           // names what slow has written
	late.until(vfstest.Write) // makes a new one, still empty
	slow.toTheEnd()
	if report, err := Verify(t.Context(), dir); err != nil || report.Indexes != 1 {
		t.Errorf("Verify() = %+v, %v; want one index file, and that it is whole", report, err)
	}
	late.toTheEnd()
	if report, err := Verify(t.Context(), dir); err != nil || report.Indexes != 1 {
		t.Errorf("Verify() at the end = %+v, %v; want one index file, and that it is whole", report, err)
	}
}

// unsealed makes a store of six segments that have no index files.
func unsealed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{SegmentSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		mustAppend(t, s, domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", 5000) + `"`)})
	}
	if err := errors.Join(s.Close(), os.RemoveAll(filepath.Join(dir, indexesDir))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// openUnsealed opens a store that seals nothing by itself, and shows its calls to before.
func openUnsealed(t *testing.T, dir string, before func(vfstest.Call)) (*Store, *vfs.Dir) {
	t.Helper()
	root, err := vfs.OS(dir)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	watched := vfstest.Watch(root, nil, func(c vfstest.Call) vfstest.Fault {
		before(c)
		return vfstest.Fault{}
	})
	s, err := open(t.Context(), dir, watched, newProcessLock(root, dir, time.Minute), options)
	if err != nil {
		t.Fatal(err)
	}
	return s, root
}

func TestARepairBesideAProcessThatAppendsAllTheTimeMakesTheIndexFiles(t *testing.T) {
	t.Parallel()
	dir := unsealed(t)
	hot, _ := openUnsealed(t, dir, func(vfstest.Call) {})
	hot.lendLock(leaseSlice, leaseIdle)
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			select {
			case <-stop:
				ended <- hot.Close()
				return
			default:
				_, err = hot.Append(context.Background(), []domain.Event{{Type: "Small"}})
			}
		}
		ended <- err
	}()
	report, err := RepairDir(t.Context(), dir, RepairOptions{})
	if err != nil || len(report.Indexes) != 5 {
		t.Errorf("RepairDir() = %+v, %v; want five index files made", report, err)
	}
	if found, err := Verify(t.Context(), dir); err != nil || found.Indexes != 5 {
		t.Errorf("Verify() = %+v, %v; want five index files", found, err)
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCloseWaitsForNoLockThatAnotherProcessHasAlsoWhenASegmentIsToBeSealed(t *testing.T) {
	t.Parallel()
	dir := unsealed(t)
	s, root := openUnsealed(t, dir, func(vfstest.Call) {})
	other := newProcessLock(root, dir, time.Minute)
	if taken, err := other.try(); !taken || err != nil {
		t.Fatalf("the lock is taken: %v", err)
	}
	appended := make(chan error, 1)
	go func() {
		_, err := s.Append(context.Background(), []domain.Event{{Type: "Small"}})
		appended <- err
	}()
	for len(s.gate) == 0 { // until it waits for the lock
		runtime.Gosched()
	}
	s.tasks.run(s.sealAll)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-appended; !errors.Is(err, ports.ErrClosed) {
		t.Errorf("Append() = %v, want that the store is closed", err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, indexesDir, "*")); len(files) > 0 || err != nil {
		t.Errorf("%q were made without the lock, error %v", files, err)
	}
	if err := other.release(); err != nil {
		t.Error(err)
	}
}
