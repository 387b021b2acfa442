package optintoken

import (
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Lifetime is how long an OTP can be used. At exactly this age it still can.
const Lifetime = 60 * time.Minute

// Refusal is the answer to a command that breaks a rule: one sentence for the
// person who sent it. Refusals with the same text are equal. Nothing was stored.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

// What a confirmation can be refused for, in the order in which it is looked at.
const (
	NoPendingSignUp Refusal = "No pending sign-up for this OTP / email address"
	OTPUsed         Refusal = "OTP was already used"
	OTPExpired      Refusal = "OTP expired"
)

// SignUp is what is known about one sign-up. The zero SignUp never began.
type SignUp struct {
	Initiated bool
	Name      string
	Used      bool
	Expired   bool
}

// SignUpOf answers what became of the sign-up with this address and OTP, seen from
// the given time.
func SignUpOf(address, otp string, now time.Time) *decision.Model[SignUp] {
	return decision.New(SignUp{}, signUpTags(address, otp)...).With(
		decision.OnSequenced(func(_ SignUp, e SignUpInitiated, at domain.SequencedEvent) SignUp {
			return SignUp{Initiated: true, Name: e.Name, Expired: now.Sub(at.Metadata.OccurredAt) > Lifetime}
		}),
		decision.On(func(s SignUp, _ SignUpConfirmed) SignUp {
			s.Used = true
			return s
		}))
}

// ConfirmSignUp proves that the OTP has reached its address.
type ConfirmSignUp struct {
	EmailAddress string `json:"emailAddress" validate:"required,email"`
	OTP          string `json:"otp" validate:"required"`
}

// Decide refuses what never began, what was confirmed, and what is too late. A
// wrong OTP never began: there is no telling it from a sign-up with another
// address. So an expired OTP is called expired only when it is the right one. The
// published case for expiry sends a wrong one and expects exactly this answer,
// although its title says otherwise.
func (c ConfirmSignUp) Decide(d *application.Decision) error {
	model := SignUpOf(c.EmailAddress, c.OTP, d.Now())
	if err := d.Load(model); err != nil {
		return err
	}
	switch signUp := model.State(); {
	case !signUp.Initiated:
		return NoPendingSignUp
	case signUp.Used:
		return OTPUsed
	case signUp.Expired:
		return OTPExpired
	default:
		return d.Record(SignUpConfirmed{EmailAddress: c.EmailAddress, OTP: c.OTP, Name: signUp.Name})
	}
}
