package dispensing

import (
	"time"

	"github.com/opossum-go/opossum/domain"
)

// CountOpened says that people began to count a product. Until the count closes
// nothing of that product is dispensed or adjusted.
type CountOpened struct {
	Count string `json:"count"`
	NDC   string `json:"ndc"`
	// Book is what the books say at this moment, all lots together. Those who count
	// are not to be shown it.
	Book int       `json:"book"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// EventType returns "CountOpened".
func (CountOpened) EventType() string { return "CountOpened" }

// Tags names the count and the product.
func (e CountOpened) Tags() []domain.Tag {
	return []domain.Tag{CountTag(e.Count), StockTag(e.NDC), StaffTag(e.By)}
}

// CountEntered says what one person counted.
type CountEntered struct {
	Count   string    `json:"count"`
	NDC     string    `json:"ndc"`
	Counted int       `json:"counted"`
	Who     string    `json:"who"`
	At      time.Time `json:"at"`
}

// EventType returns "CountEntered".
func (CountEntered) EventType() string { return "CountEntered" }

// Tags names the count, the product and who counted.
func (e CountEntered) Tags() []domain.Tag {
	return []domain.Tag{CountTag(e.Count), StockTag(e.NDC), StaffTag(e.Who)}
}

// CountClosed says what a count found. Diff is Counted minus Book; when it is not
// zero a discrepancy case is open until adjustments cover it.
type CountClosed struct {
	Count   string    `json:"count"`
	NDC     string    `json:"ndc"`
	Book    int       `json:"book"`
	Counted int       `json:"counted"`
	Diff    int       `json:"diff"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// EventType returns "CountClosed".
func (CountClosed) EventType() string { return "CountClosed" }

// Tags names the count and the product.
func (e CountClosed) Tags() []domain.Tag {
	return []domain.Tag{CountTag(e.Count), StockTag(e.NDC), StaffTag(e.By)}
}

// StockAdjusted says that the book of a lot was set right by Delta units, after a
// count, under the signature of the pharmacist in charge.
type StockAdjusted struct {
	Count      string    `json:"count"`
	NDC        string    `json:"ndc"`
	Lot        string    `json:"lot"`
	Delta      int       `json:"delta"`
	Reason     string    `json:"reason"`
	SignedBy   string    `json:"signedBy"`
	SignedName string    `json:"signedName"`
	At         time.Time `json:"at"`
}

// EventType returns "StockAdjusted".
func (StockAdjusted) EventType() string { return "StockAdjusted" }

// Tags names the count, the lot, the product and the signer.
func (e StockAdjusted) Tags() []domain.Tag {
	return stocked(e.NDC, e.Lot, CountTag(e.Count), StaffTag(e.SignedBy))
}

// InventoryTaken is an inventory of all controlled substances of the location.
type InventoryTaken struct {
	// Date is the day of the inventory, Moment whether it was taken at the opening or
	// at the close of business.
	Date   time.Time       `json:"date"`
	Moment Moment          `json:"moment"`
	Lines  []InventoryLine `json:"lines"`
	By     string          `json:"by"`
	At     time.Time       `json:"at"`
}

// EventType returns "InventoryTaken".
func (InventoryTaken) EventType() string { return "InventoryTaken" }

// Tags names who took the inventory. It is about all products, so it carries the
// tag of none: inventories are found by their type.
func (e InventoryTaken) Tags() []domain.Tag { return []domain.Tag{StaffTag(e.By)} }
