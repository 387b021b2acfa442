package reports

import (
	"context"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
)

// Erasure returns the answer to a patient's request to have personal data erased;
// see [dispensing.Policy.Erasure]. It follows from the events about the patient at the
// moment it is asked for. Nothing is stored.
func Erasure(ctx context.Context, store ports.Reader, policy dispensing.Policy, patient string, now time.Time) (*dispensing.Refusal, error) {
	events, err := Events(ctx, store, domain.NewQuery(domain.Tagged(dispensing.PatientTag(patient))))
	if err != nil {
		return nil, err
	}
	last, err := dispensing.LastEntryAbout(patient, events)
	if err != nil {
		return nil, err
	}
	return policy.Erasure(patient, last, now), nil
}
