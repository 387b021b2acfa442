package dispensing

import (
	"slices"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// loss is what was said about one loss.
type loss struct {
	Known bool
	Done  []ReportStep
}

func lossOf(id string) *decision.Model[loss] {
	return decision.New(loss{}, LossTag(id)).With(
		decision.On(func(l loss, _ LossDiscovered) loss {
			l.Known = true
			return l
		}),
		decision.On(func(l loss, e LossReported) loss {
			l.Done = append(slices.Clip(l.Done), e.Step)
			return l
		}))
}

// discoverLoss records a fact. Only an id that is taken is refused: the fact wants
// an id of its own.
func (r rules) discoverLoss(d *application.Decision, c DiscoverLoss) error {
	id := lossOf(c.Loss)
	if err := d.Load(id); err != nil {
		return err
	}
	if err := actor(d, c.By); err != nil {
		return err
	}
	if id.State().Known {
		return refuse("unique", "", "choose another id", "there is a loss %s already", c.Loss)
	}
	discovered := c.Discovered
	if discovered.IsZero() {
		discovered = d.Now()
	}
	return d.RecordWith(domain.Metadata{OccurredAt: discovered}, LossDiscovered{
		Loss: c.Loss, NDC: c.NDC, Lot: c.Lot, Qty: c.Qty, Kind: c.Kind, Significant: c.Significant || c.Kind == Theft,
		Description: c.Description, Discovered: discovered, By: c.By, At: d.Now(),
	})
}

func (r rules) reportLoss(d *application.Decision, c ReportLoss) error {
	id := lossOf(c.Loss)
	if err := d.Load(id); err != nil {
		return err
	}
	if err := actor(d, c.By); err != nil {
		return err
	}
	switch l := id.State(); {
	case !l.Known:
		return refuse("unknown", "", "record the loss first (DiscoverLoss)", "there is no loss %s", c.Loss)
	case slices.Contains(l.Done, c.Step):
		return refuse("unique", "", "", "the %s about loss %s was made already", c.Step, c.Loss)
	}
	return d.Record(LossReported{Loss: c.Loss, Step: c.Step, Reference: c.Reference, By: c.By, At: d.Now()})
}
