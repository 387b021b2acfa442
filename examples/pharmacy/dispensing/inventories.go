package dispensing

import (
	"cmp"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// mostEstimated is the capacity of the largest container whose content may be
// estimated.
const mostEstimated = 1000

// scheduleOf is the model of the schedule that a product was received under;
// empty when it never was.
func scheduleOf(ndc string) *decision.Model[Schedule] {
	return decision.New(Schedule(""), StockTag(ndc)).With(
		decision.On(func(_ Schedule, e LotReceived) Schedule { return e.Drug.Schedule }))
}

// takeInventory loads one model per line, all in one read.
func (r rules) takeInventory(d *application.Decision, c TakeInventory) error {
	by := member(c.By)
	models, schedules := []decision.Loadable{by}, make([]*decision.Model[Schedule], len(c.Lines))
	for i, line := range c.Lines {
		schedules[i] = scheduleOf(line.NDC)
		models = append(models, schedules[i])
	}
	if err := d.Load(models...); err != nil {
		return err
	}
	date := c.Date
	if date.IsZero() {
		date = d.Now()
	}
	if err := cmp.Or(actor(d, c.By), by.State().asPharmacist()); err != nil {
		return err
	}
	if date.After(d.Now().Add(clockSkew)) {
		return refuse("inventory", "21 CFR 1304.11(a)", "check the date", "the date of the inventory is in the future")
	}
	seen := make(map[string]bool, len(c.Lines))
	for i, line := range c.Lines {
		if seen[line.NDC] {
			return refuse("inventory", "", "add the quantities up", "%s is listed twice", line.NDC)
		}
		seen[line.NDC] = true
		if err := line.countable(schedules[i].State()); err != nil {
			return err
		}
	}
	return d.Record(InventoryTaken{Date: date, Moment: c.Moment, Lines: c.Lines, By: c.By, At: d.Now()})
}

// countable refuses estimates where a count is due. The schedule is the stricter
// of what the line and the deliveries say.
func (l InventoryLine) countable(received Schedule) error {
	const cite = "21 CFR 1304.11(e)"
	switch {
	case l.Exact:
		return nil
	case l.Drug.Schedule == ScheduleII || received == ScheduleII:
		return refuse("inventory", cite, "count them", "%s is C-II, which is counted exactly, not estimated", l.NDC)
	case l.ContainerSize > mostEstimated:
		return refuse("inventory", cite, "count them", "%s is in a container of more than %d units, which is counted exactly", l.NDC, mostEstimated)
	}
	return nil
}
