package journal_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

// scanOf scans a segment with one batch of the given lines.
func scanOf(t *testing.T, lines ...string) found {
	t.Helper()
	x := newText(1)
	x.addLines(lines...)
	return scan(t, x.bytes)
}

func TestAScanAcceptsTheEventsThatADomainAccepts(t *testing.T) {
	t.Parallel()
	many := func(n int) (tags []domain.Tag) {
		for i := range n {
			tags = append(tags, domain.Tag(fmt.Sprintf("t:%03d", i)))
		}
		return tags
	}
	values := func(n int) map[string]string {
		all := map[string]string{}
		for i := range n {
			all[fmt.Sprint(i)] = "v"
		}
		return all
	}
	var texts []string
	for _, most := range []int{domain.MaxTypeBytes, domain.MaxTagBytes, domain.MaxMetadataBytes} {
		for _, unit := range []string{"x", "\n", "é"} { // plain, with escapes, beyond ASCII
			texts = append(texts, strings.Repeat(unit, most/len(unit)), strings.Repeat(unit, most/len(unit)+1))
		}
	}
	texts = append(texts, "", "x", "\x00", "abcdefgh\x00", strings.Repeat("\x00", 2000), "\x01\u2028\x7f")
	changes := []func(e *domain.Event){
		func(e *domain.Event) { e.Tags = many(domain.MaxTags) },
		func(e *domain.Event) { e.Tags = many(domain.MaxTags + 1) },
		func(e *domain.Event) { e.Metadata.Values = values(domain.MaxMetadataValues) },
		func(e *domain.Event) { e.Metadata.Values = values(domain.MaxMetadataValues + 1) },
	}
	for _, text := range texts {
		changes = append(changes,
			func(e *domain.Event) { e.Type = text },
			func(e *domain.Event) { e.Tags = []domain.Tag{domain.Tag(text)} },
			func(e *domain.Event) { e.Tags = append(e.Tags, domain.Tag("z"+text)) },
			func(e *domain.Event) { e.Metadata.ID = text },
			func(e *domain.Event) { e.Metadata.CorrelationID = text },
			func(e *domain.Event) { e.Metadata.CausationID = text },
			func(e *domain.Event) { e.Metadata.OperationID = text },
			func(e *domain.Event) { e.Metadata.UserID = text },
			func(e *domain.Event) { e.Metadata.Values = map[string]string{"k": "v", "key": text} },
			func(e *domain.Event) { e.Metadata.Values = map[string]string{"k": "v", text: "value"} },
		)
	}
	accepted, refused := 0, 0
	for _, change := range changes {
		e := usual(1)
		change(&e.Event)
		_, err := domain.PrepareEvents([]domain.Event{e.Event})
		canonical := string(lineOf(e))
		for _, line := range []string{canonical, " " + canonical} {
			f := scanOf(t, line)
			if (f.damage == nil) != (err == nil) {
				t.Fatalf("%.200q: damage %+v, the domain says: %v", line, f.damage, err)
			}
			if err != nil {
				refused++
				why := strings.TrimPrefix(strings.Replace(err.Error(), "events[0].", "", 1), "opossum: ")
				if d := f.damage; d.Want != "an event that a store takes" || !strings.HasSuffix(d.Got, "… ("+why+")") || d.Position != 1 || d.Offset != from().Offset {
					t.Errorf("damage %+v, want one that says: %s", d, why)
				}
				continue
			}
			accepted++
			if foreign := f.spans[0].Foreign; foreign != (line != canonical) {
				t.Errorf("%.200q: not canonical is %v", line, foreign)
			}
		}
	}
	if accepted < 100 || refused < 100 {
		t.Errorf("%d lines were accepted, %d refused", accepted, refused)
	}
}

func TestTagsAreASetHoweverALineTellsThem(t *testing.T) {
	t.Parallel()
	want := domain.SequencedEvent{
		Position: 1, RecordedAt: recorded,
		Event: domain.Event{Type: "A", Tags: []domain.Tag{"a", "b", "c"}, Data: json.RawMessage("null")},
	}
	good := string(lineOf(want))
	var sixtyFive []string
	for i := range domain.MaxTags + 1 {
		sixtyFive = append(sixtyFive, fmt.Sprintf("%q", fmt.Sprint("t", i%domain.MaxTags)))
	}
	for _, tags := range []string{`["b","a","c"]`, `["a","b","c","c"]`, `["c","b","a","b","c"]`, `["a","a","b","c"]`, `[` + strings.Join(sixtyFive, ",") + `]`} {
		line := strings.Replace(good, `["a","b","c"]`, tags, 1)
		if e, ok := journal.ParseCanonical(line); ok {
			t.Errorf("%s are taken for canonical: %v", tags, e.Tags)
		}
		f := scanOf(t, line)
		if f.damage != nil || !f.spans[0].Foreign {
			t.Fatalf("%s: damage %+v, spans %+v", tags, f.damage, f.spans)
		}
		got := f.events[0]
		if !slices.IsSorted(got.Tags) || len(slices.Compact(slices.Clone(got.Tags))) != len(got.Tags) {
			t.Errorf("%s are read as %v", tags, got.Tags)
		}
		if len(got.Tags) == len(want.Tags) {
			checkEvent(t, got, want)
		}
	}
	if f := scanOf(t, good); f.damage != nil || f.spans[0].Foreign {
		t.Errorf("the set itself: damage %+v, spans %+v", f.damage, f.spans)
	}
}
