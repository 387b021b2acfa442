package dispensing

import "time"

// ReceiveLot records a delivery. It is never refused; missing papers are flagged.
type ReceiveLot struct {
	NDC      string    `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot      string    `json:"lot" validate:"required,max=64"`
	Drug     Drug      `json:"drug"`
	Unit     string    `json:"unit" validate:"required,max=32"`
	Qty      int       `json:"qty" validate:"gt=0,lte=10000000"`
	Expires  time.Time `json:"expires" validate:"required"`
	Supplier Party     `json:"supplier"`
	Order    string    `json:"order" validate:"max=64"`
	Form222  string    `json:"form222" validate:"max=64"`
	By       string    `json:"by" validate:"required,max=64"`
}

// QuarantineLot stops everything that would leave a lot, such as for a recall.
type QuarantineLot struct {
	NDC    string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot    string `json:"lot" validate:"required,max=64"`
	Reason string `json:"reason" validate:"required,max=500"`
	By     string `json:"by" validate:"required,max=64"`
}

// ReleaseLot ends a quarantine.
type ReleaseLot struct {
	NDC    string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot    string `json:"lot" validate:"required,max=64"`
	Reason string `json:"reason" validate:"required,max=500"`
	By     string `json:"by" validate:"required,max=64"`
}

// DestroyLot destroys all that is left of a lot before two witnesses.
type DestroyLot struct {
	NDC      string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot      string `json:"lot" validate:"required,max=64"`
	Reason   string `json:"reason" validate:"max=500"`
	Form41   string `json:"form41" validate:"max=64"`
	Witness1 string `json:"witness1" validate:"max=64"`
	Witness2 string `json:"witness2" validate:"max=64"`
	By       string `json:"by" validate:"required,max=64"`
}

// SendToReverseDistributor hands units over for disposal.
type SendToReverseDistributor struct {
	NDC         string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot         string `json:"lot" validate:"required,max=64"`
	Qty         int    `json:"qty" validate:"gt=0,lte=10000000"`
	Distributor Party  `json:"distributor"`
	Form222     string `json:"form222" validate:"max=64"`
	By          string `json:"by" validate:"required,max=64"`
}

// IssueDose takes units out of a lot for one patient, as a ward does. Dose is a
// new id.
type IssueDose struct {
	Dose    string `json:"dose" validate:"required,max=64"`
	NDC     string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot     string `json:"lot" validate:"required,max=64"`
	Qty     int    `json:"qty" validate:"gt=0,lte=100000"`
	Patient string `json:"patient" validate:"required,max=64"`
	By      string `json:"by" validate:"required,max=64"`
}

// AdministerDose records how much of a dose the patient got.
type AdministerDose struct {
	Dose string `json:"dose" validate:"required,max=64"`
	Qty  int    `json:"qty" validate:"gt=0,lte=100000"`
	By   string `json:"by" validate:"required,max=64"`
}

// RecordWaste records what two people saw become unusable: the rest of a dose
// when Dose is given, else units of the lot that broke.
type RecordWaste struct {
	Dose    string `json:"dose,omitempty" validate:"max=64"`
	NDC     string `json:"ndc,omitempty" validate:"required_without=Dose,max=64,excludes=/"`
	Lot     string `json:"lot,omitempty" validate:"required_without=Dose,max=64"`
	Qty     int    `json:"qty" validate:"gt=0,lte=100000"`
	Reason  string `json:"reason" validate:"max=500"`
	By      string `json:"by" validate:"required,max=64"`
	Witness string `json:"witness" validate:"max=64"`
}

// OpenCount starts a count of a product and stops its dispensing. Count is a new
// id.
type OpenCount struct {
	Count string `json:"count" validate:"required,max=64"`
	NDC   string `json:"ndc" validate:"required,max=64,excludes=/"`
	By    string `json:"by" validate:"required,max=64"`
}

// EnterCount records what one person counted.
type EnterCount struct {
	Count   string `json:"count" validate:"required,max=64"`
	Counted int    `json:"counted" validate:"gte=0,lte=10000000"`
	Who     string `json:"who" validate:"required,max=64"`
}

// CloseCount ends a count on which two people agree.
type CloseCount struct {
	Count string `json:"count" validate:"required,max=64"`
	By    string `json:"by" validate:"required,max=64"`
}

// AdjustStock sets the book of a lot right after a count. SignedBy is the
// pharmacist in charge.
type AdjustStock struct {
	Count    string `json:"count" validate:"max=64"`
	NDC      string `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot      string `json:"lot" validate:"required,max=64"`
	Delta    int    `json:"delta" validate:"ne=0,gte=-10000000,lte=10000000"`
	Reason   string `json:"reason" validate:"max=500"`
	SignedBy string `json:"signedBy" validate:"max=64"`
}

// DiscoverLoss records that units are gone. It is never refused. Loss is a new id.
type DiscoverLoss struct {
	Loss        string   `json:"loss" validate:"required,max=64"`
	NDC         string   `json:"ndc" validate:"required,max=64,excludes=/"`
	Lot         string   `json:"lot" validate:"max=64"`
	Qty         int      `json:"qty" validate:"gt=0,lte=10000000"`
	Kind        LossKind `json:"kind" validate:"oneof=theft unexplained in-transit breakage"`
	Significant bool     `json:"significant"` // a theft always counts as significant
	Description string   `json:"description" validate:"required,max=1000"`
	// Discovered is when it was noticed; zero means now.
	Discovered time.Time `json:"discovered,omitzero"`
	By         string    `json:"by" validate:"required,max=64"`
}

// ReportLoss records that one of the two reports about a loss was made.
type ReportLoss struct {
	Loss      string     `json:"loss" validate:"required,max=64"`
	Step      ReportStep `json:"step" validate:"oneof=notification form-106"`
	Reference string     `json:"reference" validate:"required,max=120"`
	By        string     `json:"by" validate:"required,max=64"`
}

// TakeInventory records an inventory of all controlled substances.
type TakeInventory struct {
	// Date is the day of the inventory; zero means today.
	Date   time.Time       `json:"date,omitzero"`
	Moment Moment          `json:"moment" validate:"oneof=opening closing"`
	Lines  []InventoryLine `json:"lines" validate:"required,min=1,max=1000,dive"`
	By     string          `json:"by" validate:"required,max=64"`
}
