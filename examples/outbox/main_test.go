package main

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/ports"
)

const story = `
The mill is closed. The outbox tries again, and pauses longer each time.
  bakery  orders o1, 50 kg of rye
  bakery  orders o2, 200 kg of wheat
  outbox  posts o1
  outbox  fails: the mill answers 503 Service Unavailable: we are closed
  outbox  posts o1, try 2, N ms later
  outbox  fails: the mill answers 503 Service Unavailable: we are closed
  outbox  posts o1, try 3, N ms later
  outbox  fails: the mill answers 503 Service Unavailable: we are closed
  outbox  posts o1, try 4, N ms later
  mill    writes down o1, 50 kg of rye
  outbox  posts o2
  mill    writes down o2, 200 kg of wheat

The mill dies when it has written the order down, before it says so.
  bakery  orders o3, 25 kg of rye
  outbox  posts o3
  mill    writes down o3, 25 kg of rye
  outbox  fails: the mill gives no answer
  outbox  posts o3, try 2, N ms later
  mill    has o3 already, and says so

The mill does not know what spelt is. The order is set aside, the next one goes on.
  bakery  orders o4, 10 kg of spelt
  bakery  orders o5, 75 kg of wheat
  outbox  posts o4
  outbox  fails: the mill answers 422 Unprocessable Entity: no such flour: spelt
  outbox  posts o4, try 2, N ms later
  outbox  fails: the mill answers 422 Unprocessable Entity: no such flour: spelt
  outbox  posts o4, try 3, N ms later
  outbox  fails: the mill answers 422 Unprocessable Entity: no such flour: spelt
  outbox  posts o4, try 4, N ms later
  outbox  fails: the mill answers 422 Unprocessable Entity: no such flour: spelt
  outbox  posts o4, try 5, N ms later
  outbox  fails: the mill answers 422 Unprocessable Entity: no such flour: spelt
  outbox  posts o5
  mill    writes down o5, 75 kg of wheat
  bakery  finds aside: FlourOrdered at position 4, tried 5 times: the mill answers 422 Unprocessable Entity: no such flour: spelt

The mill learns what spelt is, and the bakery has what was set aside posted again.
  outbox  posts o4, try 6, N ms later
  mill    writes down o4, 10 kg of spelt
  bakery  finds 1 order sent

In the book of the mill: [o1 o2 o3 o5 o4]
`

func TestEveryOrderIsInTheBookOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		open func(t *testing.T) (ports.EventStore, ports.ProjectionStore)
	}{
		{"in memory", inMemory},
		{"in files", inFiles},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store, states := tt.open(t)
			var out strings.Builder
			if err := run(t.Context(), &out, store, states); err != nil {
				t.Fatal(err)
			}
			got := regexp.MustCompile(`\d+ ms later`).ReplaceAllString(out.String(), "N ms later")
			if got != story {
				t.Errorf("got\n%s\nwant\n%s", got, story)
			}
		})
	}
}

func inMemory(*testing.T) (ports.EventStore, ports.ProjectionStore) {
	return memory.New(memory.Options{}), memory.NewProjections()
}

func inFiles(t *testing.T) (ports.EventStore, ports.ProjectionStore) {
	t.Helper()
	dir := t.TempDir()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	states, err := sqlite.Open(filepath.Join(dir, "projections"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = states.Close() })
	return store, states
}

// interrupter interrupts the story at a word.
type interrupter struct {
	strings.Builder
	at   string
	stop context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), i.at) {
		i.stop()
	}
	return i.Builder.Write(p)
}

func TestTheStoryEndsWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	out := &interrupter{at: "posts o4, try 2", stop: stop}
	store, states := inMemory(t)
	if err := run(ctx, out, store, states); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want that of the context", err)
	}
	if strings.Contains(out.String(), "posts o4, try 3") {
		t.Errorf("the story goes on after the interruption:\n%s", out.String())
	}
}
