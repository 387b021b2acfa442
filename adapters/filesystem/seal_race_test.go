package filesystem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
)

// sealer is a process that is about to make the index file of the first segment. It
// halts before one of the calls that this takes.
type sealer struct {
	store   *Store
	at      vfstest.Kind
	halted  chan struct{} // closed when it has come there
	goOn    chan struct{} // closed when it may go on
	ended   chan struct{}
	waiting bool
}

func newSealer(t *testing.T, path string) *sealer {
	t.Helper()
	root, err := vfs.OS(path)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{SegmentSize: 4096}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	p := &sealer{ended: make(chan struct{})}
	dir := vfstest.Watch(root, nil, func(c vfstest.Call) vfstest.Fault {
		if p.waiting && c.Kind == p.at && strings.HasPrefix(c.Name, indexesDir) {
			p.waiting = false
			close(p.halted)
			<-p.goOn
		}
		return vfstest.Fault{}
	})
	if p.store, err = open(t.Context(), path, dir, newProcessLock(root, path, time.Minute), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.store.Close() })
	return p
}

// until makes p go on until it is about to make a call of that kind.
func (p *sealer) until(kind vfstest.Kind) {
	p.at, p.waiting = kind, true
	p.halted = make(chan struct{})
	before := p.goOn
	p.goOn = make(chan struct{})
	if before != nil {
		close(before)
	} else {
		go func() {
			defer close(p.ended)
			p.store.sealAll()
		}()
	}
	<-p.halted
}

// toTheEnd makes p finish.
func (p *sealer) toTheEnd() {
	if p.goOn == nil {
		p.store.sealAll()
		return
	}
	close(p.goOn)
	<-p.ended
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
