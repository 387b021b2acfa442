package domain

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const textRule = "must be valid UTF-8 without NUL"

// Validate checks the query: it is [All] or has 1 to [MaxQueryItems] items, each
// with at least one type or tag, all of them valid. The error is a
// [*ValidationError] or a [*LimitError].
func (q Query) Validate() error { return q.validate("query") }

func (q Query) validate(field string) error {
	if q.all {
		return nil
	}
	if len(q.items) == 0 {
		return &ValidationError{Field: field, Rule: "must be All() or have at least one item; the zero Query selects nothing"}
	}
	if err := limit(field, "MaxQueryItems", len(q.items), MaxQueryItems); err != nil {
		return err
	}
	for i, item := range q.items {
		at := fmt.Sprintf("%s.items[%d]", field, i)
		if len(item.Types) == 0 && len(item.Tags) == 0 {
			return &ValidationError{Field: at, Rule: "must have at least one type or tag; say All() to select everything"}
		}
		if err := limit(at+".types", "MaxQueryTypes", len(item.Types), MaxQueryTypes); err != nil {
			return err
		}
		if err := limit(at+".tags", "MaxTags", len(item.Tags), MaxTags); err != nil {
			return err
		}
		for n, typ := range item.Types {
			if err := validateText(fmt.Sprintf("%s.types[%d]", at, n), typ, "MaxTypeBytes", MaxTypeBytes); err != nil {
				return err
			}
		}
		for n, tag := range item.Tags {
			if err := validateTag(fmt.Sprintf("%s.tags[%d]", at, n), tag); err != nil {
				return err
			}
		}
	}
	return nil
}

// ValidateConditions checks the number of conditions and the query of each. The
// error names the condition by its index.
func ValidateConditions(conditions []AppendCondition) error {
	if err := limit("conditions", "MaxConditions", len(conditions), MaxConditions); err != nil {
		return err
	}
	for i, c := range conditions {
		if err := c.FailIfEventsMatch.validate(fmt.Sprintf("conditions[%d].failIfEventsMatch", i)); err != nil {
			return err
		}
	}
	return nil
}

// PrepareEvents checks a batch and returns it in the form in which stores keep
// it: tags sorted without duplicates, data without insignificant white space.
// The input is not changed and shares no memory with the result. An empty batch
// is invalid. The error names the event by its index and the field in it.
func PrepareEvents(events []Event) ([]Event, error) {
	if len(events) == 0 {
		return nil, &ValidationError{Field: "events", Rule: "must hold at least one event"}
	}
	if err := limit("events", "MaxBatchEvents", len(events), MaxBatchEvents); err != nil {
		return nil, err
	}
	prepared := make([]Event, len(events))
	size := 0
	for i, e := range events {
		p, err := e.prepare(fmt.Sprintf("events[%d]", i))
		if err != nil {
			return nil, err
		}
		size += p.size()
		prepared[i] = p
	}
	if err := limit("events", "MaxBatchBytes", size, MaxBatchBytes); err != nil {
		return nil, err
	}
	return prepared, nil
}

// size is the number of bytes of all texts of the event.
func (e Event) size() int {
	m := e.Metadata
	size := len(e.Type) + len(e.Data) + len(m.ID) + len(m.CorrelationID) + len(m.CausationID) + len(m.OperationID) + len(m.UserID)
	for _, tag := range e.Tags {
		size += len(tag)
	}
	for key, value := range m.Values {
		size += len(key) + len(value)
	}
	return size
}

func (e Event) prepare(field string) (Event, error) {
	if err := validateText(field+".type", e.Type, "MaxTypeBytes", MaxTypeBytes); err != nil {
		return Event{}, err
	}
	for i, tag := range e.Tags {
		if err := validateTag(fmt.Sprintf("%s.tags[%d]", field, i), tag); err != nil {
			return Event{}, fmt.Errorf("%w (event type %s)", err, shown(e.Type))
		}
	}
	e.Tags = sortedSet(e.Tags)
	if err := limit(field+".tags", "MaxTags", len(e.Tags), MaxTags); err != nil {
		return Event{}, err
	}
	data, err := compactData(field+".data", e.Data)
	if err != nil {
		return Event{}, err
	}
	e.Data = data
	if e.Metadata, err = e.Metadata.prepare(field + ".metadata"); err != nil {
		return Event{}, err
	}
	return e, nil
}

func (m Metadata) prepare(field string) (Metadata, error) {
	for _, f := range []struct{ name, text string }{
		{"id", m.ID},
		{"correlationId", m.CorrelationID},
		{"causationId", m.CausationID},
		{"operationId", m.OperationID},
		{"userId", m.UserID},
	} {
		if err := validateOptional(field+"."+f.name, f.text); err != nil {
			return Metadata{}, err
		}
	}
	if err := limit(field+".values", "MaxMetadataValues", len(m.Values), MaxMetadataValues); err != nil {
		return Metadata{}, err
	}
	var values map[string]string
	if len(m.Values) > 0 {
		values = make(map[string]string, len(m.Values))
	}
	for key, value := range m.Values {
		if err := validateText(field+".values key", key, "MaxMetadataBytes", MaxMetadataBytes); err != nil {
			return Metadata{}, err
		}
		if err := validateOptional(field+".values["+shown(key)+"]", value); err != nil {
			return Metadata{}, err
		}
		values[key] = value
	}
	m.Values = values
	if !m.OccurredAt.IsZero() {
		m.OccurredAt = storable(m.OccurredAt)
		if y := m.OccurredAt.Year(); y < 1 || y > 9999 {
			return Metadata{}, &ValidationError{Field: field + ".occurredAt", Value: shown(m.OccurredAt.String()), Rule: "must lie in the years 1 to 9999"}
		}
	}
	return m, nil
}

// storable drops what the text form of a time cannot carry: the monotonic
// reading, the zone's name, and an offset that is not whole minutes.
func storable(t time.Time) time.Time {
	_, offset := t.Zone()
	if offset == 0 || offset%60 != 0 || offset <= -24*3600 || offset >= 24*3600 {
		return t.UTC().Round(0)
	}
	return t.In(time.FixedZone("", offset)).Round(0)
}

func validateTag(field string, tag Tag) error {
	if tag == "" {
		return &ValidationError{
			Field: field, Value: `""`,
			Rule: "must not be empty (NewTag returns the empty tag when its key or value is empty or its key contains a colon)",
		}
	}
	return validateText(field, string(tag), "MaxTagBytes", MaxTagBytes)
}

func validateOptional(field, text string) error {
	if text == "" {
		return nil
	}
	return validateText(field, text, "MaxMetadataBytes", MaxMetadataBytes)
}

func validateText(field, text, limitName string, most int) error {
	if text == "" {
		return &ValidationError{Field: field, Value: `""`, Rule: "must not be empty"}
	}
	if err := limit(field, limitName, len(text), most); err != nil {
		return err
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return &ValidationError{Field: field, Value: shown(text), Rule: textRule}
	}
	return nil
}

func limit(field, name string, value, most int) error {
	if value > most {
		return &LimitError{Field: field, Limit: name, Value: value, Max: most}
	}
	return nil
}
