// Package projections_test specifies read models, from a reader's point of view, on
// every store of projections: what states they show, what a failure, a rebuild and a
// crash do to them, and who runs them. The tests of package projection and the
// conformance kit in ports/portstest go into the corners.
package projections_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(officeEnv); dir != "" {
		if err := office(dir); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

func TestProjections(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Projections")
}

// patience is how long a spec waits for what has to come about before it fails.
const patience = time.Minute

// adapters are the stores that the specs are run on.
var adapters = []TableEntry{
	Entry("in memory", func(context.Context) *world {
		store, states := memory.New(memory.Options{}), memory.NewProjections()
		DeferCleanup(store.Close)
		DeferCleanup(states.Close)
		w := &world{store: store, states: states}
		w.open, w.close = func(context.Context) *world { return w }, func() {}
		return w
	}),
	Entry("on the file system", func(ctx context.Context) *world { return inFolder(ctx, newFolder()) }),
}

// opener returns a world in which nothing has happened.
type opener func(ctx context.Context) *world

// world is a store of events, and of projections, as a process has them.
type world struct {
	store  ports.EventStore
	states ports.ProjectionStore
	// open opens the same stores as another process does, close closes them. In memory
	// there is only one process, and nothing to close.
	open  func(context.Context) *world
	close func()
}

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

func inFolder(ctx context.Context, dir string) *world {
	GinkgoHelper()
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	states, err := sqlite.Open(filepath.Join(dir, "projections"), sqlite.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(states.Close)
	return &world{
		store: store, states: states,
		open: func(ctx context.Context) *world { return inFolder(ctx, dir) },
		close: func() {
			GinkgoHelper()
			Expect(states.Close()).To(Succeed())
			Expect(store.Close()).To(Succeed())
		},
	}
}

// restart ends the process and begins another one. Nothing runs in it at first.
func (w *world) restart(ctx context.Context) {
	GinkgoHelper()
	w.close()
	*w = *w.open(ctx)
}

// record appends events one by one and returns the position of the last one.
func (w *world) record(ctx context.Context, events ...decision.Event) domain.Position {
	GinkgoHelper()
	var last domain.Position
	for _, e := range events {
		encoded, err := decision.Encode(e)
		Expect(err).NotTo(HaveOccurred())
		positions, err := w.store.Append(ctx, []domain.Event{encoded})
		Expect(err).NotTo(HaveOccurred())
		last = positions.Last
	}
	return last
}

// running is a runner that runs, until end or the end of the spec. It is told to
// leave, and has left at end.
type running struct {
	*projection.Runner
	leave, end func()
}

// run runs projections with steps of three events.
func (w *world) run(ctx context.Context, projections ...projection.Projection) *running {
	GinkgoHelper()
	return w.runWith(ctx, projection.Options{}, projections...)
}

func (w *world) runWith(ctx context.Context, options projection.Options, projections ...projection.Projection) *running {
	GinkgoHelper()
	options.BatchSize, options.Takeover, options.ParallelRebuilds = 3, time.Millisecond, 2
	runner, err := projection.NewRunner(w.store, w.states, options, projections...)
	Expect(err).NotTo(HaveOccurred())
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	end := sync.OnceFunc(func() {
		stop()
		Expect(<-ended).NotTo(HaveOccurred())
	})
	DeferCleanup(end)
	return &running{runner, stop, end}
}

// built runs a projection until it has taken everything into account, and ends.
func built[S any](ctx context.Context, w *world, d *projection.Definition[S]) {
	GinkgoHelper()
	r := w.run(ctx, d)
	upToDate(ctx, w, d)
	r.end()
}

// upToDate waits until the projection has taken everything into account.
func upToDate[S any](ctx context.Context, w *world, d *projection.Definition[S]) {
	GinkgoHelper()
	head, err := w.store.Head(ctx)
	Expect(err).NotTo(HaveOccurred())
	ctx, enough := context.WithTimeout(ctx, patience)
	defer enough()
	Expect(d.View(w.states).Wait(ctx, head)).To(Succeed())
}

// about tells where the copies of a projection are, such as "live 7, shadow 3".
func (w *world) about(ctx context.Context, p projection.Projection) string {
	GinkgoHelper()
	info, err := w.states.Projection(ctx, p.Name())
	Expect(err).NotTo(HaveOccurred())
	at := func(c *ports.CopyInfo) string {
		if c == nil {
			return "none"
		}
		return c.Checkpoint.String()
	}
	return fmt.Sprintf("live %s, shadow %s", at(info.Live), at(info.Shadow))
}

// status is what the runner tells about a projection.
func (r *running) status(p projection.Projection) projection.Status {
	for _, s := range r.Status() {
		if s.Name == p.Name() {
			return s
		}
	}
	return projection.Status{}
}

// condition is what the runner says that a projection is doing.
func (r *running) condition(p projection.Projection) func() projection.Condition {
	return func() projection.Condition { return r.status(p).Condition }
}

// shown writes the states that a reader is shown now, such as "c1[ada] c2[]".
func shown[S any](ctx context.Context, w *world, d *projection.Definition[S], tags ...domain.Tag) string {
	GinkgoHelper()
	var text []string
	for s, err := range d.View(w.states).All(ctx, projection.Selection{Tags: tags}) {
		Expect(err).NotTo(HaveOccurred())
		text = append(text, fmt.Sprint(s.Key, s.Value))
	}
	return strings.Join(text, " ")
}

// current is shown as soon as the projection has taken everything into account.
func current[S any](ctx context.Context, w *world, d *projection.Definition[S], tags ...domain.Tag) string {
	GinkgoHelper()
	upToDate(ctx, w, d)
	return shown(ctx, w, d, tags...)
}

// whole writes all that is known about the states that a reader is shown.
func whole[S any](ctx context.Context, w *world, d *projection.Definition[S]) string {
	GinkgoHelper()
	states := make(map[string]projection.State[S])
	for s, err := range d.View(w.states).All(ctx, projection.Selection{}) {
		Expect(err).NotTo(HaveOccurred())
		states[s.Key] = s
	}
	return asJSON(states)
}

// folded is what whole has to be: a fold over all events, without any store.
func folded[S any](ctx context.Context, w *world, d *projection.Definition[S]) string {
	GinkgoHelper()
	states, err := projection.Fold(d, w.events(ctx))
	Expect(err).NotTo(HaveOccurred())
	return asJSON(states)
}

// events are all events of the store.
func (w *world) events(ctx context.Context) []domain.SequencedEvent {
	GinkgoHelper()
	result, err := w.store.Read(ctx, domain.All(), ports.ReadOptions{})
	Expect(err).NotTo(HaveOccurred())
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		Expect(err).NotTo(HaveOccurred())
		events = append(events, e)
	}
	return events
}

func asJSON(value any) string {
	GinkgoHelper()
	text, err := json.MarshalIndent(value, "", "  ")
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// within ends with the spec's patience.
func within(ctx context.Context) context.Context {
	ctx, enough := context.WithTimeout(ctx, patience)
	DeferCleanup(enough)
	return ctx
}

// eventually waits until value is as expected.
func eventually(ctx context.Context, value any) AsyncAssertion {
	GinkgoHelper()
	return Eventually(ctx, value).WithTimeout(patience).WithPolling(time.Millisecond)
}
