package dispensing

import (
	"time"

	"github.com/opossum-go/opossum/domain"
)

// StaffCredentialed says that a person may work here in a role, from At on.
type StaffCredentialed struct {
	Staff    string    `json:"staff"`
	Name     string    `json:"name"`
	Initials string    `json:"initials"`
	Role     Role      `json:"role"`
	License  string    `json:"license,omitempty"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// EventType returns "StaffCredentialed".
func (StaffCredentialed) EventType() string { return "StaffCredentialed" }

// Tags names the person.
func (e StaffCredentialed) Tags() []domain.Tag { return []domain.Tag{StaffTag(e.Staff)} }

// StaffSuspended says that a person may not act for the pharmacy from At on.
type StaffSuspended struct {
	Staff  string    `json:"staff"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// EventType returns "StaffSuspended".
func (StaffSuspended) EventType() string { return "StaffSuspended" }

// Tags names the person.
func (e StaffSuspended) Tags() []domain.Tag { return []domain.Tag{StaffTag(e.Staff)} }

// StaffReinstated ends a suspension.
type StaffReinstated struct {
	Staff  string    `json:"staff"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// EventType returns "StaffReinstated".
func (StaffReinstated) EventType() string { return "StaffReinstated" }

// Tags names the person.
func (e StaffReinstated) Tags() []domain.Tag { return []domain.Tag{StaffTag(e.Staff)} }

// PrescriberVerified says that a prescriber's registration was checked.
type PrescriberVerified struct {
	Prescriber string    `json:"prescriber"` // DEA number
	Name       string    `json:"name"`
	Address    string    `json:"address"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// EventType returns "PrescriberVerified".
func (PrescriberVerified) EventType() string { return "PrescriberVerified" }

// Tags names the prescriber.
func (e PrescriberVerified) Tags() []domain.Tag {
	return []domain.Tag{PrescriberTag(e.Prescriber)}
}

// PrescriberRevoked says that a prescriber's registration ended at Effective.
type PrescriberRevoked struct {
	Prescriber string    `json:"prescriber"`
	Effective  time.Time `json:"effective"`
	Reason     string    `json:"reason"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// EventType returns "PrescriberRevoked".
func (PrescriberRevoked) EventType() string { return "PrescriberRevoked" }

// Tags names the prescriber.
func (e PrescriberRevoked) Tags() []domain.Tag {
	return []domain.Tag{PrescriberTag(e.Prescriber)}
}

// EscalationRaised says that the written copy of an emergency oral prescription
// had not arrived by Due, and that the DEA is to be told.
type EscalationRaised struct {
	Rx         int       `json:"rx"`
	Prescriber string    `json:"prescriber"`
	Due        time.Time `json:"due"`
	Note       string    `json:"note,omitempty"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// EventType returns "EscalationRaised".
func (EscalationRaised) EventType() string { return "EscalationRaised" }

// Tags names the prescription and the prescriber.
func (e EscalationRaised) Tags() []domain.Tag {
	return []domain.Tag{RxTag(e.Rx), PrescriberTag(e.Prescriber)}
}

// ShiftSigned is a signature over the events from position From to Through, both
// inclusive.
type ShiftSigned struct {
	Staff   string `json:"staff"`
	Name    string `json:"name"` // printed name of the signer
	Meaning string `json:"meaning"`
	From    uint64 `json:"from"`
	Through uint64 `json:"through"`
	// Digest is the SHA-256 of the signed events, in hexadecimal.
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// EventType returns "ShiftSigned".
func (ShiftSigned) EventType() string { return "ShiftSigned" }

// Tags names the signer.
func (e ShiftSigned) Tags() []domain.Tag { return []domain.Tag{StaffTag(e.Staff)} }
