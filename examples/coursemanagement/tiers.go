package coursemanagement

// Tier is what a student pays for: how many courses can be taken.
type Tier string

// The tiers, from the smallest. A new student is on Basic.
const (
	Basic        Tier = "Basic"
	Standard     Tier = "Standard"
	Professional Tier = "Professional"
	Master       Tier = "Master"
)

// Tiers returns all tiers, the smallest first.
func Tiers() []Tier { return []Tier{Basic, Standard, Professional, Master} }

// Courses returns how many courses a student of the tier may take, 0 for a tier
// that does not exist.
func (t Tier) Courses() int {
	switch t {
	case Basic:
		return 2
	case Standard:
		return 5
	case Professional:
		return 10
	case Master:
		return 25
	default:
		return 0
	}
}
