package dispensing

import (
	"context"
	"fmt"
	"strings"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Register makes app carry out all commands of this package. The store is the
// one that app was made on; it is read for what no model can say: the newest
// prescription number and the digest of a shift. Register panics when the
// commands are registered already.
func Register(app *application.App, store ports.Reader, policy Policy) {
	r := rules{store: store, policy: policy}

	application.Handle(app, r.credentialStaff)
	application.Handle(app, r.suspendStaff)
	application.Handle(app, r.reinstateStaff)
	application.Handle(app, r.verifyPrescriber)
	application.Handle(app, r.revokePrescriber)

	application.Handle(app, r.acceptPrescription)
	application.Handle(app, r.receiveWrittenCopy)
	application.Handle(app, r.raiseEscalation)
	application.Handle(app, r.voidPrescription)
	application.Handle(app, r.transferOut)
	application.Handle(app, r.authorizeRefills)

	application.Handle(app, r.dispense)
	application.Handle(app, r.reverseDispense)
	application.Handle(app, r.forfeitBalance)

	application.Handle(app, r.receiveLot)
	application.Handle(app, r.quarantineLot)
	application.Handle(app, r.releaseLot)
	application.Handle(app, r.destroyLot)
	application.Handle(app, r.sendToReverseDistributor)

	application.Handle(app, r.issueDose)
	application.Handle(app, r.administerDose)
	application.Handle(app, r.recordWaste)

	application.Handle(app, r.openCount)
	application.Handle(app, r.enterCount)
	application.Handle(app, r.closeCount)
	application.Handle(app, r.adjustStock)

	application.Handle(app, r.discoverLoss)
	application.Handle(app, r.reportLoss)
	application.Handle(app, r.takeInventory)
	application.Handle(app, r.signShift)
	application.Handle(app, r.requestErasure)
}

// rules carries out commands. Its methods load what a decision depends on; what
// is decided on it is in pure functions beside them.
type rules struct {
	store  ports.Reader
	policy Policy
}

// actor refuses a command in which somebody else is named than the person who is
// signed in (see [application.By]). A program without sign-in has no such person.
func actor(d *application.Decision, named string) error {
	if user := d.Metadata().UserID; user != "" && user != named {
		return refuse("actor", "21 CFR 11.10(g)", "let the person who acts sign in",
			"%s is signed in, but the command names %s", user, named)
	}
	return nil
}

// reasoned refuses a correction without a reason.
func reasoned(what, reason string) error {
	if !given(reason) {
		return refuse("reason", "EU GMP Annex 11 §9", "say why", "%s needs a reason", what)
	}
	return nil
}

// given reports whether a text says anything.
func given(text string) bool { return strings.TrimSpace(text) != "" }

// refuse returns a [*Refusal] as an error.
func refuse(rule, cite, suggestion, reason string, args ...any) error {
	return &Refusal{Rule: rule, Cite: cite, Reason: fmt.Sprintf(reason, args...), Suggestion: suggestion}
}

// AcceptedRx returns the number that a prescription was given: positions are those
// of the result of an executed [AcceptPrescription], the first time or repeated.
func AcceptedRx(ctx context.Context, store ports.Reader, positions domain.Positions) (int, error) {
	if positions.Len() == 0 {
		return 0, fmt.Errorf("no prescription: the command recorded nothing")
	}
	read, err := store.Read(ctx, accepted(), ports.ReadOptions{After: positions.First - 1, Before: positions.Last + 1})
	if err != nil {
		return 0, fmt.Errorf("read the accepted prescription: %w", err)
	}
	for stored, err := range read.Events {
		if err != nil {
			return 0, fmt.Errorf("read the accepted prescription: %w", err)
		}
		event, err := Codec().Decode(stored.Event)
		if err != nil {
			return 0, err
		}
		return event.(PrescriptionAccepted).Rx, nil
	}
	return 0, fmt.Errorf("no prescription was accepted at positions %d to %d", positions.First, positions.Last)
}

// accepted selects every prescription that was taken in.
func accepted() domain.Query {
	return domain.NewQuery(domain.OfTypes(PrescriptionAccepted{}.EventType()))
}
