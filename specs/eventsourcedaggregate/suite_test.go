// Package eventsourcedaggregate_test specifies the example of event-sourced
// aggregates, on every adapter. dcb.events publishes its rules and no cases.
package eventsourcedaggregate_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/specs/internal/stage"
)

func TestEventSourcedAggregate(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Event-sourced aggregate")
}

// adapters are the stores that every spec is run on.
var adapters = stage.Adapters(Entry)
