package store_test

import (
	"bytes"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/domain"
)

var _ = Describe("A store that is opened after a crash", func() {
	var dir string
	BeforeEach(func() { dir = newFolder() })

	When("a process died in the middle of an append", func() {
		var whole int // bytes of the segment before that append

		// What the disk holds then: the ledger as it was, and a part of the batch.
		BeforeEach(func(ctx SpecContext) {
			appended(ctx, dir, event("A"))
			ledger := contents(filepath.Join(dir, "ledger"))
			whole = len(contents(segment(dir)))
			appended(ctx, dir, event("B"), event("C"))
			overwrite(filepath.Join(dir, "ledger"), ledger)
			text := contents(segment(dir))
			overwrite(segment(dir), text[:bytes.LastIndex(text, []byte(`{"commit"`))+5])
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
			Expect(contents(segment(dir))).To(HaveLen(whole))
		})

		It("goes on at the next position", func(ctx SpecContext) {
			Expect(put(ctx, open(ctx, dir), event("D")).First).To(Equal(domain.Position(2)))
			Expect(everything(ctx, open(ctx, dir))).To(Equal("1 A, 2 D"))
		})
	})

	When("a process died after its append was on disk, and before it told anybody", func() {
		It("keeps the append, whole", func(ctx SpecContext) {
			appended(ctx, dir, event("A"))
			ledger := contents(filepath.Join(dir, "ledger"))
			appended(ctx, dir, event("B"), event("C"))
			overwrite(filepath.Join(dir, "ledger"), ledger)
			store := open(ctx, dir)
			Expect(everything(ctx, store)).To(Equal("1 A, 2 B, 3 C"))
			Expect(store.Repairs()).To(BeEmpty())
		})
	})
})
