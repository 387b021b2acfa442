package uniqueusername

import (
	"fmt"
	"time"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Retention is how long a username stays reserved after it was given up. At
// exactly this age it is still reserved. (The site counts whole days.)
const Retention = 3 * 24 * time.Hour

// Refusal is the answer to a command that breaks a rule: one sentence for the
// person who sent it. Refusals with the same text are equal. Nothing was stored.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

// Claimed answers whether the username is taken at the given time: in use, or
// given up not longer than [Retention] ago.
func Claimed(username string, now time.Time) *decision.Model[bool] {
	reserved := func(since domain.SequencedEvent) bool { return now.Sub(since.Metadata.OccurredAt) <= Retention }
	return decision.New(false, usernameTag(username)).With(
		decision.On(func(_ bool, _ AccountRegistered) bool { return true }),
		decision.OnSequenced(func(_ bool, _ AccountClosed, at domain.SequencedEvent) bool { return reserved(at) }),
		decision.OnSequenced(func(_ bool, e UsernameChanged, at domain.SequencedEvent) bool {
			return e.NewUsername == username || reserved(at)
		}))
}

// RegisterAccount opens an account under a username.
type RegisterAccount struct {
	Username string `json:"username" validate:"required"`
}

// Decide refuses a username that is claimed.
func (c RegisterAccount) Decide(d *application.Decision) error {
	claimed := Claimed(c.Username, d.Now())
	if err := d.Load(claimed); err != nil {
		return err
	}
	if claimed.State() {
		return Refusal(fmt.Sprintf("Username %q is claimed", c.Username))
	}
	return d.Record(AccountRegistered(c))
}
