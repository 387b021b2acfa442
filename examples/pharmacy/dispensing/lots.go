package dispensing

import (
	"cmp"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// lotState is what decides what may leave a lot.
type lotState struct {
	NDC, Lot    string
	Known       bool
	Drug        Drug
	Unit        string
	Expires     time.Time
	OnHand      int
	Quarantined bool
	Why         string // of the quarantine
}

// lotOf is the model of one lot: part b of what a dispensing depends on.
func lotOf(ndc, lot string) *decision.Model[lotState] {
	return decision.New(lotState{NDC: ndc, Lot: lot}, LotTag(ndc, lot)).With(
		decision.On(func(l lotState, e LotReceived) lotState {
			if !l.Known {
				l.Known, l.Drug, l.Unit, l.Expires = true, e.Drug, e.Unit, e.Expires
			}
			l.OnHand += e.Moved().Delta
			return l
		}),
		decision.On(func(l lotState, e LotQuarantined) lotState {
			l.Quarantined, l.Why = true, e.Reason
			return l
		}),
		decision.On(func(l lotState, _ LotReleased) lotState {
			l.Quarantined, l.Why = false, ""
			return l
		}),
		decision.On(moved[Dispensed]), decision.On(moved[DispenseReversed]), decision.On(moved[DoseIssued]),
		decision.On(moved[WasteWitnessed]), decision.On(moved[StockAdjusted]),
		decision.On(moved[LotDestroyed]), decision.On(moved[SentToReverseDistributor]))
}

func moved[E interface {
	decision.Event
	Movement
}](l lotState, e E) lotState {
	l.OnHand += e.Moved().Delta
	return l
}

func (l lotState) String() string { return l.NDC + "/" + l.Lot }

// there refuses lots that never arrived.
func (l lotState) there() error {
	if !l.Known {
		return refuse("unknown", "", "check the NDC and the lot number", "lot %v was never received", l)
	}
	return nil
}

// fit refuses lots that nothing may be taken out of for a patient.
func (l lotState) fit(c Calendar, now time.Time) error {
	switch {
	case !l.Known:
		return l.there()
	case l.Quarantined:
		return refuse("quarantine", "", "take another lot", "lot %v is in quarantine (%s)", l, l.Why)
	case now.After(c.EndOfDay(l.Expires, 0)):
		return refuse("expired", "", "take another lot and have this one destroyed", "lot %v expired on %s", l, c.local(l.Expires).Format(time.DateOnly))
	}
	return nil
}

// holds refuses to take more out of a lot than it has.
func (l lotState) holds(qty int, suggestion string) error {
	if qty <= max(l.OnHand, 0) {
		return nil
	}
	if l.OnHand <= 0 {
		suggestion = "take another lot"
	}
	return refuse("I2", "", suggestion, "insufficient stock: lot %v has %d, %d are needed", l, max(l.OnHand, 0), qty)
}

// flags says what is wrong with the papers of a delivery.
func flags(c ReceiveLot, l lotState, cal Calendar, now time.Time) []string {
	var out []string
	if c.Drug.Schedule == ScheduleII && c.Form222 == "" {
		out = append(out, "Schedule II without the number of a DEA Form 222 or CSOS order")
	}
	if now.After(cal.EndOfDay(c.Expires, 0)) {
		out = append(out, "expired on arrival")
	}
	if l.Known && l.Drug != c.Drug {
		out = append(out, fmt.Sprintf("described as %v (%s), earlier deliveries of this lot as %v (%s)",
			c.Drug, c.Drug.Schedule, l.Drug, l.Drug.Schedule))
	}
	if l.Known && !l.Expires.Equal(c.Expires) {
		out = append(out, "another expiry date than on earlier deliveries of this lot")
	}
	return out
}

func (r rules) receiveLot(d *application.Decision, c ReceiveLot) error {
	if err := actor(d, c.By); err != nil {
		return err
	}
	lot := lotOf(c.NDC, c.Lot)
	if err := d.Load(lot); err != nil {
		return err
	}
	return d.Record(LotReceived{
		NDC: c.NDC, Lot: c.Lot, Drug: c.Drug, Unit: c.Unit, Qty: c.Qty, Expires: c.Expires, Supplier: c.Supplier,
		Order: c.Order, Form222: c.Form222, Flags: flags(c, lot.State(), r.policy.Calendar, d.Now()), By: c.By, At: d.Now(),
	})
}

func (r rules) quarantineLot(d *application.Decision, c QuarantineLot) error {
	lot, by := lotOf(c.NDC, c.Lot), member(c.By)
	if err := d.Load(lot, by); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.By), by.State().inForce(), lot.State().there()); err != nil {
		return err
	}
	return d.Record(LotQuarantined{NDC: c.NDC, Lot: c.Lot, Reason: c.Reason, By: c.By, At: d.Now()})
}

func (r rules) releaseLot(d *application.Decision, c ReleaseLot) error {
	lot, by := lotOf(c.NDC, c.Lot), member(c.By)
	if err := d.Load(lot, by); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.By), by.State().asPharmacist(), lot.State().there()); err != nil {
		return err
	}
	if !lot.State().Quarantined {
		return refuse("quarantine", "", "", "lot %v is not in quarantine", lot.State())
	}
	return d.Record(LotReleased{NDC: c.NDC, Lot: c.Lot, Reason: c.Reason, By: c.By, At: d.Now()})
}

func (r rules) destroyLot(d *application.Decision, c DestroyLot) error {
	if err := cmp.Or(actor(d, c.By), reasoned("destroying a lot", c.Reason)); err != nil {
		return err
	}
	const cite = "21 CFR 1317.95(d)"
	if c.Witness1 == "" || c.Witness2 == "" {
		return refuse("I9", cite, "call a second employee", "destroying a lot takes two witnesses")
	}
	lot, count, by := lotOf(c.NDC, c.Lot), countingOf(c.NDC), member(c.By)
	first, second := member(c.Witness1), member(c.Witness2)
	if err := d.Load(lot, count, by, first, second); err != nil {
		return err
	}
	l := lot.State()
	if err := cmp.Or(by.State().inForce(), l.there(), witnesses(first.State(), second.State(), cite), count.State().free()); err != nil {
		return err
	}
	if l.OnHand <= 0 {
		return refuse("I2", "", "", "nothing is left of lot %v", l)
	}
	if l.Drug.Schedule.Controlled() && c.Form41 == "" {
		return refuse("form-41", "21 CFR 1304.21(e)", "fill in the form and give its number", "destroying %s takes a DEA Form 41", l.Drug.Schedule)
	}
	return d.Record(LotDestroyed{
		NDC: c.NDC, Lot: c.Lot, Qty: l.OnHand, Reason: c.Reason, Form41: c.Form41,
		Witness1: c.Witness1, Witness2: c.Witness2, By: c.By, At: d.Now(),
	})
}

func (r rules) sendToReverseDistributor(d *application.Decision, c SendToReverseDistributor) error {
	lot, count, by := lotOf(c.NDC, c.Lot), countingOf(c.NDC), member(c.By)
	if err := d.Load(lot, count, by); err != nil {
		return err
	}
	err := cmp.Or(actor(d, c.By), by.State().asPharmacist(), lot.State().there(), count.State().free(),
		lot.State().holds(c.Qty, fmt.Sprintf("send %d", lot.State().OnHand)))
	if err != nil {
		return err
	}
	return d.Record(SentToReverseDistributor{
		NDC: c.NDC, Lot: c.Lot, Qty: c.Qty, Distributor: c.Distributor, Form222: c.Form222, By: c.By, At: d.Now(),
	})
}
