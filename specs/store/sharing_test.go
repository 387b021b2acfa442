package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// workstationEnv, when set, makes this test program a second workstation on the
// folder that it names.
const workstationEnv = "OPOSSUM_SPEC_WORKSTATION"

// workstation takes the seat, once in the life of the store, and says what came of
// it.
func workstation(dir string) (answer string, err error) {
	ctx := context.Background()
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	positions, err := store.Append(ctx, []domain.Event{event("SeatTaken", "seat:12A")},
		domain.AppendCondition{FailIfEventsMatch: tagged("seat:12A")})
	if errors.Is(err, ports.ErrConflict) {
		return "conflict", nil
	}
	return "position " + positions.First.String(), err
}

// runWorkstation is workstation in a process of its own.
func runWorkstation(ctx context.Context, dir string) string {
	GinkgoHelper()
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), workstationEnv+"="+dir)
	cmd.Stderr = GinkgoWriter
	out, err := cmd.Output()
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}

var _ = DescribeTableSubtree("Two handles on one store", func(open opener) {
	var store, sameStore ports.EventStore
	BeforeEach(func(ctx SpecContext) { store, sameStore = open(ctx) })

	It("show each what was appended through the other", func(ctx SpecContext) {
		put(ctx, store, event("A"))
		Expect(everything(ctx, sameStore)).To(Equal("1 A"))
		put(ctx, sameStore, event("B"))
		Expect(everything(ctx, store)).To(Equal("1 A, 2 B"))
	})

	It("hold a condition against what was appended through the other", func(ctx SpecContext) {
		head, err := store.Head(ctx)
		Expect(err).NotTo(HaveOccurred())
		put(ctx, sameStore, event("A", "x"))
		_, err = store.Append(ctx, []domain.Event{event("B", "x")}, domain.AppendCondition{FailIfEventsMatch: tagged("x"), After: head})
		Expect(err).To(MatchError(ports.ErrConflict))
	})
}, adapters)

var _ = Describe("Two processes on one folder", func() {
	var dir string
	BeforeEach(func() { dir = newFolder() })

	It("see what the other appended", func(ctx SpecContext) {
		store := open(ctx, dir)
		put(ctx, store, event("A"))
		Expect(runWorkstation(ctx, dir)).To(Equal("position 2"))
		Expect(everything(ctx, store)).To(Equal("1 A, 2 SeatTaken"))
	})

	It("take one seat once: the other one gets a conflict", func(ctx SpecContext) {
		store := open(ctx, dir)
		seat := domain.AppendCondition{FailIfEventsMatch: tagged("seat:12A")}
		Expect(runWorkstation(ctx, dir)).To(Equal("position 1"))
		_, err := store.Append(ctx, []domain.Event{event("SeatTaken", "seat:12A")}, seat)
		Expect(err).To(MatchError(ports.ErrConflict))
		Expect(runWorkstation(ctx, dir)).To(Equal("conflict"))
	})
})
