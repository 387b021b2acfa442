package dispensing

import (
	"time"

	"github.com/opossum-go/opossum/domain"
)

// PrescriptionAccepted says that the pharmacy took a prescription in.
type PrescriptionAccepted struct {
	Rx                int       `json:"rx"`
	Form              string    `json:"form,omitempty"` // number printed on the paper
	Medium            Medium    `json:"medium"`
	Kind              Kind      `json:"kind"`
	Patient           string    `json:"patient"`
	PatientName       string    `json:"patientName"`
	PatientAddress    string    `json:"patientAddress"`
	Prescriber        string    `json:"prescriber"`
	PrescriberName    string    `json:"prescriberName"`
	PrescriberAddress string    `json:"prescriberAddress"`
	Drug              Drug      `json:"drug"`
	Qty               int       `json:"qty"`        // units of one complete fill
	DaysSupply        int       `json:"daysSupply"` // days that Qty lasts
	Refills           int       `json:"refills"`
	Directions        string    `json:"directions"`
	Issued            time.Time `json:"issued"`
	EarliestFill      time.Time `json:"earliestFill,omitzero"`
	// Warnings are what the pharmacist was shown on acceptance.
	Warnings []string  `json:"warnings,omitempty"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// EventType returns "PrescriptionAccepted".
func (PrescriptionAccepted) EventType() string { return "PrescriptionAccepted" }

// Tags names the prescription, patient, ingredient, prescriber and form.
func (e PrescriptionAccepted) Tags() []domain.Tag {
	tags := []domain.Tag{
		RxTag(e.Rx), PatientTag(e.Patient), IngredientTag(e.Drug.Ingredient), PrescriberTag(e.Prescriber), StaffTag(e.By),
	}
	return optionally(tags, FormTag, e.Form)
}

// WrittenCopyReceived says that the paper behind an emergency oral prescription
// has arrived.
type WrittenCopyReceived struct {
	Rx         int       `json:"rx"`
	Prescriber string    `json:"prescriber"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// EventType returns "WrittenCopyReceived".
func (WrittenCopyReceived) EventType() string { return "WrittenCopyReceived" }

// Tags names the prescription and the prescriber.
func (e WrittenCopyReceived) Tags() []domain.Tag {
	return []domain.Tag{RxTag(e.Rx), PrescriberTag(e.Prescriber), StaffTag(e.By)}
}

// PrescriptionVoided says that a prescription will not be used.
type PrescriptionVoided struct {
	Rx     int       `json:"rx"`
	Form   string    `json:"form,omitempty"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// EventType returns "PrescriptionVoided".
func (PrescriptionVoided) EventType() string { return "PrescriptionVoided" }

// Tags names the prescription and its form.
func (e PrescriptionVoided) Tags() []domain.Tag {
	return optionally([]domain.Tag{RxTag(e.Rx), StaffTag(e.By)}, FormTag, e.Form)
}

// PrescriptionTransferredOut says that another pharmacy took the prescription
// over with the refills that were left.
type PrescriptionTransferredOut struct {
	Rx           int       `json:"rx"`
	To           Party     `json:"to"`
	ToPharmacist string    `json:"toPharmacist"`
	RefillsLeft  int       `json:"refillsLeft"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
}

// EventType returns "PrescriptionTransferredOut".
func (PrescriptionTransferredOut) EventType() string { return "PrescriptionTransferredOut" }

// Tags names the prescription.
func (e PrescriptionTransferredOut) Tags() []domain.Tag {
	return []domain.Tag{RxTag(e.Rx), StaffTag(e.By)}
}

// RefillsAuthorized says that the prescriber allowed further refills.
type RefillsAuthorized struct {
	Rx      int       `json:"rx"`
	Refills int       `json:"refills"` // added to those already authorised
	Note    string    `json:"note,omitempty"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// EventType returns "RefillsAuthorized".
func (RefillsAuthorized) EventType() string { return "RefillsAuthorized" }

// Tags names the prescription.
func (e RefillsAuthorized) Tags() []domain.Tag { return []domain.Tag{RxTag(e.Rx), StaffTag(e.By)} }

// Dispensed says that units of one lot were handed over under a prescription.
type Dispensed struct {
	Rx int `json:"rx"`
	// Entry numbers the dispensings of this prescription: 1, 2, 3, … It never
	// changes, so that a correction can point at it.
	Entry int `json:"entry"`
	// FillNo is 0 for the original fill, 1 for the first refill.
	FillNo int `json:"fillNo"`
	Qty    int `json:"qty"`
	// Remaining is what is left of this fill.
	Remaining     int           `json:"remaining"`
	PartialReason PartialReason `json:"partialReason,omitempty"`
	// Due is the last moment for the remainder; zero without a remainder or limit.
	Due            time.Time `json:"due,omitzero"`
	Patient        string    `json:"patient"`
	PatientName    string    `json:"patientName"`
	PatientAddress string    `json:"patientAddress"`
	Prescriber     string    `json:"prescriber"`
	Drug           Drug      `json:"drug"`
	NDC            string    `json:"ndc"`
	Lot            string    `json:"lot"`
	Staff          string    `json:"staff"`
	Initials       string    `json:"initials"`
	// SupplyEnds is when the patient will have used up what was handed over.
	SupplyEnds  time.Time `json:"supplyEnds"`
	CallNote    string    `json:"callNote,omitempty"`
	OverlapNote string    `json:"overlapNote,omitempty"`
	At          time.Time `json:"at"`
}

// EventType returns "Dispensed".
func (Dispensed) EventType() string { return "Dispensed" }

// Tags names everything the rules of dispensing look at.
func (e Dispensed) Tags() []domain.Tag {
	return stocked(e.NDC, e.Lot, RxTag(e.Rx), PatientTag(e.Patient), IngredientTag(e.Drug.Ingredient),
		StaffTag(e.Staff), PrescriberTag(e.Prescriber))
}

// DispenseReversed says that an entry was wrong or was brought back before it
// left the counter. The entry stays legible; its units are in the lot again.
type DispenseReversed struct {
	Rx     int `json:"rx"`
	Entry  int `json:"entry"` // of the Dispensed that is reversed
	FillNo int `json:"fillNo"`
	Qty    int `json:"qty"`
	// Corrects is the position of the event that is reversed.
	Corrects   uint64    `json:"corrects"`
	Reason     string    `json:"reason"`
	Patient    string    `json:"patient"`
	Ingredient string    `json:"ingredient"`
	NDC        string    `json:"ndc"`
	Lot        string    `json:"lot"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// EventType returns "DispenseReversed".
func (DispenseReversed) EventType() string { return "DispenseReversed" }

// Tags names what the reversed event was about.
func (e DispenseReversed) Tags() []domain.Tag {
	return stocked(e.NDC, e.Lot, RxTag(e.Rx), PatientTag(e.Patient), IngredientTag(e.Ingredient), StaffTag(e.By))
}

// BalanceForfeited says that the remainder of a fill will not be dispensed.
type BalanceForfeited struct {
	Rx                 int       `json:"rx"`
	FillNo             int       `json:"fillNo"`
	Qty                int       `json:"qty"`
	PrescriberNotified bool      `json:"prescriberNotified"`
	Note               string    `json:"note,omitempty"`
	By                 string    `json:"by"`
	At                 time.Time `json:"at"`
}

// EventType returns "BalanceForfeited".
func (BalanceForfeited) EventType() string { return "BalanceForfeited" }

// Tags names the prescription.
func (e BalanceForfeited) Tags() []domain.Tag { return []domain.Tag{RxTag(e.Rx), StaffTag(e.By)} }
