package portstest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

// begun starts a call that may wait and returns when it has ended, or has got so far that
// it asks its context, as it must before it waits. So a rule need not hope that a goroutine
// has run by now: a call that looks at the store and then at its context has looked. Do is
// given the context, and calls ended when it is over or has something to show.
func begun(ctx context.Context, t testing.TB, f Fixture, what string, do func(ctx context.Context, ended func())) {
	t.Helper()
	asked := &askedContext{Context: ctx, asked: make(chan struct{})}
	go do(asked, asked.tell)
	await(t, f, what+" that neither ends nor asks its context", asked.asked)
	settle()
}

// askedContext tells when it is asked whether it has ended: by Done, which is needed to wait,
// or by Err again and again. A call that merely begins asks Err.
type askedContext struct {
	context.Context
	asked chan struct{} // is closed then
	once  sync.Once
	errs  atomic.Int32
}

func (c *askedContext) tell() { c.once.Do(func() { close(c.asked) }) }

// Done implements [context.Context].
func (c *askedContext) Done() <-chan struct{} {
	defer c.tell()
	return c.Context.Done()
}

// Err implements [context.Context].
func (c *askedContext) Err() error {
	if c.errs.Add(1) == 3 {
		defer c.tell()
	}
	return c.Context.Err()
}
