package dispensing

// Move is a change of the book of one lot.
type Move struct {
	NDC, Lot string
	Delta    int // units; negative when they left
}

// Movement is an event that changes the book of a lot: Moved says by how much.
// What was issued as a dose has left the lot, so administering or wasting it
// moves nothing. A loss moves nothing either: the book follows a count.
type Movement interface{ Moved() Move }

// Moved adds the delivery.
func (e LotReceived) Moved() Move { return Move{e.NDC, e.Lot, e.Qty} }

// Moved takes out what the patient got.
func (e Dispensed) Moved() Move { return Move{e.NDC, e.Lot, -e.Qty} }

// Moved puts back what the reversed entry took out.
func (e DispenseReversed) Moved() Move { return Move{e.NDC, e.Lot, e.Qty} }

// Moved takes out the dose.
func (e DoseIssued) Moved() Move { return Move{e.NDC, e.Lot, -e.Qty} }

// Moved takes out what broke in the lot; the waste of a dose moves nothing.
func (e WasteWitnessed) Moved() Move {
	if e.Dose != "" {
		return Move{e.NDC, e.Lot, 0}
	}
	return Move{e.NDC, e.Lot, -e.Qty}
}

// Moved sets the book right.
func (e StockAdjusted) Moved() Move { return Move{e.NDC, e.Lot, e.Delta} }

// Moved takes out all that was left.
func (e LotDestroyed) Moved() Move { return Move{e.NDC, e.Lot, -e.Qty} }

// Moved takes out what was sent.
func (e SentToReverseDistributor) Moved() Move { return Move{e.NDC, e.Lot, -e.Qty} }
