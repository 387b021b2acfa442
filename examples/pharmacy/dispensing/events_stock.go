package dispensing

import (
	"time"

	"github.com/opossum-go/opossum/domain"
)

// LotReceived says that units of a lot arrived. A lot may arrive more than once.
type LotReceived struct {
	NDC      string    `json:"ndc"`
	Lot      string    `json:"lot"`
	Drug     Drug      `json:"drug"`
	Unit     string    `json:"unit"` // what Qty counts, such as "tablet"
	Qty      int       `json:"qty"`
	Expires  time.Time `json:"expires"`
	Supplier Party     `json:"supplier"`
	Order    string    `json:"order,omitempty"`
	Form222  string    `json:"form222,omitempty"` // DEA Form 222 or CSOS order
	// Flags are what is wrong with the papers; the delivery is a fact all the same.
	Flags []string  `json:"flags,omitempty"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// EventType returns "LotReceived".
func (LotReceived) EventType() string { return "LotReceived" }

// Tags names the lot, the product and the order.
func (e LotReceived) Tags() []domain.Tag {
	return optionally(stocked(e.NDC, e.Lot, StaffTag(e.By), IngredientTag(e.Drug.Ingredient)), OrderTag, e.Order)
}

// LotQuarantined says that nothing may leave a lot, such as after a recall.
type LotQuarantined struct {
	NDC    string    `json:"ndc"`
	Lot    string    `json:"lot"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// EventType returns "LotQuarantined".
func (LotQuarantined) EventType() string { return "LotQuarantined" }

// Tags names the lot and the product.
func (e LotQuarantined) Tags() []domain.Tag { return stocked(e.NDC, e.Lot, StaffTag(e.By)) }

// LotReleased ends a quarantine.
type LotReleased struct {
	NDC    string    `json:"ndc"`
	Lot    string    `json:"lot"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// EventType returns "LotReleased".
func (LotReleased) EventType() string { return "LotReleased" }

// Tags names the lot and the product.
func (e LotReleased) Tags() []domain.Tag { return stocked(e.NDC, e.Lot, StaffTag(e.By)) }

// LotDestroyed says that all that was left of a lot was destroyed.
type LotDestroyed struct {
	NDC      string    `json:"ndc"`
	Lot      string    `json:"lot"`
	Qty      int       `json:"qty"`
	Reason   string    `json:"reason"`
	Form41   string    `json:"form41,omitempty"`
	Witness1 string    `json:"witness1"`
	Witness2 string    `json:"witness2"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// EventType returns "LotDestroyed".
func (LotDestroyed) EventType() string { return "LotDestroyed" }

// Tags names the lot, the product and the witnesses.
func (e LotDestroyed) Tags() []domain.Tag {
	return stocked(e.NDC, e.Lot, StaffTag(e.Witness1), StaffTag(e.Witness2), StaffTag(e.By))
}

// SentToReverseDistributor says that units were given to a reverse distributor.
type SentToReverseDistributor struct {
	NDC         string    `json:"ndc"`
	Lot         string    `json:"lot"`
	Qty         int       `json:"qty"`
	Distributor Party     `json:"distributor"`
	Form222     string    `json:"form222,omitempty"`
	By          string    `json:"by"`
	At          time.Time `json:"at"`
}

// EventType returns "SentToReverseDistributor".
func (SentToReverseDistributor) EventType() string { return "SentToReverseDistributor" }

// Tags names the lot and the product.
func (e SentToReverseDistributor) Tags() []domain.Tag { return stocked(e.NDC, e.Lot, StaffTag(e.By)) }

// DoseIssued says that units were taken out of a lot for one patient.
type DoseIssued struct {
	Dose    string    `json:"dose"`
	NDC     string    `json:"ndc"`
	Lot     string    `json:"lot"`
	Drug    Drug      `json:"drug"`
	Qty     int       `json:"qty"`
	Patient string    `json:"patient"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// EventType returns "DoseIssued".
func (DoseIssued) EventType() string { return "DoseIssued" }

// Tags names the dose, the lot, the product and the patient.
func (e DoseIssued) Tags() []domain.Tag {
	return stocked(e.NDC, e.Lot, DoseTag(e.Dose), PatientTag(e.Patient), StaffTag(e.By))
}

// DoseAdministered says how much of a dose the patient got.
type DoseAdministered struct {
	Dose    string    `json:"dose"`
	Qty     int       `json:"qty"`
	Patient string    `json:"patient"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// EventType returns "DoseAdministered".
func (DoseAdministered) EventType() string { return "DoseAdministered" }

// Tags names the dose and the patient.
func (e DoseAdministered) Tags() []domain.Tag {
	return []domain.Tag{DoseTag(e.Dose), PatientTag(e.Patient), StaffTag(e.By)}
}

// WasteWitnessed says that two people saw units become unusable: the rest of a
// dose, or, without a Dose, breakage of units still in the lot.
type WasteWitnessed struct {
	Dose    string    `json:"dose,omitempty"`
	NDC     string    `json:"ndc"`
	Lot     string    `json:"lot"`
	Qty     int       `json:"qty"`
	Reason  string    `json:"reason"`
	By      string    `json:"by"`
	Witness string    `json:"witness"`
	At      time.Time `json:"at"`
}

// EventType returns "WasteWitnessed".
func (WasteWitnessed) EventType() string { return "WasteWitnessed" }

// Tags names the lot, the product, the dose and both people.
func (e WasteWitnessed) Tags() []domain.Tag {
	return optionally(stocked(e.NDC, e.Lot, StaffTag(e.By), StaffTag(e.Witness)), DoseTag, e.Dose)
}

// LossDiscovered says that units are gone. It does not change the book; a count
// and an adjustment do.
type LossDiscovered struct {
	Loss        string    `json:"loss"`
	NDC         string    `json:"ndc"`
	Lot         string    `json:"lot,omitempty"`
	Qty         int       `json:"qty"`
	Kind        LossKind  `json:"kind"`
	Significant bool      `json:"significant"`
	Description string    `json:"description"`
	Discovered  time.Time `json:"discovered"` // by the finder's account
	By          string    `json:"by"`
	At          time.Time `json:"at"`
}

// EventType returns "LossDiscovered".
func (LossDiscovered) EventType() string { return "LossDiscovered" }

// Tags names the loss, the product and the lot when it is known.
func (e LossDiscovered) Tags() []domain.Tag {
	tags := []domain.Tag{LossTag(e.Loss), StockTag(e.NDC), StaffTag(e.By)}
	if e.Lot != "" {
		tags = append(tags, LotTag(e.NDC, e.Lot))
	}
	return tags
}

// LossReported says that one of the two reports about a loss was made.
type LossReported struct {
	Loss      string     `json:"loss"`
	Step      ReportStep `json:"step"`
	Reference string     `json:"reference"`
	By        string     `json:"by"`
	At        time.Time  `json:"at"`
}

// EventType returns "LossReported".
func (LossReported) EventType() string { return "LossReported" }

// Tags names the loss.
func (e LossReported) Tags() []domain.Tag { return []domain.Tag{LossTag(e.Loss), StaffTag(e.By)} }
