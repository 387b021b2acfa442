package torture

import (
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// dumpTime is how long a child that hangs may take to say what it is doing.
const dumpTime = 5 * time.Second

// child is a process as its parent sees it.
type child struct {
	setup
	cmd    *exec.Cmd
	stdin  io.Closer
	orders *gob.Encoder
	errs   tail

	ready chan struct{} // closed when it said so
	gone  chan struct{} // closed when the process has ended and all it said was heard

	// expendable says that the parent killed it, or is about to, so that how it ends
	// means nothing.
	expendable atomic.Bool
	finished   bool  // it said that it did what it was told; settled when gone is closed
	waitErr    error // how the process ended; settled when gone is closed
}

// startChild starts a process. Everything that it reports is given to hear, in
// order and from one goroutine.
func startChild(command []string, s setup, hear func(*child, report)) (*child, error) {
	// Not bound to a context: the round ends its children, in the right order.
	c := &child{
		setup: s, ready: make(chan struct{}), gone: make(chan struct{}),
		cmd: exec.Command(command[0], command[1:]...), //nolint:gosec // G204: the caller's own program
	}
	c.cmd.Stderr = &c.errs
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("torture: start %s: %w", s.Name, err)
	}
	c.stdin, c.orders = stdin, gob.NewEncoder(stdin)
	go c.listen(stdout, hear)
	c.order(order{Setup: &s})
	return c, nil
}

// order tells the child something. A child that is gone does not hear it.
func (c *child) order(o order) { _ = c.orders.Encode(o) }

func (c *child) listen(stdout io.Reader, hear func(*child, report)) {
	defer close(c.gone)
	var once sync.Once
	for decoder := gob.NewDecoder(stdout); ; {
		var r report
		if decoder.Decode(&r) != nil { // the end, or the half of a report that a kill cut off
			break
		}
		if r.Ready {
			once.Do(func() { close(c.ready) })
		}
		c.finished = c.finished || r.Finished
		hear(c, r)
	}
	_, _ = io.Copy(io.Discard, stdout)
	c.waitErr = c.cmd.Wait()
	if f := c.obituary(); f != nil {
		hear(c, report{Finding: f})
	}
}

// kill ends the process with no chance to do anything more, and waits until the
// kernel has taken its locks away.
func (c *child) kill() {
	c.expendable.Store(true)
	_ = c.cmd.Process.Kill() // it may have ended by itself
	_ = c.stdin.Close()
	<-c.gone
}

// finish lets the child come to its end. It returns a finding when it does not.
func (c *child) finish(ctx context.Context, o order, longest time.Duration) *Finding {
	o.Finish = true
	c.order(o)
	return c.await(ctx, longest)
}

// await waits for the end of a child that ends by itself, and kills it when ctx
// ends first or it takes longer than longest, while the machine runs.
func (c *child) await(ctx context.Context, longest time.Duration) *Finding {
	switch {
	case machinePatience.outlast(ctx, c.gone, longest):
		_ = c.stdin.Close()
		return nil
	case ctx.Err() != nil:
		c.kill()
		return nil
	}
	c.expendable.Store(true)
	_ = dumpProcess(c.cmd.Process)
	select {
	case <-c.gone:
	case <-time.After(dumpTime):
	}
	c.kill()
	return &Finding{Rule: ruleNoHang, Evidence: fmt.Sprintf("%s did not end within %v", c.Name, longest), Words: c.errs.String()}
}

// obituary says what is wrong with the end of a child that is gone.
func (c *child) obituary() *Finding {
	if c.expendable.Load() || (c.finished && c.waitErr == nil) {
		return nil
	}
	words := c.errs.String()
	first, _, _ := strings.Cut(words, "\n")
	return &Finding{Rule: ruleNoDeath, Evidence: fmt.Sprintf("%s ended (%v) before it was told to: %s", c.Name, c.waitErr, first), Words: words}
}

// tail keeps the first and the last of what is written to it. Safe for concurrent
// use.
type tail struct {
	mu         sync.Mutex // guards the fields below
	begin, end []byte
}

const tailBytes = 256 << 10

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(p), tailBytes-len(t.begin))
	t.begin = append(t.begin, p[:n]...)
	t.end = append(t.end, p[n:]...)
	t.end = t.end[max(0, len(t.end)-tailBytes):]
	return len(p), nil
}

// String returns what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.begin) + string(t.end)
}
