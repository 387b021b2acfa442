package bench

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// bareGroup is the least that a group commit can be: clients hand their bytes to
// one loop, which writes all that wait with one call, syncs once and lets them go.
type bareGroup struct {
	file *rawFile

	mu      sync.Mutex
	waiting []byte       // guarded by mu
	owners  []chan error // of what waits; guarded by mu
	wake    chan struct{}
	done    chan struct{}
}

func newBareGroup(file *rawFile) *bareGroup {
	g := &bareGroup{file: file, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go g.loop()
	return g
}

func (g *bareGroup) loop() {
	defer close(g.done)
	var text []byte
	var owners []chan error
	for range g.wake {
		g.mu.Lock()
		text, g.waiting = g.waiting, text[:0]
		owners, g.owners = g.owners, owners[:0]
		g.mu.Unlock()
		if len(owners) == 0 {
			continue
		}
		err := g.file.writeSynced(text)
		for _, owner := range owners {
			owner <- err
		}
	}
}

// write returns when text is durable. The channel is the client's own.
func (g *bareGroup) write(text []byte, answer chan error) error {
	g.mu.Lock()
	g.waiting = append(g.waiting, text...)
	g.owners = append(g.owners, answer)
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return <-answer
}

// close ends the loop; no client may be waiting.
func (g *bareGroup) close() {
	close(g.wake)
	<-g.done
}

// groupCommits is the probe of several clients that each write batches of events
// of size bytes in all through a bare group commit.
func (r *rawFile) groupCommits(clients, events, size int) probe {
	text := bytes.Repeat([]byte{'x'}, size)
	answers := make([]chan error, clients)
	for i := range answers {
		answers[i] = make(chan error, 1)
	}
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		g := newBareGroup(r)
		defer g.close()
		return concurrent(clients, func(_ context.Context, client int) (int, error) {
			return events, g.write(text, answers[client])
		})(ctx, slice)
	}
}
