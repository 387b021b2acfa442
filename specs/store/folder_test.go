package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var _ = Describe("A store on the file system", func() {
	var dir string
	BeforeEach(func() { dir = newFolder() })

	It("is there again after it was closed, and goes on where it was", func(ctx SpecContext) {
		appended(ctx, dir, event("A"), event("B"))
		store := open(ctx, dir)
		Expect(everything(ctx, store)).To(Equal("1 A, 2 B"))
		Expect(put(ctx, store, event("C")).First).To(Equal(domain.Position(3)))
	})

	It("is text: a line for each event, and a line that closes each append", func(ctx SpecContext) {
		appended(ctx, dir, domain.Event{Type: "CourseDefined", Tags: []domain.Tag{"course:c1"}, Data: []byte(`{"capacity": 10}`)}, event("B"))
		appended(ctx, dir, event("C"))
		var kinds []string
		for line := range bytes.Lines(contents(segment(dir))) {
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
		Expect(string(contents(segment(dir)))).To(ContainSubstring(`"tags":["course:c1"]`))
		Expect(string(contents(segment(dir)))).To(ContainSubstring(`"data":{"capacity":10}}`))
	})

	It("opens for reading only as well, which changes nothing", func(ctx SpecContext) {
		appended(ctx, dir, event("A"))
		inspected, err := filesystem.OpenReadOnly(ctx, dir, filesystem.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(inspected.Close)
		Expect(everything(ctx, inspected)).To(Equal("1 A"))
		_, err = inspected.Append(ctx, []domain.Event{event("B")})
		Expect(err).To(MatchError(ports.ErrReadOnly))
	})

	When("an event was edited in the file", func() {
		It("does not open, and names the file and the position", func(ctx SpecContext) {
			appended(ctx, dir, domain.Event{Type: "Dispensed", Data: []byte(`{"tablets":30}`)})
			appended(ctx, dir, event("B"))
			honest := contents(segment(dir))
			DeferCleanup(func() { overwrite(segment(dir), honest) })
			overwrite(segment(dir), bytes.Replace(honest, []byte(`"tablets":30`), []byte(`"tablets":20`), 1))

			_, err := filesystem.Open(ctx, dir, filesystem.Options{})
			Expect(err).To(MatchError(ports.ErrCorrupt))
			var corrupt *ports.CorruptError
			Expect(errors.As(err, &corrupt)).To(BeTrue())
			Expect(corrupt.File).To(HaveSuffix("00000000000000000001.jsonl"))
			Expect(corrupt.Position).To(Equal(domain.Position(1)))
		})
	})
})

// segment is the file of a folder that holds the first events.
func segment(dir string) string { return filepath.Join(dir, "events", "00000000000000000001.jsonl") }

func contents(file string) []byte {
	GinkgoHelper()
	text, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	return text
}

func overwrite(file string, text []byte) {
	GinkgoHelper()
	Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
}

// appended opens the store in a folder, appends one batch and closes it.
func appended(ctx context.Context, dir string, events ...domain.Event) {
	GinkgoHelper()
	store := open(ctx, dir)
	put(ctx, store, events...)
	Expect(store.Close()).To(Succeed())
}
