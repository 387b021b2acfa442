package dispensing

import (
	"cmp"
	"slices"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// counting says whether a product is being counted: part e of what a dispensing
// depends on.
type counting struct {
	NDC  string
	Open string // id of the count, empty for none
}

func countingOf(ndc string) *decision.Model[counting] {
	return decision.New(counting{NDC: ndc}, StockTag(ndc)).With(
		decision.On(func(c counting, e CountOpened) counting {
			c.Open = e.Count
			return c
		}),
		decision.On(func(c counting, _ CountClosed) counting {
			c.Open = ""
			return c
		}))
}

// free refuses what would move units while people count them.
func (c counting) free() error {
	if c.Open != "" {
		return refuse("I8", "", "wait until the count is closed", "count in progress: %s is being counted (%s)", c.NDC, c.Open)
	}
	return nil
}

// bookOf is the model of what the books say about a product, all lots together.
func bookOf(ndc string) *decision.Model[int] {
	return decision.New(0, StockTag(ndc)).With(
		decision.On(booked[LotReceived]), decision.On(booked[Dispensed]), decision.On(booked[DispenseReversed]),
		decision.On(booked[DoseIssued]), decision.On(booked[WasteWitnessed]), decision.On(booked[StockAdjusted]),
		decision.On(booked[LotDestroyed]), decision.On(booked[SentToReverseDistributor]))
}

func booked[E interface {
	decision.Event
	Movement
}](book int, e E) int {
	return book + e.Moved().Delta
}

// count is one count from its opening to the adjustments it led to.
type count struct {
	ID       string
	Known    bool
	NDC      string
	Book     int
	Entries  []CountEntered
	Closed   bool
	Diff     int
	Adjusted int
}

func countOf(id string) *decision.Model[count] {
	return decision.New(count{ID: id}, CountTag(id)).With(
		decision.On(func(c count, e CountOpened) count {
			c.Known, c.NDC, c.Book = true, e.NDC, e.Book
			return c
		}),
		decision.On(func(c count, e CountEntered) count {
			c.Entries = append(slices.Clip(c.Entries), e)
			return c
		}),
		decision.On(func(c count, e CountClosed) count {
			c.Closed, c.Diff = true, e.Diff
			return c
		}),
		decision.On(func(c count, e StockAdjusted) count {
			c.Adjusted += e.Delta
			return c
		}))
}

// open refuses counts that do not run.
func (c count) open() error {
	switch {
	case !c.Known:
		return refuse("unknown", "", "open it first", "there is no count %s", c.ID)
	case c.Closed:
		return refuse("I9", "", "open a new count", "count %s is closed", c.ID)
	}
	return nil
}

// takes refuses a second count by the same person.
func (c count) takes(who string) error {
	if slices.ContainsFunc(c.Entries, func(e CountEntered) bool { return e.Who == who }) {
		return refuse("I9", "", "let somebody else count", "%s has counted already, each count is by another person", who)
	}
	return nil
}

// agreed returns what two people counted alike, the latest such pair.
func (c count) agreed() (counted int, err error) {
	for i, later := range slices.Backward(c.Entries) {
		for _, earlier := range c.Entries[:i] {
			if earlier.Counted == later.Counted {
				return later.Counted, nil
			}
		}
	}
	if len(c.Entries) < 2 {
		return 0, refuse("I9", "", "let a second person count", "count %s has %d entries, two people have to count", c.ID, len(c.Entries))
	}
	return 0, refuse("I9", "", "let another person count", "no two entries of count %s agree", c.ID)
}

// adjustable refuses adjustments that the count does not call for.
func (c count) adjustable(ndc string, delta int) error {
	after := c.Adjusted + delta
	switch {
	case !c.Known || !c.Closed || c.NDC != ndc:
		return refuse("I13", "", "count first", "adjusting %s needs a closed count of it, %q is none", ndc, c.ID)
	case c.Diff == 0:
		return refuse("I13", "", "", "count %s found no difference", c.ID)
	case (c.Diff < 0) != (delta < 0) || (c.Diff < 0 && after < c.Diff) || (c.Diff > 0 && after > c.Diff):
		return refuse("I13", "", "count again", "count %s found a difference of %+d, of which %+d is adjusted; %+d more goes beyond it",
			c.ID, c.Diff, c.Adjusted, delta)
	}
	return nil
}

func (r rules) openCount(d *application.Decision, c OpenCount) error {
	id, running, book, by := countOf(c.Count), countingOf(c.NDC), bookOf(c.NDC), member(c.By)
	if err := d.Load(id, running, book, by); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.By), by.State().inForce(), running.State().free()); err != nil {
		return err
	}
	if id.State().Known {
		return refuse("unique", "", "choose another id", "there is a count %s already", c.Count)
	}
	return d.Record(CountOpened{Count: c.Count, NDC: c.NDC, Book: book.State(), By: c.By, At: d.Now()})
}

func (r rules) enterCount(d *application.Decision, c EnterCount) error {
	id, who := countOf(c.Count), member(c.Who)
	if err := d.Load(id, who); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.Who), who.State().inForce(), id.State().open(), id.State().takes(c.Who)); err != nil {
		return err
	}
	return d.Record(CountEntered{Count: c.Count, NDC: id.State().NDC, Counted: c.Counted, Who: c.Who, At: d.Now()})
}

func (r rules) closeCount(d *application.Decision, c CloseCount) error {
	id, by := countOf(c.Count), member(c.By)
	if err := d.Load(id, by); err != nil {
		return err
	}
	now := id.State()
	if err := cmp.Or(actor(d, c.By), by.State().inForce(), now.open()); err != nil {
		return err
	}
	counted, err := now.agreed()
	if err != nil {
		return err
	}
	return d.Record(CountClosed{
		Count: c.Count, NDC: now.NDC, Book: now.Book, Counted: counted, Diff: counted - now.Book, By: c.By, At: d.Now(),
	})
}

func (r rules) adjustStock(d *application.Decision, c AdjustStock) error {
	if err := cmp.Or(actor(d, c.SignedBy), reasoned("an adjustment", c.Reason)); err != nil {
		return err
	}
	if !given(c.Count) {
		return refuse("I13", "", "count first", "an adjustment needs a closed count")
	}
	if c.SignedBy == "" {
		return refuse("I13", "", "have the pharmacist in charge sign", "an adjustment is signed by the pharmacist in charge")
	}
	id, running, lot, signer := countOf(c.Count), countingOf(c.NDC), lotOf(c.NDC, c.Lot), member(c.SignedBy)
	if err := d.Load(id, running, lot, signer); err != nil {
		return err
	}
	err := cmp.Or(signer.State().as(PharmacistInCharge), id.State().adjustable(c.NDC, c.Delta), running.State().free(),
		lot.State().there(), lot.State().holds(max(-c.Delta, 0), "spread the difference over the lots"))
	if err != nil {
		return err
	}
	return d.Record(StockAdjusted{
		Count: c.Count, NDC: c.NDC, Lot: c.Lot, Delta: c.Delta, Reason: c.Reason,
		SignedBy: c.SignedBy, SignedName: signer.State().Name, At: d.Now(),
	})
}
