package dispensing

import (
	"strconv"

	"github.com/opossum-go/opossum/domain"
)

// Each function returns the tag of one thing that events are about. An empty id
// gives the empty tag, which no store accepts.

// RxTag is the tag of a prescription.
func RxTag(rx int) domain.Tag { return domain.NewTag("rx", strconv.Itoa(rx)) }

// FormTag is the tag of the paper form that a prescription was written on.
func FormTag(form string) domain.Tag { return domain.NewTag("form", form) }

// PatientTag is the tag of a patient.
func PatientTag(patient string) domain.Tag { return domain.NewTag("patient", patient) }

// IngredientTag is the tag of an active ingredient.
func IngredientTag(code string) domain.Tag { return domain.NewTag("ingredient", code) }

// LotTag is the tag of one lot of a product.
func LotTag(ndc, lot string) domain.Tag {
	if ndc == "" || lot == "" {
		return ""
	}
	return domain.NewTag("lot", ndc+"/"+lot)
}

// StockTag is the tag of all lots of a product.
func StockTag(ndc string) domain.Tag { return domain.NewTag("stock", ndc) }

// StaffTag is the tag of a member of staff.
func StaffTag(staff string) domain.Tag { return domain.NewTag("staff", staff) }

// PrescriberTag is the tag of a prescriber, by DEA number.
func PrescriberTag(dea string) domain.Tag { return domain.NewTag("prescriber", dea) }

// CountTag is the tag of one count of a product.
func CountTag(count string) domain.Tag { return domain.NewTag("count", count) }

// OrderTag is the tag of a purchase order.
func OrderTag(order string) domain.Tag { return domain.NewTag("order", order) }

// DoseTag is the tag of a dose that was taken out of a lot for a patient.
func DoseTag(dose string) domain.Tag { return domain.NewTag("dose", dose) }

// LossTag is the tag of a discovered loss.
func LossTag(loss string) domain.Tag { return domain.NewTag("loss", loss) }

// stocked are the tags of an event about one lot.
func stocked(ndc, lot string, more ...domain.Tag) []domain.Tag {
	return append([]domain.Tag{LotTag(ndc, lot), StockTag(ndc)}, more...)
}

// optionally appends the tags that key makes of the ids that are given.
func optionally(tags []domain.Tag, key func(string) domain.Tag, ids ...string) []domain.Tag {
	for _, id := range ids {
		if id != "" {
			tags = append(tags, key(id))
		}
	}
	return tags
}
