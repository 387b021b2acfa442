package filesystem

import (
	"context"
	"sync"
)

// tasks are run in the background until the store is closed.
type tasks struct {
	ctx    context.Context // ends when the store is about to be closed
	cancel context.CancelFunc
	mu     sync.Mutex
	ended  bool
	group  sync.WaitGroup
}

func newTasks() *tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &tasks{ctx: ctx, cancel: cancel}
}

func (t *tasks) run(task func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.group.Go(task)
	}
}

// end waits for what is running and starts nothing any more. What waits for the
// append lock gives up.
func (t *tasks) end() {
	t.cancel()
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.group.Wait()
}
