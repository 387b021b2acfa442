package domain_test

import (
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func TestNewTag(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key, value string
		want             domain.Tag
	}{
		{"joins key and value with a colon", "course", "c1", "course:c1"},
		{"keeps colons of the value", "time", "10:30", "time:10:30"},
		{"keeps white space and case", "Name", " Ada ", "Name: Ada "},
		{"gives the empty tag for an empty key", "", "c1", ""},
		{"gives the empty tag for an empty value", "course", "", ""},
		{"gives the empty tag for a colon in the key", "a:b", "c", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := domain.NewTag(tt.key, tt.value); got != tt.want {
				t.Errorf("NewTag(%q, %q) = %q, want %q", tt.key, tt.value, got, tt.want)
			}
		})
	}
}

func TestTagParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		tag        domain.Tag
		key, value string
	}{
		{"splits at the colon", "course:c1", "course", "c1"},
		{"splits at the first of several colons", "a:b:c", "a", "b:c"},
		{"takes a tag without a colon as a value", "urgent", "", "urgent"},
		{"gives an empty value after a final colon", "course:", "course", ""},
		{"gives an empty key before a leading colon", ":c1", "", "c1"},
		{"has nothing to split in the empty tag", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.tag.Key(); got != tt.key {
				t.Errorf("Tag(%q).Key() = %q, want %q", string(tt.tag), got, tt.key)
			}
			if got := tt.tag.Value(); got != tt.value {
				t.Errorf("Tag(%q).Value() = %q, want %q", string(tt.tag), got, tt.value)
			}
			if got := tt.tag.String(); got != string(tt.tag) {
				t.Errorf("Tag(%q).String() = %q", string(tt.tag), got)
			}
		})
	}
}
