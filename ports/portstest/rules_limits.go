package portstest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var limitRules = []Rule{
	{"type, tags, data and metadata are accepted at their limits and refused one above", eventLimits},
	{"a batch is accepted at the limit of its events and refused one above", batchEventsLimit},
	{"a batch is accepted at the limit of its bytes and refused one above", batchBytesLimit},
	{"what the store fills in does not count towards the limit of a batch", filledInDoesNotCount},
	{"a query is accepted at its limits and refused one above", queryLimits},
	{"an append is accepted with the most conditions allowed and refused with one more", conditionsLimit},
}

func wantLimit(t testing.TB, err error, limit string, most int) {
	t.Helper()
	var over *domain.LimitError
	switch {
	case !errors.As(err, &over):
		t.Errorf("one above %s: %v, want a *domain.LimitError", limit, err)
	case !errors.Is(err, domain.ErrLimit) || !errors.Is(err, domain.ErrInvalid):
		t.Errorf("one above %s: %v is not both domain.ErrLimit and domain.ErrInvalid", limit, err)
	case over.Limit != limit || over.Max != most || over.Value != most+1:
		t.Errorf("one above %s: the error says %s, %d of %d, want %d of %d", limit, over.Limit, over.Value, over.Max, most+1, most)
	}
}

func numberedTags(n int) []domain.Tag {
	tags := make([]domain.Tag, n)
	for i := range tags {
		tags[i] = domain.Tag(fmt.Sprintf("tag:%03d", i))
	}
	return tags
}

func eventLimits(t testing.TB, f Fixture) {
	store := open(t, f)
	values := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprintf("key %d", i)] = "value"
		}
		return m
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, row := range []struct {
		limit string
		most  int
		of    func(n int) domain.Event
	}{
		{"MaxTypeBytes", domain.MaxTypeBytes, func(n int) domain.Event { return event(long(n)) }},
		{"MaxTagBytes", domain.MaxTagBytes, func(n int) domain.Event { return event("good", domain.Tag(long(n))) }},
		{"MaxTags", domain.MaxTags, func(n int) domain.Event { return event("good", numberedTags(n)...) }},
		{"MaxDataBytes", domain.MaxDataBytes, func(n int) domain.Event {
			return domain.Event{Type: "good", Data: []byte(`"` + long(n-2) + `"`)}
		}},
		{"MaxDataDepth", domain.MaxDataDepth, func(n int) domain.Event {
			return domain.Event{Type: "good", Data: []byte(strings.Repeat("[", n) + strings.Repeat("]", n))}
		}},
		{"MaxMetadataValues", domain.MaxMetadataValues, func(n int) domain.Event {
			return domain.Event{Type: "good", Metadata: domain.Metadata{Values: values(n)}}
		}},
		{"MaxMetadataBytes", domain.MaxMetadataBytes, func(n int) domain.Event {
			return domain.Event{Type: "good", Metadata: domain.Metadata{ID: long(n), UserID: long(domain.MaxMetadataBytes)}}
		}},
		{"MaxMetadataBytes", domain.MaxMetadataBytes, func(n int) domain.Event {
			return domain.Event{Type: "good", Metadata: domain.Metadata{Values: map[string]string{long(n): long(domain.MaxMetadataBytes)}}}
		}},
		{"MaxMetadataBytes", domain.MaxMetadataBytes, func(n int) domain.Event {
			return domain.Event{Type: "good", Metadata: domain.Metadata{Values: map[string]string{"key": long(n)}}}
		}},
	} {
		full := row.of(row.most)
		positions, err := store.Append(t.Context(), []domain.Event{full})
		if err != nil {
			t.Errorf("an event at %s is refused: %v", row.limit, err)
			continue
		}
		_, err = store.Append(t.Context(), []domain.Event{row.of(row.most + 1)})
		wantLimit(t, err, row.limit, row.most)

		got := collect(t, mustRead(t, store, domain.All(), ports.ReadOptions{After: positions.First - 1}))
		if len(got) != 1 {
			t.Errorf("after one append at %s and one above it, %d events were added, want 1", row.limit, len(got))
			continue
		}
		full.Metadata.ID, full.Metadata.OccurredAt = got[0].Metadata.ID, got[0].Metadata.OccurredAt
		if full.Data == nil {
			full.Data = []byte("null")
		}
		if pictureOf(got[0].Event) != pictureOf(full) {
			t.Errorf("an event at %s came back changed", row.limit)
		}
	}
	twice := event("good", append(numberedTags(domain.MaxTags), "tag:000", "tag:001")...)
	mustAppend(t, store, twice)
	spaced := domain.Event{Type: "good", Data: []byte("  \"" + long(domain.MaxDataBytes-2) + "\"\n")}
	mustAppend(t, store, spaced)
}

func batchEventsLimit(t testing.TB, f Fixture) {
	store := open(t, f)
	batch := make([]domain.Event, domain.MaxBatchEvents+1)
	for i := range batch {
		batch[i] = event("counted")
	}
	_, err := store.Append(t.Context(), batch)
	wantLimit(t, err, "MaxBatchEvents", domain.MaxBatchEvents)
	if head := mustHead(t, store); head != 0 {
		t.Errorf("a batch that is too large moved the head to %d", head)
	}
	mustAppend(t, store, batch[1:]...)
	if got := len(readAll(t, store)); got != domain.MaxBatchEvents {
		t.Errorf("a batch of %d events came back as %d", domain.MaxBatchEvents, got)
	}
}

// largestBatch returns a batch of MaxBatchBytes, whose events have the given id:
// one event as large as data may be, events full of metadata, which is quicker to
// check than data, and one that fills the rest.
func largestBatch(id string) []domain.Event {
	text := func(n int) []byte { return []byte(`"` + strings.Repeat("x", n-2) + `"`) }
	meta := domain.Metadata{ID: id}
	full := domain.Event{Type: "m", Data: []byte("1"), Metadata: domain.Metadata{ID: id, UserID: "u", Values: map[string]string{}}}
	for i := range domain.MaxMetadataValues {
		full.Metadata.Values[fmt.Sprintf("%03d", i)] = strings.Repeat("v", domain.MaxMetadataBytes)
	}
	fullSize := len("m"+"1"+"u"+id) + domain.MaxMetadataValues*(3+domain.MaxMetadataBytes)

	batch := []domain.Event{{Type: "d", Data: text(domain.MaxDataBytes), Metadata: meta}}
	rest := domain.MaxBatchBytes - domain.MaxDataBytes - len("d"+id)
	for ; rest > fullSize; rest -= fullSize {
		batch = append(batch, full)
	}
	return append(batch, domain.Event{Type: "r", Tags: []domain.Tag{"tag"}, Data: text(rest - len("r"+"tag"+id)), Metadata: meta})
}

func batchBytesLimit(t testing.TB, f Fixture) {
	store := open(t, f)
	batch := largestBatch("id")
	over := slices.Clone(batch)
	over[len(over)-1].Tags = []domain.Tag{"tags"}
	_, err := store.Append(t.Context(), over)
	wantLimit(t, err, "MaxBatchBytes", domain.MaxBatchBytes)
	if head := mustHead(t, store); head != 0 {
		t.Errorf("a batch that is too large moved the head to %d", head)
	}

	mustAppend(t, store, batch...)
	for i, e := range wantDense(t, store, len(batch)) {
		if !bytes.Equal(e.Data, batch[i].Data) || !maps.Equal(e.Metadata.Values, batch[i].Metadata.Values) {
			t.Errorf("the event at position %d of a batch as large as may be came back changed", e.Position)
		}
	}
}

func filledInDoesNotCount(t testing.TB, f Fixture) {
	store := open(t, f)
	batch := largestBatch("")
	if _, err := store.Append(t.Context(), batch); err != nil {
		t.Fatalf("a batch of %d bytes without ids is refused: %v", domain.MaxBatchBytes, err)
	}
	for _, e := range wantDense(t, store, len(batch)) {
		if e.Metadata.ID == "" {
			t.Errorf("the event at position %d has no id", e.Position)
		}
	}
}

func queryLimits(t testing.TB, f Fixture) {
	store := openDay(t, f)
	manyItems := func(n int) domain.Query {
		list := []domain.QueryItem{domain.OfTypes("counted")}
		for i := range n - 1 {
			list = append(list, domain.Tagged(domain.Tag(fmt.Sprintf("absent:%d", i))))
		}
		return domain.NewQuery(list...)
	}
	manyTypes := func(n int) domain.Query {
		list := []string{"counted"}
		for i := range n - 1 {
			list = append(list, fmt.Sprintf("absent%d", i))
		}
		return ofType(list...)
	}
	many := numberedTags(domain.MaxTags + 1)
	mustAppend(t, store, named("many", "tagged", many[:domain.MaxTags]...))
	manyTags := func(n int) domain.Query { return tagged(many[:n]...) }

	for _, row := range []struct {
		limit string
		most  int
		of    func(int) domain.Query
		want  string
	}{
		{"MaxQueryItems", domain.MaxQueryItems, manyItems, "d"},
		{"MaxQueryTypes", domain.MaxQueryTypes, manyTypes, "d"},
		{"MaxTags", domain.MaxTags, manyTags, "many"},
	} {
		full, over := row.of(row.most), row.of(row.most+1)
		if got := names(t, store, full, forwards); got != row.want {
			t.Errorf("a query at %s selects %q, want %q", row.limit, got, row.want)
		}
		mustConflict(t, store, []domain.Event{event("good")}, none(full))
		mustAppendIf(t, store, []domain.Event{event("good")}, noneAfter(7, full))

		_, err := store.Read(t.Context(), over, forwards)
		wantLimit(t, err, row.limit, row.most)
		_, err = store.Append(t.Context(), []domain.Event{event("good")}, none(over))
		wantLimit(t, err, row.limit, row.most)
		_, err = follow(t, store.Subscribe(t.Context(), over, 0)).end(t, f)
		wantLimit(t, err, row.limit, row.most)
	}
}

func conditionsLimit(t testing.TB, f Fixture) {
	store := openDay(t, f)
	conditions := make([]domain.AppendCondition, domain.MaxConditions+1)
	for i := range conditions {
		conditions[i] = none(tagged(domain.Tag(fmt.Sprintf("absent:%d", i))))
	}
	good := []domain.Event{event("good")}
	_, err := store.Append(t.Context(), good, conditions...)
	wantLimit(t, err, "MaxConditions", domain.MaxConditions)
	mustAppendIf(t, store, good, conditions[1:]...)
	conditions[domain.MaxConditions] = none(ofType("counted"))
	conflict := mustConflict(t, store, good, conditions[1:]...)
	if want := domain.MaxConditions - 1; conflict.Condition != want {
		t.Errorf("the conflict names condition %d, want %d", conflict.Condition, want)
	}
}
