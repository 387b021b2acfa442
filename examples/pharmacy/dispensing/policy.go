package dispensing

import (
	"fmt"
	"time"
)

// Policy is what a state, a house or a payer decides, not federal law. The zero
// Policy is the strict one.
type Policy struct {
	// Calendar says where and when the pharmacy does business.
	Calendar Calendar
	// Overlap says what happens when a patient still has a supply of the same
	// ingredient from another prescription. Zero refuses.
	Overlap OverlapPolicy
	// EarlyDays is how many days before the end of that supply no longer count as an
	// overlap. Zero means none.
	EarlyDays int
	// RevokedPrescriber says what happens to prescriptions that were issued before
	// their prescriber's registration ended. Those issued later are always refused.
	// Zero refuses.
	RevokedPrescriber RevokedPolicy
	// StateRule may refuse a fill that federal law allows; nil refuses none. It is
	// pure: it gets everything it may look at.
	StateRule func(Fill) *Refusal
	// RetentionYears is how long records are kept after the last entry about a
	// patient. Zero means 2, the federal minimum.
	RetentionYears int
}

// OverlapPolicy says what to do about overlapping supplies of one ingredient.
type OverlapPolicy int

// The overlap policies.
const (
	OverlapRefused  OverlapPolicy = iota // never dispense into an overlap
	OverlapWithNote                      // dispense when the pharmacist gives an OverlapNote
	OverlapAllowed                       // do not look
)

// RevokedPolicy says what to do about prescriptions from before a revocation.
type RevokedPolicy int

// The policies for prescribers whose registration ended.
const (
	RevokedRefused      RevokedPolicy = iota // never fill
	RevokedWithCallNote                      // fill when the pharmacist gives a CallNote
)

// Fill is a dispensing that is being decided, for [Policy.StateRule].
type Fill struct {
	Prescription PrescriptionAccepted
	FillNo       int // 0 is the original fill
	Qty          int
	At           time.Time
}

// CapScheduleVRefills returns a StateRule for states that allow at most n refills
// of a Schedule V prescription. Federal law names no number.
func CapScheduleVRefills(n int) func(Fill) *Refusal {
	return func(f Fill) *Refusal {
		if f.Prescription.Drug.Schedule != ScheduleV || f.FillNo <= n {
			return nil
		}
		return &Refusal{
			Rule: "state", Cite: "state policy",
			Reason:     fmt.Sprintf("this state allows %d refills of a Schedule V prescription, this would be refill %d", n, f.FillNo),
			Suggestion: "ask the prescriber for a new prescription",
		}
	}
}

func (p Policy) retention() int {
	if p.RetentionYears <= 0 {
		return 2
	}
	return p.RetentionYears
}
