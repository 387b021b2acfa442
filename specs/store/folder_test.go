package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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

var _ = Describe("A store in a folder", func() {
	var dir string
	BeforeEach(func() { dir = newFolder() })

	// segment is the file that holds the first events.
	segment := func() string { return filepath.Join(dir, "events", "00000000000000000001.jsonl") }
	contents := func(file string) []byte {
		GinkgoHelper()
		text, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		return text
	}
	overwrite := func(file string, text []byte) {
		GinkgoHelper()
		Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
	}
	// appended opens the store, appends one batch and closes it.
	appended := func(ctx SpecContext, events ...domain.Event) {
		GinkgoHelper()
		store := open(ctx, dir)
		put(ctx, store, events...)
		Expect(store.Close()).To(Succeed())
	}

	It("is there again after it was closed, and goes on where it was", func(ctx SpecContext) {
		appended(ctx, event("A"), event("B"))
		store := open(ctx, dir)
		Expect(everything(ctx, store)).To(Equal("1 A, 2 B"))
		Expect(put(ctx, store, event("C")).First).To(Equal(domain.Position(3)))
	})

	It("is text: a line for each event, and a line that closes each append", func(ctx SpecContext) {
		appended(ctx, domain.Event{Type: "CourseDefined", Tags: []domain.Tag{"course:c1"}, Data: []byte(`{"capacity": 10}`)}, event("B"))
		appended(ctx, event("C"))
		var kinds []string
		for line := range bytes.Lines(contents(segment())) {
			var keys map[string]json.RawMessage
			Expect(json.Unmarshal(line, &keys)).To(Succeed())
			switch {
			case keys["commit"] != nil:
				kinds = append(kinds, "commit")
			case keys["position"] != nil:
				kinds = append(kinds, string(keys["type"]))
			default:
				kinds = append(kinds, "header")
			}
		}
		Expect(kinds).To(Equal([]string{"header", `"CourseDefined"`, `"B"`, "commit", `"C"`, "commit"}))
		Expect(string(contents(segment()))).To(ContainSubstring(`"tags":["course:c1"]`))
		Expect(string(contents(segment()))).To(ContainSubstring(`"data":{"capacity":10}}`))
	})

	It("can be opened for reading only, which changes nothing", func(ctx SpecContext) {
		appended(ctx, event("A"))
		inspected, err := filesystem.OpenReadOnly(ctx, dir, filesystem.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(inspected.Close)
		Expect(everything(ctx, inspected)).To(Equal("1 A"))
		_, err = inspected.Append(ctx, []domain.Event{event("B")})
		Expect(err).To(MatchError(ports.ErrReadOnly))
	})

	When("two processes use it", func() {
		It("shows to one what the other appended", func(ctx SpecContext) {
			store := open(ctx, dir)
			put(ctx, store, event("A"))
			Expect(runWorkstation(ctx, dir)).To(Equal("position 2"))
			Expect(everything(ctx, store)).To(Equal("1 A, 2 SeatTaken"))
		})

		It("gives one seat to one of them", func(ctx SpecContext) {
			store := open(ctx, dir)
			seat := domain.AppendCondition{FailIfEventsMatch: tagged("seat:12A")}
			Expect(runWorkstation(ctx, dir)).To(Equal("position 1"))
			_, err := store.Append(ctx, []domain.Event{event("SeatTaken", "seat:12A")}, seat)
			Expect(err).To(MatchError(ports.ErrConflict))
			Expect(runWorkstation(ctx, dir)).To(Equal("conflict"))
		})
	})

	When("a process died in the middle of an append", func() {
		var whole int // bytes of the segment before that append

		// What the disk holds then: the ledger as it was, and a part of the batch.
		BeforeEach(func(ctx SpecContext) {
			appended(ctx, event("A"))
			ledger := contents(filepath.Join(dir, "ledger"))
			whole = len(contents(segment()))
			appended(ctx, event("B"), event("C"))
			overwrite(filepath.Join(dir, "ledger"), ledger)
			text := contents(segment())
			overwrite(segment(), text[:bytes.LastIndex(text, []byte(`{"commit"`))+5])
		})

		It("keeps what was acknowledged and nothing of the unfinished append", func(ctx SpecContext) {
			Expect(everything(ctx, open(ctx, dir))).To(Equal("1 A"))
		})

		It("reports what it cut off", func(ctx SpecContext) {
			repairs := open(ctx, dir).Repairs()
			Expect(repairs).To(HaveLen(1))
			Expect(repairs[0].File).To(HaveSuffix("00000000000000000001.jsonl"))
			Expect(repairs[0].Offset).To(Equal(int64(whole)))
			Expect(repairs[0].Bytes).To(BeNumerically(">", 0))
			Expect(contents(segment())).To(HaveLen(whole))
		})

		It("goes on at the next position", func(ctx SpecContext) {
			Expect(put(ctx, open(ctx, dir), event("D")).First).To(Equal(domain.Position(2)))
			Expect(everything(ctx, open(ctx, dir))).To(Equal("1 A, 2 D"))
		})
	})

	When("a process died after its append was on disk, and before it told anybody", func() {
		It("keeps the append, whole", func(ctx SpecContext) {
			appended(ctx, event("A"))
			ledger := contents(filepath.Join(dir, "ledger"))
			appended(ctx, event("B"), event("C"))
			overwrite(filepath.Join(dir, "ledger"), ledger)
			store := open(ctx, dir)
			Expect(everything(ctx, store)).To(Equal("1 A, 2 B, 3 C"))
			Expect(store.Repairs()).To(BeEmpty())
		})
	})

	When("an event was edited in the file", func() {
		It("is refused, with the place", func(ctx SpecContext) {
			appended(ctx, domain.Event{Type: "Dispensed", Data: []byte(`{"tablets":30}`)})
			appended(ctx, event("B"))
			honest := contents(segment())
			DeferCleanup(func() { overwrite(segment(), honest) })
			overwrite(segment(), bytes.Replace(honest, []byte(`"tablets":30`), []byte(`"tablets":20`), 1))

			_, err := filesystem.Open(ctx, dir, filesystem.Options{})
			Expect(err).To(MatchError(ports.ErrCorrupt))
			var corrupt *ports.CorruptError
			Expect(errors.As(err, &corrupt)).To(BeTrue())
			Expect(corrupt.File).To(HaveSuffix("00000000000000000001.jsonl"))
			Expect(corrupt.Position).To(Equal(domain.Position(1)))
		})
	})
})
