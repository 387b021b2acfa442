package uniqueusername

import "github.com/opossum-go/opossum/domain"

// AccountRegistered says that a username belongs to an account from now on.
type AccountRegistered struct {
	Username string `json:"username"`
}

// EventType returns "AccountRegistered".
func (AccountRegistered) EventType() string { return "AccountRegistered" }

// Tags returns the username.
func (e AccountRegistered) Tags() []domain.Tag { return []domain.Tag{usernameTag(e.Username)} }

// AccountClosed says that the account with this username is no more.
type AccountClosed struct {
	Username string `json:"username"`
}

// EventType returns "AccountClosed".
func (AccountClosed) EventType() string { return "AccountClosed" }

// Tags returns the username.
func (e AccountClosed) Tags() []domain.Tag { return []domain.Tag{usernameTag(e.Username)} }

// UsernameChanged says that an account has another username from now on.
type UsernameChanged struct {
	OldUsername string `json:"oldUsername"`
	NewUsername string `json:"newUsername"`
}

// EventType returns "UsernameChanged".
func (UsernameChanged) EventType() string { return "UsernameChanged" }

// Tags returns both usernames: the event is about each of them.
func (e UsernameChanged) Tags() []domain.Tag {
	return []domain.Tag{usernameTag(e.OldUsername), usernameTag(e.NewUsername)}
}

func usernameTag(name string) domain.Tag { return domain.NewTag("username", name) }
