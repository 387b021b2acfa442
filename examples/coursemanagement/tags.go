package coursemanagement

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// Each function returns the tag of one thing that events are about. An empty id
// gives the empty tag, which no store accepts.

func studentTag(student string) domain.Tag { return domain.NewTag("student", student) }
func courseTag(course string) domain.Tag   { return domain.NewTag("course", course) }
func announcedTag(token string) domain.Tag { return domain.NewTag("idempotency", token) }
func examTag(exam string) domain.Tag       { return domain.NewTag("exam", exam) }
func examTokenTag(token string) domain.Tag { return domain.NewTag("examToken", token) }
func bookTag(book string) domain.Tag       { return domain.NewTag("book", book) }
func invoiceTag(number int) domain.Tag     { return domain.NewTag("invoice", strconv.Itoa(number)) }

// emailTag returns the tag of an e-mail address: a hash, because tags are no place
// for personal data. Addresses that differ only in case or in white space around
// them have one tag.
func emailTag(email string) domain.Tag {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(email))
	return domain.NewTag("email", hex.EncodeToString(sum[:]))
}
