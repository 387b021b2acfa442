package domain

import (
	"fmt"
	"strings"
)

// Tag names one thing an event is about, such as course:c1. A tag is an opaque
// text: stores compare it byte for byte, so two tags that differ only in case or
// in Unicode normalisation are two tags. The form key:value is a habit, not a
// rule; a tag without a colon is legal. Keep personal data out of tags, they are
// the part of an event that cannot be encrypted later.
//
// The empty Tag is invalid. A tag is valid when it is 1 to [MaxTagBytes] bytes
// of UTF-8 without NUL.
type Tag string

// NewTag returns the tag key:value. When key or value is empty or key contains a
// colon there is no unambiguous text for the pair: the result is then the empty
// Tag, which every store refuses, so that a forgotten id can neither be stored
// nor queried for.
func NewTag(key, value string) Tag {
	if key == "" || value == "" || strings.Contains(key, ":") {
		return ""
	}
	return Tag(key + ":" + value)
}

// Key returns the text before the first colon, or "" when there is none.
func (t Tag) Key() string {
	key, _, ok := strings.Cut(string(t), ":")
	if !ok {
		return ""
	}
	return key
}

// Value returns the text after the first colon, or the whole tag when there is
// none.
func (t Tag) Value() string {
	_, value, ok := strings.Cut(string(t), ":")
	if !ok {
		return string(t)
	}
	return value
}

// String returns the tag's text.
func (t Tag) String() string { return string(t) }

// PrepareTags returns the tags as a set: a sorted copy without duplicates, nil for
// no tags. It returns a [*ValidationError] for an invalid tag and a [*LimitError] for
// one that is too long or for more than [MaxTags].
func PrepareTags(tags []Tag) ([]Tag, error) {
	for i, tag := range tags {
		if err := validateTag(tag); err != nil {
			return nil, within(fmt.Sprintf("tags[%d]", i), err)
		}
	}
	set := sortedSet(tags)
	if err := limit("MaxTags", len(set), MaxTags); err != nil {
		return nil, within("tags", err)
	}
	return set, nil
}
