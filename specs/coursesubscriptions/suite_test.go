// Package coursesubscriptions_test specifies the course example, on every
// adapter: the cases that dcb.events publishes, the ones it leaves out, and what
// happens when two commands meet.
package coursesubscriptions_test

import (
	"context"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestCourseSubscriptions(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Course subscriptions")
}

// adapters are the stores that every spec is run on.
var adapters = []TableEntry{
	Entry("in memory", inMemory),
	Entry("on the file system", inFolder),
}

// opener returns two handles on one new, empty store: two workstations.
type opener func(ctx context.Context) (here, there ports.EventStore)

func inMemory(context.Context) (ports.EventStore, ports.EventStore) {
	store := memory.New(memory.Options{})
	DeferCleanup(store.Close)
	return store, store
}

func inFolder(ctx context.Context) (ports.EventStore, ports.EventStore) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	DeferCleanup(func(ctx SpecContext) {
		_, err := filesystem.Verify(ctx, dir)
		Expect(err).NotTo(HaveOccurred(), "the folder verifies after the spec")
	})
	open := func() *filesystem.Store {
		store, err := filesystem.Open(ctx, dir, filesystem.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(store.Close)
		return store
	}
	return open(), open()
}

// command is what the three commands of the example have in common.
type command interface {
	Decide(d *application.Decision) error
}

// store appends what had happened before.
func store(ctx context.Context, to ports.Appender, events ...domain.Event) {
	GinkgoHelper()
	if len(events) > 0 {
		_, err := to.Append(ctx, events)
		Expect(err).NotTo(HaveOccurred())
	}
}

// facts encodes events as they are stored.
func facts(events ...decision.Event) []domain.Event {
	GinkgoHelper()
	encoded := make([]domain.Event, len(events))
	for i, e := range events {
		var err error
		encoded[i], err = decision.Encode(e)
		Expect(err).NotTo(HaveOccurred())
	}
	return encoded
}

// after returns the events at positions greater than head.
func after(ctx context.Context, from ports.Reader, head domain.Position) []domain.SequencedEvent {
	GinkgoHelper()
	result, err := from.Read(ctx, domain.All(), ports.ReadOptions{After: head})
	Expect(err).NotTo(HaveOccurred())
	events := []domain.SequencedEvent{}
	for e, err := range result.Events {
		Expect(err).NotTo(HaveOccurred())
		events = append(events, e)
	}
	return events
}
