package optintoken

import "github.com/opossum-go/opossum/domain"

// SignUpInitiated says that somebody wants to sign up and was sent an OTP.
type SignUpInitiated struct {
	EmailAddress string `json:"emailAddress"`
	OTP          string `json:"otp"`
	Name         string `json:"name"`
}

// EventType returns "SignUpInitiated".
func (SignUpInitiated) EventType() string { return "SignUpInitiated" }

// Tags returns the address and the OTP.
func (e SignUpInitiated) Tags() []domain.Tag { return signUpTags(e.EmailAddress, e.OTP) }

// SignUpConfirmed says that the address belongs to who signed up.
type SignUpConfirmed struct {
	EmailAddress string `json:"emailAddress"`
	OTP          string `json:"otp"`
	Name         string `json:"name"`
}

// EventType returns "SignUpConfirmed".
func (SignUpConfirmed) EventType() string { return "SignUpConfirmed" }

// Tags returns the address and the OTP.
func (e SignUpConfirmed) Tags() []domain.Tag { return signUpTags(e.EmailAddress, e.OTP) }

func signUpTags(address, otp string) []domain.Tag {
	return []domain.Tag{domain.NewTag("email", address), domain.NewTag("otp", otp)}
}
