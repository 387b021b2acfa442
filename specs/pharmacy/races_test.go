package pharmacy_test

import (
	"context"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// interrupted is a store on which something else happens just before the first
// append: after its command has read and decided, before it is stored.
type interrupted struct {
	ports.EventStore
	once  sync.Once
	rival func()
}

func (s *interrupted) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	s.once.Do(s.rival)
	return s.EventStore.Append(ctx, events, conditions...)
}

// races carries out a command at a second workstation. Between its decision and
// its append the rival command is carried out at the first one, from reading to
// storing.
func (p *pharmacy) races(ctx context.Context, command, rival any, options ...application.Option) (application.Result, error) {
	GinkgoHelper()
	happened := false
	store := &interrupted{EventStore: p.store, rival: func() {
		p.does(ctx, rival)
		happened = true
	}}
	result, err := workstation(p.clock, store, dispensing.Policy{}).Execute(ctx, command, options...)
	Expect(happened).To(BeTrue(), "the first decision of %T was to be stored: %v", command, err)
	return result, err
}

var _ = onEveryStore("Two workstations that decide at the same time", func(p *pharmacy) {
	var rx, other int

	BeforeEach(func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 30), p.delivery(oxycodone, "L2", 30))
		rx = p.accept(ctx, p.written("p1", oxycodone, 30))
		other = p.accept(ctx, p.written("p2", oxycodone, 30))
	})

	When("both want the last 30 of a lot for different prescriptions", func() {
		It("gives them to one; the other loses, decides again and is refused (20)", func(ctx SpecContext) {
			result, err := p.races(ctx, fill(rx, 30), by(anna, fill(other, 30)))
			Expect(err).To(beRefused("I2", "insufficient"))
			Expect(result.Attempts).To(Equal(2))
			Expect(result.Conflicts).To(ConsistOf(And(
				MatchError(ports.ErrConflict), HaveField("Type", "Dispensed"), HaveField("Tags", ContainElement(dispensing.RxTag(other))))))
			Expect(every[dispensing.Dispensed](ctx, p)).To(ConsistOf(HaveField("Rx", other)))
		})
	})

	When("the pharmacist is suspended meanwhile", func() {
		It("loses, decides again and is refused (21)", func(ctx SpecContext) {
			result, err := p.races(ctx, fill(rx, 30), dispensing.SuspendStaff{Staff: ben, Reason: "board order", By: anna})
			Expect(err).To(beRefused("I6", "suspended"))
			Expect(result.Conflicts).To(ConsistOf(HaveField("Type", "StaffSuspended")))
			Expect(every[dispensing.Dispensed](ctx, p)).To(BeEmpty())
		})
	})

	When("the lot is recalled meanwhile", func() {
		It("loses, decides again and is refused (22)", func(ctx SpecContext) {
			result, err := p.races(ctx, fill(rx, 30), dispensing.QuarantineLot{NDC: ndc(oxycodone), Lot: "L1", Reason: "recall", By: anna})
			Expect(err).To(beRefused("quarantine", "recall"))
			Expect(result.Conflicts).To(ConsistOf(HaveField("Type", "LotQuarantined")))
			Expect(every[dispensing.Dispensed](ctx, p)).To(BeEmpty())
		})
	})

	When("they dispense the same drug from different lots to different patients", func() {
		It("lets both through at the first attempt (23)", func(ctx SpecContext) {
			result, err := p.races(ctx, fill(rx, 30), by(anna, fillFrom("L2", oxycodone, other, 30)))
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Attempts).To(Equal(1))
			Expect(result.Conflicts).To(BeEmpty())
			Expect(every[dispensing.Dispensed](ctx, p)).To(HaveLen(2))
		})
	})

	When("one patient stands at two desks with two prescriptions for one ingredient", func() {
		It("serves one desk; the other decides again and sees the overlap (24)", func(ctx SpecContext) {
			second := p.accept(ctx, p.written("p1", oxycodone, 30))
			result, err := p.races(ctx, fill(rx, 30), by(anna, fillFrom("L2", oxycodone, second, 30)))
			Expect(err).To(beRefused("I14", "the patient has oxycodone"))
			Expect(result.Attempts).To(Equal(2))
			Expect(every[dispensing.Dispensed](ctx, p)).To(ConsistOf(HaveField("Rx", second)))
		})
	})

	When("one dispenses what the other transfers out", func() {
		var electronic int

		BeforeEach(func(ctx SpecContext) {
			accepted := p.written("p3", oxycodone, 30)
			accepted.Medium = dispensing.Electronic
			electronic = p.accept(ctx, accepted)
		})

		It("lets the transfer win when it is stored first (35)", func(ctx SpecContext) {
			result, err := p.races(ctx, fill(electronic, 30), transfer(electronic))
			Expect(err).To(beRefused("I11", "transferred"))
			Expect(result.Conflicts).To(ConsistOf(HaveField("Type", "PrescriptionTransferredOut")))
			Expect(every[dispensing.Dispensed](ctx, p)).To(BeEmpty())
		})

		It("lets the dispensing win when it is stored first (35)", func(ctx SpecContext) {
			result, err := p.races(ctx, transfer(electronic), fill(electronic, 30))
			Expect(err).To(beRefused("I3", "C-II cannot be refilled"))
			Expect(result.Conflicts).To(ConsistOf(HaveField("Type", "Dispensed")))
			Expect(every[dispensing.PrescriptionTransferredOut](ctx, p)).To(BeEmpty())
		})
	})

	When("two prescriptions are accepted at once", func() {
		It("numbers them without a gap and without a double", func(ctx SpecContext) {
			_, err := p.races(ctx, p.written("p4", oxycodone, 30), p.written("p5", oxycodone, 30))
			Expect(err).NotTo(HaveOccurred())
			var numbers []int
			for _, accepted := range every[dispensing.PrescriptionAccepted](ctx, p) {
				numbers = append(numbers, accepted.Rx)
			}
			Expect(numbers).To(Equal([]int{1, 2, 3, 4}))
		})
	})
})

// listening is a store that remembers the conditions of the newest append.
type listening struct {
	ports.EventStore
	conditions []domain.AppendCondition
}

func (s *listening) Append(ctx context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	s.conditions = conditions
	return s.EventStore.Append(ctx, events, conditions...)
}

var _ = onEveryStore("The boundary of a dispensing", func(p *pharmacy) {
	It("is the prescription, the lot, the two people, the count, the patient's supply, the command, and nothing else", func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		rx := p.accept(ctx, p.written("p1", oxycodone, 30))
		store := &listening{EventStore: p.store}
		_, err := workstation(p.clock, store, dispensing.Policy{}).Execute(ctx, fill(rx, 30), application.CommandID("u1"))
		Expect(err).NotTo(HaveOccurred())

		var guarded []string
		for _, condition := range store.conditions {
			for _, item := range condition.FailIfEventsMatch.Items() {
				guarded = append(guarded, item.String())
			}
		}
		Expect(guarded).To(ConsistOf(
			"BalanceForfeited|DispenseReversed|Dispensed|PrescriptionAccepted|PrescriptionTransferredOut|PrescriptionVoided|RefillsAuthorized|WrittenCopyReceived{rx:1}",
			"DispenseReversed|Dispensed|DoseIssued|LotDestroyed|LotQuarantined|LotReceived|LotReleased|SentToReverseDistributor|StockAdjusted|WasteWitnessed{lot:00001-0001-01/L1}",
			"StaffCredentialed|StaffReinstated|StaffSuspended{staff:ben}",
			"PrescriberRevoked|PrescriberVerified{prescriber:AB1234563}",
			"CountClosed|CountOpened{stock:00001-0001-01}",
			"DispenseReversed|Dispensed{ingredient:oxycodone patient:p1}",
			"{cmd:u1}",
		))
	})
})

var _ = onEveryStore("A command that arrives twice", func(p *pharmacy) {
	It("is carried out once, with the same answer both times (25)", func(ctx SpecContext) {
		p.does(ctx, p.delivery(oxycodone, "L1", 100))
		rx := p.accept(ctx, p.written("p1", oxycodone, 30))
		command, id := fill(rx, 30), application.CommandID("7d3c5a54-7d1e-4c39-9d0f-0a1b2c3d4e5f")

		first, err := p.app.Execute(ctx, command, id)
		Expect(err).NotTo(HaveOccurred())
		second, err := p.app.Execute(ctx, command, id)
		Expect(err).NotTo(HaveOccurred())

		Expect(second.Positions).To(Equal(first.Positions))
		Expect(first.Repeated).To(BeFalse())
		Expect(second.Repeated).To(BeTrue())
		Expect(every[dispensing.Dispensed](ctx, p)).To(HaveLen(1))
	})
})
