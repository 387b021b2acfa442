package filesystem

import (
	"context"
	"sync"
	"time"
)

// closePatience is how long closing waits for tasks that wait for others.
const closePatience = 100 * time.Millisecond

// tasks are run in the background until the store is closed.
type tasks struct {
	ctx    context.Context // ends when the store is about to be closed
	cancel context.CancelFunc
	grace  context.Context // ends closePatience later
	expire context.CancelFunc
	mu     sync.Mutex
	ended  bool
	group  sync.WaitGroup
}

func newTasks() *tasks {
	t := &tasks{}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.grace, t.expire = context.WithCancel(context.Background())
	return t
}

func (t *tasks) run(task func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.group.Go(task)
	}
}

// end waits for what is running and starts nothing any more. What waits for the
// append lock gives up, at once or after closePatience.
func (t *tasks) end() {
	t.cancel()
	defer t.expire()
	defer time.AfterFunc(closePatience, t.expire).Stop()
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.group.Wait()
}
