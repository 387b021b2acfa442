package projections_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/projection"
)

var _ = DescribeTableSubtree("Two runners of one projection", func(open opener) {
	var here, there *world
	BeforeEach(func(ctx SpecContext) {
		here = open(ctx)
		there = here.open(ctx)
	})

	It("share the work: one runs it, the other waits, shows the same and takes over", func(ctx SpecContext) {
		first := here.run(ctx, courses(1))
		here.record(ctx, joined{"c1", "ada"})
		upToDate(ctx, here, courses(1))
		second := there.run(ctx, courses(1))
		eventually(ctx, second.condition(courses(1))).Should(Equal(projection.Elsewhere))
		there.record(ctx, joined{"c1", "bob"})
		Expect(current(ctx, there, courses(1))).To(Equal("c1[ada bob]"))
		Expect(second.Rebuild(within(ctx), "courses")).To(MatchError(projection.ErrElsewhere))

		first.end()
		here.record(ctx, joined{"c1", "cyd"})
		Expect(current(ctx, here, courses(1))).To(Equal("c1[ada bob cyd]"))
		eventually(ctx, second.condition(courses(1))).Should(Equal(projection.Live))
		Expect(whole(ctx, here, courses(1))).To(Equal(folded(ctx, here, courses(1))))
	})

	It("apply each event once, however often they take turns", func(ctx SpecContext) {
		running := here.run(ctx, courses(1))
		for i := range 6 {
			next := []*world{there, here}[i%2].run(ctx, courses(1))
			here.record(ctx, joined{"c1", "ada"}, joined{"c2", "bob"}, joined{"c1", "cyd"}, joined{"c2", "dan"})
			running.end()
			running = next
		}
		Expect(current(ctx, there, courses(1))).To(HavePrefix("c1[ada cyd ada cyd"))
		Expect(whole(ctx, there, courses(1))).To(Equal(folded(ctx, there, courses(1))))
	})

	It("run one of two projections each", func(ctx SpecContext) {
		first := here.run(ctx, courses(1))
		eventually(ctx, first.condition(courses(1))).Should(Equal(projection.Live))
		second := there.run(ctx, courses(1), tallies(nil))
		eventually(ctx, second.condition(tallies(nil))).Should(Equal(projection.Live))
		Expect(second.status(courses(1)).Condition).To(Equal(projection.Elsewhere))
		here.record(ctx, joined{"c1", "ada"})
		Expect(current(ctx, there, courses(1))).To(Equal("c1[ada]"))
		Expect(current(ctx, here, tallies(nil))).To(Equal("ada1"))
	})
}, adapters)

var _ = Describe("Projections in a folder", func() {
	var dir string
	var w *world
	BeforeEach(func(ctx SpecContext) {
		dir = newFolder()
		w = inFolder(ctx, dir)
		w.record(ctx, defined{"c1", "art", 2}, joined{"c1", "ada"}, joined{"c2", "bob"}, joined{"c1", "cyd"}, moved{"ada", "c1", "c2"})
	})
	files := func() []string {
		GinkgoHelper()
		paths, err := filepath.Glob(filepath.Join(dir, "projections", "*"))
		Expect(err).NotTo(HaveOccurred())
		for i := range paths {
			paths[i] = filepath.Base(paths[i])
		}
		return paths
	}

	It("are a file and a lock each, also after a rebuild", func(ctx SpecContext) {
		Expect(courses(1).View(w.states).List(ctx, projection.Selection{})).To(BeEmpty())
		Expect(files()).To(BeEmpty())
		built(ctx, w, courses(1))
		built(ctx, w, tallies(nil))
		r := w.run(ctx, courses(2))
		eventually(ctx, r.condition(courses(2))).Should(Equal(projection.Live))
		r.end()
		w.close()
		Expect(files()).To(Equal([]string{"courses.lock", "courses.sqlite", "tallies.lock", "tallies.sqlite"}))
	})

	It("are made anew when their files are deleted, as all of it follows from the events", func(ctx SpecContext) {
		built(ctx, w, courses(1))
		before := whole(ctx, w, courses(1))
		w.close()
		Expect(os.RemoveAll(filepath.Join(dir, "projections"))).To(Succeed())

		w = inFolder(ctx, dir)
		_, found, err := courses(1).View(w.states).Get(ctx, "c1")
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeFalse())
		Expect(shown(ctx, w, courses(1))).To(BeEmpty())
		built(ctx, w, courses(1))
		Expect(whole(ctx, w, courses(1))).To(Equal(before))
	})

	It("are built by one process, and by the next one when that is killed in the middle", func(ctx SpecContext) {
		killed := runOffice(ctx, dir)
		var applied atomic.Int32
		d := watched(1, func(_, _ string) error { applied.Add(1); return nil })
		r := w.run(ctx, d)
		eventually(ctx, r.condition(d)).Should(Equal(projection.Elsewhere))
		Expect(w.about(ctx, d)).To(Equal("live none, shadow 3"))
		Expect(shown(ctx, w, d)).To(BeEmpty())

		killed()
		Expect(current(ctx, w, d)).To(Equal("c1[cyd] c2[bob ada]"))
		Expect(applied.Load()).To(Equal(int32(2)), "what the other process applied is not applied again")
		Expect(whole(ctx, w, d)).To(Equal(folded(ctx, w, courses(1))))
	})
})

// officeEnv, when set, makes this test program another process on the folder that it
// names.
const officeEnv = "OPOSSUM_SPEC_OFFICE"

// office builds courses in steps of three events until it meets cyd, says so, and
// goes no further. It ends with its standard input.
func office(dir string) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		return err
	}
	states, err := sqlite.Open(filepath.Join(dir, "projections"), sqlite.Options{})
	if err != nil {
		return err
	}
	runner, err := projection.NewRunner(store, states, projection.Options{BatchSize: 3}, watched(1, func(_, student string) error {
		if student == "cyd" {
			_, err := os.Stdout.WriteString("met cyd\n")
			if err != nil {
				return err
			}
			select {}
		}
		return nil
	}))
	if err != nil {
		return err
	}
	return runner.Run(ctx)
}

// runOffice starts office in a process of its own and returns when that has met cyd,
// with what kills it.
func runOffice(ctx context.Context, dir string) (kill func()) {
	GinkgoHelper()
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), officeEnv+"="+dir)
	cmd.Stderr = GinkgoWriter
	in, err := cmd.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	out, err := cmd.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(cmd.Start()).To(Succeed())
	kill = func() {
		_ = cmd.Process.Kill()
		_ = in.Close()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "met cyd\n" {
		kill()
		Fail("the other process says " + line)
	}
	return kill
}
