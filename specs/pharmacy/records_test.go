package pharmacy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/ports"
)

var _ = onEveryStore("Correcting a wrong quantity", func(p *pharmacy) {
	var rx int

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(diazepam, "D1", 100))
		rx = p.accept(ctx, p.written("p1", diazepam, 30))
		p.does(ctx, fillFrom("D1", diazepam, rx, 20))
	})

	It("refuses a reversal without a reason", func(ctx SpecContext) {
		Expect(p.tries(ctx, dispensing.ReverseDispense{Rx: rx, Entry: 1, By: ben})).To(beRefused("reason", "needs a reason"))
	})

	It("keeps the old entry, shows old, new and why, and has the lot right (37)", func(ctx SpecContext) {
		p.does(ctx,
			dispensing.ReverseDispense{Rx: rx, Entry: 1, Reason: "typed 20, handed over 30", By: ben},
			fillFrom("D1", diazepam, rx, 30))

		Expect(every[dispensing.Dispensed](ctx, p)).To(HaveExactElements(HaveField("Qty", 20), HaveField("Qty", 30)))
		Expect(p.onHand(ctx, diazepam, "D1")).To(Equal(70))

		history, err := reports.Prescriptions(ctx, p.store, dispensing.Calendar{}, dispensing.RxTag(rx))
		Expect(err).NotTo(HaveOccurred())
		Expect(history).To(HaveLen(1))
		wrong, correction, right := history[0].Lines[1], history[0].Lines[2], history[0].Lines[3]
		Expect(wrong).To(And(HaveField("What", "Dispensed"), HaveField("Qty", 20)))
		Expect(correction).To(And(
			HaveField("Corrects", wrong.Position), HaveField("Old", wrong.Text), HaveField("Why", "typed 20, handed over 30")))
		Expect(right).To(And(HaveField("What", "Dispensed"), HaveField("Qty", 30)))

		log, err := reports.Log(ctx, p.store, dispensing.ScheduleIV)
		Expect(err).NotTo(HaveOccurred())
		Expect(log).To(HaveExactElements(HaveField("Balance", 100), HaveField("Balance", 80), HaveField("Balance", 100), HaveField("Balance", 70)))
	})
})

var _ = onEveryStore("A patient's request for erasure", func(p *pharmacy) {
	request := dispensing.RequestErasure{Patient: "p1", By: anna}

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		p.does(ctx, fill(p.accept(ctx, p.written("p1", oxycodone, 30)), 30))
	})

	It("is refused in the first year, with the legal basis and the date (39)", func(ctx SpecContext) {
		p.onDay(300)
		Expect(p.tries(ctx, request)).To(And(
			beRefused("erasure", "have to be kept until 2027-03-03"), MatchError(ContainSubstring("1304.04")), MatchError(ContainSubstring("17(3)(b)"))))
		answer, err := reports.Erasure(ctx, p.store, dispensing.Policy{}, "p1", p.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(answer).To(HaveField("Cite", ContainSubstring("1304.04")))
	})

	// Destroying the patient's key, after which the data is unreadable while totals
	// and chain still hold, is not built. The program says so and erases nothing.
	It("is not carried out once records need no longer be kept: erasing is not built (39)", func(ctx SpecContext) {
		p.onDay(3 * 365)
		before := len(p.events(ctx))
		Expect(p.tries(ctx, request)).To(beRefused("erasure", "cannot make them unreadable"))
		Expect(p.events(ctx)).To(HaveLen(before))
	})
})

var _ = onEveryStore("The biennial inventory", func(p *pharmacy) {
	take := func(exact bool) dispensing.TakeInventory {
		return dispensing.TakeInventory{Moment: dispensing.Closing, By: anna, Lines: []dispensing.InventoryLine{
			{NDC: ndc(oxycodone), Drug: oxycodone, Qty: 100, Exact: exact},
			{NDC: ndc(diazepam), Drug: diazepam, Qty: 480, ContainerSize: 500},
		}}
	}

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100), p.delivery(diazepam, "D1", 500), take(true))
	})

	DescribeTable("is refused",
		func(ctx SpecContext, text string, change func(*dispensing.TakeInventory)) {
			inventory := take(true)
			change(&inventory)
			Expect(p.tries(ctx, inventory)).To(beRefused("inventory", text))
		},
		Entry("with an estimate from a large container", "more than 1000 units", func(c *dispensing.TakeInventory) { c.Lines[1].ContainerSize = 1001 }),
		Entry("with a product twice", "listed twice", func(c *dispensing.TakeInventory) { c.Lines[1] = c.Lines[0] }),
		Entry("with an estimate of what arrived as Schedule II under another name", "counted exactly", func(c *dispensing.TakeInventory) {
			c.Lines[0].Exact, c.Lines[0].Drug = false, diazepam
		}),
		Entry("with tomorrow's date", "in the future", func(c *dispensing.TakeInventory) { c.Date = p.Now().Add(day) }),
	)

	It("is in order for two years", func(ctx SpecContext) {
		p.onDay(730)
		Expect(reports.Comply(ctx, p.store, dispensing.Calendar{}, p.Now())).To(HaveField("Red", false))
	})

	When("it is 731 days old", func() {
		BeforeEach(func(ctx SpecContext) {
			p.onDay(731)
			Expect(reports.Comply(ctx, p.store, dispensing.Calendar{}, p.Now())).To(And(
				HaveField("Red", true), HaveField("Overdue", ConsistOf(HaveField("Kind", reports.Biennial)))))
		})

		It("turns from red to green when it is taken at the close of business, Schedule II exactly (40)", func(ctx SpecContext) {
			p.does(ctx, take(true))
			Expect(reports.Comply(ctx, p.store, dispensing.Calendar{}, p.Now())).To(HaveField("Red", false))
		})

		It("refuses an estimate of Schedule II (40)", func(ctx SpecContext) {
			Expect(p.tries(ctx, take(false))).To(beRefused("inventory", "counted exactly"))
			Expect(reports.Comply(ctx, p.store, dispensing.Calendar{}, p.Now())).To(HaveField("Red", true))
		})
	})
})

var _ = onEveryStore("Signing and signing in", func(p *pharmacy) {
	It("binds name, time and meaning to the events of a shift", func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100), dispensing.SignShift{Staff: anna, Meaning: "checked and complete"})
		Expect(newest[dispensing.ShiftSigned](ctx, p)).To(And(
			HaveField("Name", "Anna Alder"), HaveField("From", uint64(1)), HaveField("Through", uint64(6)), HaveField("At", p.Now())))
		Expect(reports.Signatures(ctx, p.store)).To(ConsistOf(HaveField("Valid", true)))
	})

	It("refuses to sign something else than what was shown", func(ctx SpecContext) {
		shown, err := dispensing.Digest(ctx, p.store, 1, 5)
		Expect(err).NotTo(HaveOccurred())
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		Expect(p.tries(ctx, dispensing.SignShift{Staff: anna, Meaning: "checked", Digest: shown})).To(beRefused("sign", "not those that were shown"))
	})

	It("refuses a command that names another person than the one signed in", func(ctx SpecContext) {
		_, err := p.app.Execute(ctx, dispensing.SuspendStaff{Staff: ben, Reason: "no show", By: anna}, application.By(cleo))
		Expect(err).To(beRefused("actor", "cleo is signed in"))
	})

	It("keeps when a loss was discovered beside when it was recorded", func(ctx SpecContext) {
		discovered := p.Now().Add(-3 * time.Hour)
		p.does(ctx, dispensing.DiscoverLoss{
			Loss: "l1", NDC: ndc(oxycodone), Qty: 1, Kind: dispensing.Breakage, Description: "vial", Discovered: discovered, By: ben,
		})
		read, err := p.store.Read(ctx, domain.NewQuery(domain.Tagged(dispensing.LossTag("l1"))), ports.ReadOptions{})
		Expect(err).NotTo(HaveOccurred())
		for stored, err := range read.Events {
			Expect(err).NotTo(HaveOccurred())
			Expect(stored.Metadata.OccurredAt).To(BeTemporally("==", discovered))
			Expect(stored.RecordedAt).To(BeTemporally("==", p.Now()))
		}
	})
})

var _ = Describe("Verifying the files", func() {
	It("names event 812 when somebody edited it by hand (38)", func(ctx SpecContext) {
		dir := GinkgoT().TempDir()
		clock := &clock{now: time.Date(2025, time.March, 3, 9, 0, 0, 0, time.UTC)}
		store, err := filesystem.Open(ctx, dir, filesystem.Options{Clock: clock})
		Expect(err).NotTo(HaveOccurred())
		p := newPharmacy(clock, store)
		p.hireStaff(ctx)
		p.imports(ctx, 800)
		for patient := range 10 {
			rx := p.accept(ctx, p.written(fmt.Sprintf("p%d", patient), diazepam, 30))
			p.does(ctx, fillFrom("D1", diazepam, rx, 30))
		}
		Expect(store.Close()).To(Succeed())
		report, err := filesystem.Verify(ctx, dir)
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Events).To(BeNumerically(">", 812))

		file := edit(dir, 812, []byte(`"qty":30,"remaining":0`), []byte(`"qty":10,"remaining":0`))

		_, err = filesystem.Verify(ctx, dir)
		var corrupt *ports.CorruptError
		Expect(errors.As(err, &corrupt)).To(BeTrue(), "%v", err)
		Expect(corrupt).To(And(HaveField("Position", domain.Position(812)), HaveField("File", file)))
	})
})

// imports stores the deliveries of earlier years, up to position n.
func (p *pharmacy) imports(ctx context.Context, n domain.Position) {
	GinkgoHelper()
	head, err := p.store.Head(ctx)
	Expect(err).NotTo(HaveOccurred())
	var batch []domain.Event
	for range n - head {
		received := p.delivery(diazepam, "D1", 500)
		event, err := decision.Encode(dispensing.LotReceived{
			NDC: received.NDC, Lot: received.Lot, Drug: received.Drug, Unit: received.Unit, Qty: received.Qty,
			Expires: received.Expires, Supplier: received.Supplier, By: received.By, At: p.Now(),
		})
		Expect(err).NotTo(HaveOccurred())
		batch = append(batch, event)
	}
	_, err = p.store.Append(ctx, batch)
	Expect(err).NotTo(HaveOccurred())
}

// edit changes the line of one event in the files of a store and returns the file
// that it is in.
func edit(dir string, position domain.Position, old, replacement []byte) string {
	GinkgoHelper()
	files, err := filepath.Glob(filepath.Join(dir, "events", "*.jsonl"))
	Expect(err).NotTo(HaveOccurred())
	mark := []byte(`"position":` + position.String() + `,`)
	for _, file := range files {
		content, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		lines := bytes.Split(content, []byte("\n"))
		for i, line := range lines {
			if bytes.Contains(line, mark) && bytes.Contains(line, old) {
				lines[i] = bytes.Replace(line, old, replacement, 1)
				Expect(os.WriteFile(file, bytes.Join(lines, []byte("\n")), 0o600)).To(Succeed())
				return file
			}
		}
	}
	Fail("there is no event " + position.String() + " with " + string(old))
	return ""
}
