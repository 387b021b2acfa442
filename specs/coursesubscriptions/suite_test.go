// Package coursesubscriptions_test specifies the course example, on every
// adapter: the cases that dcb.events publishes, the ones it leaves out, and what
// happens when two commands meet.
package coursesubscriptions_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestCourseSubscriptions(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Course subscriptions")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)

// command is what the three commands of the example have in common.
type command interface {
	Decide(d *application.Decision) error
}

// facts encodes events as they are stored.
func facts(events ...decision.Event) []domain.Event {
	GinkgoHelper()
	encoded := make([]domain.Event, len(events))
	for i, e := range events {
		var err error
		encoded[i], err = decision.Encode(e)
		Expect(err).NotTo(HaveOccurred())
	}
	return encoded
}
