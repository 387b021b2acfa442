package reports

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// Compliance says whether the pharmacy is behind with anything.
type Compliance struct {
	// Red is true when a deadline has passed.
	Red bool `json:"red"`
	// Overdue are the deadlines that have passed, the earliest first.
	Overdue []Deadline `json:"overdue"`
	// LastInventory is the day of the latest inventory, zero when there was none.
	LastInventory time.Time `json:"lastInventory,omitzero"`
}

// Comply returns how the pharmacy stands at now.
func Comply(ctx context.Context, store ports.Reader, calendar dispensing.Calendar, now time.Time) (Compliance, error) {
	due, err := Due(ctx, store, calendar, now)
	if err != nil {
		return Compliance{}, err
	}
	last, _, err := inventories(ctx, store)
	overdue := slices.DeleteFunc(due, func(d Deadline) bool { return !d.Overdue })
	return Compliance{Red: len(overdue) > 0, Overdue: overdue, LastInventory: last}, err
}

// Case is a difference that a count found.
type Case struct {
	Count    string    `json:"count"`
	NDC      string    `json:"ndc"`
	Book     int       `json:"book"`
	Counted  int       `json:"counted"`
	Diff     int       `json:"diff"`
	Adjusted int       `json:"adjusted"` // how much of Diff the books were set right by
	Opened   time.Time `json:"opened"`
	Reasons  []string  `json:"reasons,omitempty"` // of the adjustments
}

// Open reports whether the books still differ from what was counted.
func (c Case) Open() bool { return c.Adjusted != c.Diff }

// Cases returns the discrepancy cases, open and settled, oldest first.
func Cases(ctx context.Context, store ports.Reader) ([]Case, error) {
	var all []Case
	index := make(map[string]int)
	err := fold(ctx, store, domain.NewQuery(of(dispensing.CountClosed{}, dispensing.StockAdjusted{})), func(_ domain.SequencedEvent, event decision.Event) {
		switch e := event.(type) {
		case dispensing.CountClosed:
			if e.Diff != 0 {
				index[e.Count] = len(all)
				all = append(all, Case{Count: e.Count, NDC: e.NDC, Book: e.Book, Counted: e.Counted, Diff: e.Diff, Opened: e.At})
			}
		case dispensing.StockAdjusted:
			if i, ok := index[e.Count]; ok {
				all[i].Adjusted += e.Delta
				all[i].Reasons = append(all[i].Reasons, e.Reason)
			}
		}
	})
	return all, err
}

// Erasure returns the answer to a patient's request to have personal data erased;
// see [dispensing.Policy.Erasure]. Nothing is stored.
func Erasure(ctx context.Context, store ports.Reader, policy dispensing.Policy, patient string, now time.Time) (*dispensing.Refusal, error) {
	var events []domain.SequencedEvent
	query := domain.NewQuery(domain.Tagged(dispensing.PatientTag(patient)))
	err := fold(ctx, store, query, func(stored domain.SequencedEvent, _ decision.Event) { events = append(events, stored) })
	if err != nil {
		return nil, err
	}
	last, err := dispensing.LastEntryAbout(patient, events)
	if err != nil {
		return nil, err
	}
	return policy.Erasure(patient, last, now), nil
}

// Signature is a signed shift and whether the store still holds what was signed.
type Signature struct {
	dispensing.ShiftSigned
	Position domain.Position `json:"position"`
	Valid    bool            `json:"valid"`
}

// Signatures returns all signatures, oldest first, each checked against the
// events it covers.
func Signatures(ctx context.Context, store ports.Reader) ([]Signature, error) {
	var all []Signature
	err := fold(ctx, store, domain.NewQuery(of(dispensing.ShiftSigned{})), func(stored domain.SequencedEvent, event decision.Event) {
		all = append(all, Signature{ShiftSigned: event.(dispensing.ShiftSigned), Position: stored.Position})
	})
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		digest, err := dispensing.Digest(ctx, store, domain.Position(s.From), domain.Position(s.Through))
		if err != nil {
			return nil, err
		}
		all[i].Valid = digest == s.Digest
	}
	return all, nil
}

// OpenDose is a dose of which some units are neither administered nor wasted.
type OpenDose struct {
	Dose    string    `json:"dose"`
	NDC     string    `json:"ndc"`
	Lot     string    `json:"lot"`
	Patient string    `json:"patient"`
	Left    int       `json:"left"` // negative when more was given than issued
	Issued  time.Time `json:"issued"`
}

// OpenDoses returns the doses that are not accounted for, by id.
func OpenDoses(ctx context.Context, store ports.Reader) ([]OpenDose, error) {
	doses := make(map[string]OpenDose)
	query := domain.NewQuery(of(dispensing.DoseIssued{}, dispensing.DoseAdministered{}, dispensing.WasteWitnessed{}))
	err := fold(ctx, store, query, func(_ domain.SequencedEvent, event decision.Event) {
		switch e := event.(type) {
		case dispensing.DoseIssued:
			doses[e.Dose] = OpenDose{Dose: e.Dose, NDC: e.NDC, Lot: e.Lot, Patient: e.Patient, Left: e.Qty, Issued: e.At}
		case dispensing.DoseAdministered:
			d := doses[e.Dose]
			d.Left -= e.Qty
			doses[e.Dose] = d
		case dispensing.WasteWitnessed:
			if e.Dose != "" {
				d := doses[e.Dose]
				d.Left -= e.Qty
				doses[e.Dose] = d
			}
		}
	})
	var all []OpenDose
	for _, id := range slices.Sorted(maps.Keys(doses)) {
		if doses[id].Left != 0 {
			all = append(all, doses[id])
		}
	}
	return all, err
}
