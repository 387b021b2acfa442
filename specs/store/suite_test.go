// Package store_test specifies what a store of events does, from a reader's
// point of view, on every adapter. The conformance kit in ports/portstest goes
// into the corners; this is the part to read first.
package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(workstationEnv); dir != "" {
		answer, err := workstation(dir)
		if err != nil {
			log.Fatal(err)
		}
		log.New(os.Stdout, "", 0).Println(answer)
		return
	}
	os.Exit(m.Run())
}

func TestStore(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "The event store")
}

// adapters are the stores that the specs of the contract are run on.
var adapters = []TableEntry{
	Entry("in memory", func(context.Context) (ports.EventStore, ports.EventStore) {
		store := memory.New(memory.Options{})
		DeferCleanup(store.Close)
		return store, store
	}),
	Entry("on the file system", func(ctx context.Context) (ports.EventStore, ports.EventStore) {
		dir := newFolder()
		return open(ctx, dir), open(ctx, dir)
	}),
}

// opener returns two handles on one new, empty store.
type opener func(ctx context.Context) (here, there ports.EventStore)

// newFolder returns a directory for a store that has to verify after the spec.
func newFolder() string {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	DeferCleanup(func(ctx SpecContext) {
		_, err := filesystem.Verify(ctx, dir)
		Expect(err).NotTo(HaveOccurred(), "the folder verifies after the spec")
	})
	return dir
}

func open(ctx context.Context, dir string) *filesystem.Store {
	GinkgoHelper()
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	return store
}

// event is an event without data.
func event(typ string, tags ...domain.Tag) domain.Event { return domain.Event{Type: typ, Tags: tags} }

// put appends one batch.
func put(ctx context.Context, store ports.Appender, events ...domain.Event) domain.Positions {
	GinkgoHelper()
	positions, err := store.Append(ctx, events)
	Expect(err).NotTo(HaveOccurred())
	return positions
}

// read returns what a read yields.
func read(ctx context.Context, store ports.Reader, query domain.Query, options ports.ReadOptions) []domain.SequencedEvent {
	GinkgoHelper()
	result, err := store.Read(ctx, query, options)
	Expect(err).NotTo(HaveOccurred())
	return drain(result)
}

func drain(result ports.ReadResult) []domain.SequencedEvent {
	GinkgoHelper()
	events := []domain.SequencedEvent{}
	for e, err := range result.Events {
		Expect(err).NotTo(HaveOccurred())
		events = append(events, e)
	}
	return events
}

// found writes what a read yields as text, such as "1 A, 3 B".
func found(ctx context.Context, store ports.Reader, query domain.Query, options ports.ReadOptions) string {
	GinkgoHelper()
	text := ""
	for i, e := range read(ctx, store, query, options) {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%d %s", e.Position, e.Type)
	}
	return text
}

// everything is found for all events.
func everything(ctx context.Context, store ports.Reader) string {
	GinkgoHelper()
	return found(ctx, store, domain.All(), ports.ReadOptions{})
}

// tagged selects the events that carry all of the tags.
func tagged(tags ...domain.Tag) domain.Query { return domain.NewQuery(domain.Tagged(tags...)) }
