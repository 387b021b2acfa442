package dispensing

import "time"

// CredentialStaff records that a person may work here. By is who records it: the
// licence itself is granted elsewhere.
type CredentialStaff struct {
	Staff    string `json:"staff" validate:"required,max=64"`
	Name     string `json:"name" validate:"required,max=120"`
	Initials string `json:"initials" validate:"required,max=8"`
	Role     Role   `json:"role" validate:"oneof=pharmacist pic technician nurse"`
	License  string `json:"license" validate:"max=64"`
	By       string `json:"by" validate:"required,max=64"`
}

// SuspendStaff records that a person may not act until reinstated.
type SuspendStaff struct {
	Staff  string `json:"staff" validate:"required,max=64"`
	Reason string `json:"reason" validate:"required,max=500"`
	By     string `json:"by" validate:"required,max=64"`
}

// ReinstateStaff ends a suspension.
type ReinstateStaff struct {
	Staff  string `json:"staff" validate:"required,max=64"`
	Reason string `json:"reason" validate:"required,max=500"`
	By     string `json:"by" validate:"required,max=64"`
}

// VerifyPrescriber records that a prescriber's registration was checked, also
// again after a revocation.
type VerifyPrescriber struct {
	Prescriber string `json:"prescriber" validate:"required,max=32"` // DEA number
	Name       string `json:"name" validate:"required,max=120"`
	Address    string `json:"address" validate:"required,max=200"`
	By         string `json:"by" validate:"required,max=64"`
}

// RevokePrescriber records that a prescriber's registration ended.
type RevokePrescriber struct {
	Prescriber string `json:"prescriber" validate:"required,max=32"`
	// Effective is when it ended; zero means now.
	Effective time.Time `json:"effective,omitzero"`
	Reason    string    `json:"reason" validate:"required,max=500"`
	By        string    `json:"by" validate:"required,max=64"`
}

// RaiseEscalation records that the written copy of an emergency oral prescription
// is overdue and that the DEA is to be told.
type RaiseEscalation struct {
	Rx   int    `json:"rx" validate:"gt=0"`
	Note string `json:"note" validate:"max=500"`
	By   string `json:"by" validate:"required,max=64"`
}

// SignShift signs the events of a shift.
type SignShift struct {
	Staff   string `json:"staff" validate:"required,max=64"`
	Meaning string `json:"meaning" validate:"required,max=200"`
	// From and Through are the first and last position that is signed. Zero means 1
	// and the head.
	From    uint64 `json:"from,omitempty"`
	Through uint64 `json:"through,omitempty"`
	// Digest is what [Digest] returned for the events that the signer was shown.
	// When it is given and the store now holds something else, nothing is signed.
	Digest string `json:"digest,omitempty" validate:"omitempty,len=64,hexadecimal"`
}

// RequestErasure asks for a patient's personal data to be erased.
type RequestErasure struct {
	Patient string `json:"patient" validate:"required,max=64"`
	By      string `json:"by" validate:"required,max=64"`
}
