package dispensing

// Schedule is a drug's schedule under the US Controlled Substances Act.
type Schedule string

// The schedules a pharmacy dispenses from. Uncontrolled is a prescription drug
// outside the schedules.
const (
	ScheduleII   Schedule = "C-II"
	ScheduleIII  Schedule = "C-III"
	ScheduleIV   Schedule = "C-IV"
	ScheduleV    Schedule = "C-V"
	Uncontrolled Schedule = "RX"
)

// Controlled reports whether the drug is in any schedule.
func (s Schedule) Controlled() bool { return s != Uncontrolled && s != "" }

// Kind is how a prescription came to be; the time limits depend on it.
type Kind string

// The kinds of prescription.
const (
	Written       Kind = "written"
	EmergencyOral Kind = "emergencyOral" // phoned in, Schedule II, an emergency
	LongTermCare  Kind = "ltcf"          // resident of a long-term care facility
	Terminal      Kind = "terminal"      // terminally ill patient
)

// Medium is what a prescription arrived on.
type Medium string

// The media. Electronic means: received and verified by another, certified
// system. The empty Medium is Paper.
const (
	Paper      Medium = "paper"
	Electronic Medium = "electronic"
)

// PartialReason is why less than the rest of a fill was dispensed.
type PartialReason string

// The reasons for a partial fill. The limit for the remainder depends on them.
const (
	CannotSupply    PartialReason = "cannot-supply"
	PatientAsked    PartialReason = "patient-asked"
	PrescriberAsked PartialReason = "prescriber-asked"
)

// Role is what a member of staff is credentialed as.
type Role string

// The roles. A pharmacist in charge may do everything a pharmacist may.
const (
	Pharmacist         Role = "pharmacist"
	PharmacistInCharge Role = "pic"
	Technician         Role = "technician"
	Nurse              Role = "nurse"
)

// LossKind is what is known about a loss when it is discovered.
type LossKind string

// The kinds of loss.
const (
	Theft       LossKind = "theft"
	Unexplained LossKind = "unexplained"
	InTransit   LossKind = "in-transit"
	Breakage    LossKind = "breakage" // nobody witnessed it; see RecordWaste for witnessed breakage
)

// ReportStep is one of the two reports a theft or significant loss asks for.
type ReportStep string

// The steps: the written notice within one business day, and DEA Form 106 within
// 45 days.
const (
	Notification ReportStep = "notification"
	Form106      ReportStep = "form-106"
)

// Moment is when on its day an inventory was taken.
type Moment string

// An inventory is taken at the opening or at the close of business.
const (
	Opening Moment = "opening"
	Closing Moment = "closing"
)

// Drug is a finished product without its package: two lots with equal Drug hold
// the same thing.
type Drug struct {
	// Name is what people call it, such as "oxycodone HCl".
	Name string `json:"name" validate:"required,max=120"`
	// Ingredient is the code of the active ingredient, such as "oxycodone".
	Ingredient string   `json:"ingredient" validate:"required,max=64"`
	Strength   string   `json:"strength" validate:"required,max=64"`
	Form       string   `json:"form" validate:"required,max=64"`
	Schedule   Schedule `json:"schedule" validate:"oneof=C-II C-III C-IV C-V RX"`
}

// String returns name, strength and form for people.
func (d Drug) String() string { return d.Name + " " + d.Strength + " " + d.Form }

// same reports whether a lot of d may fill a prescription for o.
func (d Drug) same(o Drug) bool {
	return d.Ingredient == o.Ingredient && d.Strength == o.Strength && d.Form == o.Form && d.Schedule == o.Schedule
}

// Party is a business outside the pharmacy: a supplier, a reverse distributor,
// another pharmacy.
type Party struct {
	Name    string `json:"name" validate:"required,max=120"`
	Address string `json:"address" validate:"required,max=200"`
	DEA     string `json:"dea" validate:"required,max=32"`
}

// InventoryLine is what an inventory found of one product.
type InventoryLine struct {
	NDC  string `json:"ndc" validate:"required,max=64,excludes=/"`
	Drug Drug   `json:"drug"`
	Qty  int    `json:"qty" validate:"gte=0"`
	// Exact says that Qty was counted; otherwise it was estimated.
	Exact bool `json:"exact"`
	// ContainerSize is the largest opened container's capacity in units. An
	// estimate is not accepted above 1,000.
	ContainerSize int `json:"containerSize,omitempty" validate:"gte=0"`
}
