package domain_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func TestPrepareTagsMakesASet(t *testing.T) {
	t.Parallel()
	given := []domain.Tag{"b:2", "a:1", "b:2"}
	got, err := domain.PrepareTags(given)
	if err != nil {
		t.Fatal(err)
	}
	if want := []domain.Tag{"a:1", "b:2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if given[0] != "b:2" {
		t.Error("the caller's slice was changed")
	}
	if none, err := domain.PrepareTags([]domain.Tag{}); none != nil || err != nil {
		t.Errorf("no tags: got %v, %v", none, err)
	}
}

func TestPrepareTagsRefusesWhatIsNoTag(t *testing.T) {
	t.Parallel()
	for name, tags := range map[string][]domain.Tag{
		"an empty tag":     {"a", ""},
		"a NUL":            {"a\x00"},
		"a tag too long":   {domain.Tag(strings.Repeat("x", domain.MaxTagBytes+1))},
		"one tag too many": numbered(domain.MaxTags + 1),
	} {
		if _, err := domain.PrepareTags(tags); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}
