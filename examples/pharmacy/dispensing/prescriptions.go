package dispensing

import (
	"slices"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// prescription is everything that was said about one prescription number.
type prescription struct {
	PrescriptionAccepted // as it was taken in; Rx is the number that was asked for

	Known       bool
	Voided      bool
	Transferred bool
	CopyCame    bool
	Extra       int // refills authorised later
	Entries     []entry
	Forfeited   []int // fills whose remainder was given up
}

// entry is one dispensing.
type entry struct {
	No, Fill, Qty int
	NDC, Lot      string
	Reason        PartialReason
	At            time.Time
	Position      domain.Position
	Reversed      bool
}

// prescriptionOf is the model of one prescription: part a of what a dispensing
// depends on.
func prescriptionOf(rx int) *decision.Model[prescription] {
	return decision.New(prescription{PrescriptionAccepted: PrescriptionAccepted{Rx: rx}}, RxTag(rx)).With(
		decision.On(func(p prescription, e PrescriptionAccepted) prescription {
			p.PrescriptionAccepted, p.Known = e, true
			return p
		}),
		decision.On(func(p prescription, _ PrescriptionVoided) prescription {
			p.Voided = true
			return p
		}),
		decision.On(func(p prescription, _ PrescriptionTransferredOut) prescription {
			p.Transferred = true
			return p
		}),
		decision.On(func(p prescription, e RefillsAuthorized) prescription {
			p.Extra += e.Refills
			return p
		}),
		decision.OnSequenced(func(p prescription, e Dispensed, at domain.SequencedEvent) prescription {
			p.Entries = append(slices.Clip(p.Entries), entry{
				No: e.Entry, Fill: e.FillNo, Qty: e.Qty, NDC: e.NDC, Lot: e.Lot,
				Reason: e.PartialReason, At: e.At, Position: at.Position,
			})
			return p
		}),
		decision.On(func(p prescription, e DispenseReversed) prescription {
			p.Entries = slices.Clone(p.Entries)
			for i := range p.Entries {
				if p.Entries[i].No == e.Entry {
					p.Entries[i].Reversed = true
				}
			}
			return p
		}),
		decision.On(func(p prescription, e BalanceForfeited) prescription {
			p.Forfeited = append(slices.Clip(p.Forfeited), e.FillNo)
			return p
		}),
		decision.On(func(p prescription, _ WrittenCopyReceived) prescription {
			p.CopyCame = true
			return p
		}))
}

// escalated is the model of whether the missing copy of a prescription was
// escalated. Dispensing does not depend on it.
func escalated(rx int) *decision.Model[bool] {
	return decision.New(false, RxTag(rx)).With(
		decision.On(func(bool, EscalationRaised) bool { return true }))
}

// live returns the entries that were not reversed.
func (p prescription) live() []entry {
	return slices.DeleteFunc(slices.Clone(p.Entries), func(e entry) bool { return e.Reversed })
}

// fill returns the fill that is next to be dispensed from, 0 being the original
// one, and how much of it was dispensed already. Parts of a fill are no refills:
// the number goes up only when the full quantity was reached or the rest given
// up.
func (p prescription) fill() (no, done int) {
	sums := make(map[int]int)
	for _, e := range p.live() {
		sums[e.Fill] += e.Qty
	}
	for p.Known && (sums[no] >= p.Qty || slices.Contains(p.Forfeited, no)) {
		no++
	}
	return no, sums[no]
}

// refills returns how many refills are authorised by now.
func (p prescription) refills() int { return p.Refills + p.Extra }

// usable refuses prescriptions that nothing can be done with.
func (p prescription) usable() error {
	switch {
	case !p.Known:
		return refuse("unknown", "", "check the number", "there is no prescription %d", p.Rx)
	case p.Voided:
		return refuse("I11", "", "ask for a new prescription", "prescription %d was voided", p.Rx)
	case p.Transferred:
		return refuse("I11", "21 CFR 1306.25", "send the patient to the pharmacy that took it over",
			"prescription %d was transferred to another pharmacy, which is possible once", p.Rx)
	}
	return nil
}

// mostRefills returns how many refills federal law allows, and where it says so;
// limited is false when it names no number.
func mostRefills(s Schedule) (most int, cite string, limited bool) {
	switch s {
	case ScheduleII:
		return 0, "21 CFR 1306.12(a)", true
	case ScheduleIII, ScheduleIV:
		return 5, "21 CFR 1306.22(a)", true
	default:
		return 0, "", false
	}
}

// allowsRefills refuses more refills than the schedule allows.
func allowsRefills(s Schedule, refills int) error {
	most, cite, limited := mostRefills(s)
	switch {
	case !limited || refills <= most:
		return nil
	case most == 0:
		return refuse("I3", cite, "ask for a new prescription", "C-II cannot be refilled")
	default:
		return refuse("I5", cite, "ask for a new prescription", "%s allows %d refills, not %d", s, most, refills)
	}
}

// fillable refuses a fill that is not authorised.
func (p prescription) fillable(no int) error {
	if no == 0 {
		return nil
	}
	if p.Drug.Schedule == ScheduleII && slices.Contains(p.Forfeited, 0) {
		return refuse("I4", "21 CFR 1306.13(a)", "ask for a new prescription", "the remainder of prescription %d was given up", p.Rx)
	}
	if err := allowsRefills(p.Drug.Schedule, no); err != nil {
		return err
	}
	if no > p.refills() {
		return refuse("I1", "", "ask the prescriber to authorise more, or for a new prescription",
			"prescription %d has %d refills and all are used", p.Rx, p.refills())
	}
	return nil
}
