package filesystem

import (
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// notifier tells that the ledger was written, by whichever process. It saves a
// subscription from waiting for its next look at the ledger; it is a help only, and
// where the system has none of it, or loses a notice, the looks remain. Safe for
// concurrent use.
type notifier struct {
	mu      sync.Mutex
	watcher *fsnotify.Watcher // nil before the first use, and where it does not work
	tried   bool
	closed  bool
	written chan struct{} // closed and replaced when the ledger was written
	group   sync.WaitGroup
}

// next returns a channel that is closed when the ledger in dir is written next, or
// never.
func (n *notifier) next(dir string) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.written == nil {
		n.written = make(chan struct{})
	}
	if !n.tried && !n.closed {
		n.tried = true
		n.watch(dir)
	}
	return n.written
}

// watch begins to watch dir, as a ledger that is replaced is another file. The
// caller holds mu.
func (n *notifier) watch(dir string) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return // out of some resource: looking remains
	}
	if err := w.Add(dir); err != nil {
		_ = w.Close() // nothing was watched
		return
	}
	n.watcher = w
	n.group.Go(func() {
		for {
			select {
			case event, ok := <-w.Events:
				if !ok {
					return
				}
				if filepath.Base(event.Name) == ledgerName {
					n.tell()
				}
			case _, ok := <-w.Errors: // notices were lost
				if !ok {
					return
				}
				n.tell()
			}
		}
	})
}

func (n *notifier) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.written)
	n.written = make(chan struct{})
}

func (n *notifier) close() error {
	n.mu.Lock()
	w := n.watcher
	n.closed, n.watcher = true, nil
	n.mu.Unlock()
	if w == nil {
		return nil
	}
	err := w.Close()
	n.group.Wait()
	return err
}
