package dispensing

import "time"

// AcceptPrescription takes a prescription in; the system assigns its number (see
// [AcceptedRx]). Prescriber name and address come from the verified prescriber.
type AcceptPrescription struct {
	// Form is the number printed on the paper, optional; each may be used once.
	Form           string `json:"form" validate:"max=64"`
	Medium         Medium `json:"medium" validate:"omitempty,oneof=paper electronic"` // empty means paper
	Kind           Kind   `json:"kind" validate:"oneof=written emergencyOral ltcf terminal"`
	Patient        string `json:"patient" validate:"required,max=64"`
	PatientName    string `json:"patientName" validate:"required,max=120"`
	PatientAddress string `json:"patientAddress" validate:"required,max=200"`
	Prescriber     string `json:"prescriber" validate:"required,max=32"`
	Drug           Drug   `json:"drug"`
	Qty            int    `json:"qty" validate:"gt=0,lte=100000"`
	DaysSupply     int    `json:"daysSupply" validate:"gt=0,lte=366"`
	Refills        int    `json:"refills" validate:"gte=0,lte=99"`
	Directions     string `json:"directions" validate:"required,max=500"`
	// Issued is the day on which it was written, or the moment of the phone call.
	Issued time.Time `json:"issued" validate:"required"`
	// EarliestFill is the first day on which it may be filled; zero means at once.
	EarliestFill time.Time `json:"earliestFill,omitzero"`
	By           string    `json:"by" validate:"required,max=64"`
}

// ReceiveWrittenCopy records the paper behind an emergency oral prescription.
type ReceiveWrittenCopy struct {
	Rx int    `json:"rx" validate:"gt=0"`
	By string `json:"by" validate:"required,max=64"`
}

// VoidPrescription withdraws a prescription of which nothing was dispensed.
type VoidPrescription struct {
	Rx     int    `json:"rx" validate:"gt=0"`
	Reason string `json:"reason" validate:"max=500"`
	By     string `json:"by" validate:"required,max=64"`
}

// TransferOut hands a prescription over to another pharmacy.
type TransferOut struct {
	Rx           int    `json:"rx" validate:"gt=0"`
	To           Party  `json:"to"`
	ToPharmacist string `json:"toPharmacist" validate:"required,max=120"`
	By           string `json:"by" validate:"required,max=64"`
}

// AuthorizeRefills adds refills that the prescriber allowed later.
type AuthorizeRefills struct {
	Rx      int    `json:"rx" validate:"gt=0"`
	Refills int    `json:"refills" validate:"gt=0,lte=99"`
	Note    string `json:"note" validate:"max=500"`
	By      string `json:"by" validate:"required,max=64"`
}

// Dispense hands units of one lot over under a prescription. Staff is the
// pharmacist who does it.
type Dispense struct {
	Rx  int    `json:"rx" validate:"gt=0"`
	NDC string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot string `json:"lot" validate:"required,max=64"`
	Qty int    `json:"qty" validate:"gt=0,lte=100000"`
	// PartialReason is required when Qty is less than what is left of the fill of a
	// Schedule II prescription; for others it defaults to patient-asked.
	PartialReason PartialReason `json:"partialReason,omitempty" validate:"omitempty,oneof=cannot-supply patient-asked prescriber-asked"`
	// CallNote says what came out of a call to the prescriber; OverlapNote why an
	// overlap with another supply is right. [Policy] says when they help.
	CallNote    string `json:"callNote,omitempty" validate:"max=500"`
	OverlapNote string `json:"overlapNote,omitempty" validate:"max=500"`
	Staff       string `json:"staff" validate:"required,max=64"`
}

// ReverseDispense takes one entry of a prescription back; its units return to
// the lot.
type ReverseDispense struct {
	Rx     int    `json:"rx" validate:"gt=0"`
	Entry  int    `json:"entry" validate:"gt=0"`
	Reason string `json:"reason" validate:"max=500"`
	By     string `json:"by" validate:"required,max=64"`
}

// ForfeitBalance gives up the remainder of a partial fill.
type ForfeitBalance struct {
	Rx                 int    `json:"rx" validate:"gt=0"`
	PrescriberNotified bool   `json:"prescriberNotified"`
	Note               string `json:"note" validate:"max=500"`
	By                 string `json:"by" validate:"required,max=64"`
}
