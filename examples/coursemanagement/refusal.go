package coursemanagement

import "fmt"

// Refusal is the answer to a command that breaks a rule: one sentence for the
// person who sent it. Refusals with the same text are equal. Nothing was stored.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) Refusal { return Refusal(fmt.Sprintf(format, args...)) }

// The refusals that several commands share.

func noStudent(student string) Refusal { return refuse("There is no student %q", student) }
func noCourse(course string) Refusal   { return refuse("There is no course %q", course) }
func noBook(book string) Refusal       { return refuse("There is no course book %q", book) }
