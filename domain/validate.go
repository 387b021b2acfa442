package domain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const textRule = "must be valid UTF-8 without NUL"

// Validate checks the query: it is [All] or has 1 to [MaxQueryItems] items, each
// with at least one type or tag, all of them valid. The error is a
// [*ValidationError] or a [*LimitError].
func (q Query) Validate() error {
	if err := q.validate(); err != nil {
		return within("query", err)
	}
	return nil
}

// The errors of the checks below name no field, or one inside of what is checked:
// whoever calls them puts its own place before it, which costs nothing while all
// is well. See [within].

func (q Query) validate() error {
	if q.all {
		return nil
	}
	if len(q.items) == 0 {
		return &ValidationError{Rule: "must be All() or have at least one item; the zero Query selects nothing"}
	}
	if err := limit("MaxQueryItems", len(q.items), MaxQueryItems); err != nil {
		return err
	}
	for i := range q.items {
		if err := q.items[i].validate(); err != nil {
			return within(fmt.Sprintf("items[%d]", i), err)
		}
	}
	return nil
}

func (i QueryItem) validate() error {
	if len(i.Types) == 0 && len(i.Tags) == 0 {
		return &ValidationError{Rule: "must have at least one type or tag; say All() to select everything"}
	}
	if err := limit("MaxQueryTypes", len(i.Types), MaxQueryTypes); err != nil {
		return within("types", err)
	}
	if err := limit("MaxTags", len(i.Tags), MaxTags); err != nil {
		return within("tags", err)
	}
	for n, typ := range i.Types {
		if err := validateText(typ, "MaxTypeBytes", MaxTypeBytes); err != nil {
			return within(fmt.Sprintf("types[%d]", n), err)
		}
	}
	for n, tag := range i.Tags {
		if err := validateTag(tag); err != nil {
			return within(fmt.Sprintf("tags[%d]", n), err)
		}
	}
	return nil
}

// ValidateConditions checks the number of conditions and the query of each. The
// error names the condition by its index.
func ValidateConditions(conditions []AppendCondition) error {
	if err := limit("MaxConditions", len(conditions), MaxConditions); err != nil {
		return within("conditions", err)
	}
	for i := range conditions {
		if err := conditions[i].FailIfEventsMatch.validate(); err != nil {
			return within(fmt.Sprintf("conditions[%d].failIfEventsMatch", i), err)
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
	if err := limit("MaxBatchEvents", len(events), MaxBatchEvents); err != nil {
		return nil, within("events", err)
	}
	prepared, own := slices.Clone(events), newRoom(events)
	size := 0
	for i := range prepared {
		if err := prepared[i].prepare(i, &own); err != nil {
			return nil, err
		}
		size += prepared[i].size()
	}
	if err := limit("MaxBatchBytes", size, MaxBatchBytes); err != nil {
		return nil, within("events", err)
	}
	return prepared, nil
}

// size is the number of bytes of all texts of the event.
func (e *Event) size() int {
	m := &e.Metadata
	size := len(e.Type) + len(e.Data) + len(m.ID) + len(m.CorrelationID) + len(m.CausationID) + len(m.OperationID) + len(m.UserID)
	for _, tag := range e.Tags {
		size += len(tag)
	}
	if len(m.Values) > 0 { // a walk over no values takes its time too
		for key, value := range m.Values {
			size += len(key) + len(value)
		}
	}
	return size
}

// prepare checks the event at the given index of a batch and brings it into the
// form in which stores keep it, in room that is its own.
func (e *Event) prepare(index int, own *room) error {
	if err := validateText(e.Type, "MaxTypeBytes", MaxTypeBytes); err != nil {
		return withinEvent(index, "type", err)
	}
	for i, tag := range e.Tags {
		if err := validateTag(tag); err != nil {
			return fmt.Errorf("%w (event type %s)", withinEvent(index, fmt.Sprintf("tags[%d]", i), err), shown(e.Type))
		}
	}
	e.Tags = own.set(e.Tags)
	if err := limit("MaxTags", len(e.Tags), MaxTags); err != nil {
		return withinEvent(index, "tags", err)
	}
	data, err := own.compact(e.Data)
	if err != nil {
		return withinEvent(index, "data", err)
	}
	e.Data = data
	if err := e.Metadata.prepare(); err != nil {
		return withinEvent(index, "metadata", err)
	}
	return nil
}

func withinEvent(index int, field string, err error) error {
	return within(fmt.Sprintf("events[%d].%s", index, field), err)
}

func (m *Metadata) prepare() error {
	for i, text := range [...]*string{&m.ID, &m.CorrelationID, &m.CausationID, &m.OperationID, &m.UserID} {
		if err := validateOptional(*text); err != nil {
			return within([...]string{"id", "correlationId", "causationId", "operationId", "userId"}[i], err)
		}
	}
	if m.Values != nil {
		values, err := prepareValues(m.Values)
		if err != nil {
			return err
		}
		m.Values = values
	}
	if !m.OccurredAt.IsZero() {
		m.OccurredAt = storable(m.OccurredAt)
		if y := m.OccurredAt.Year(); y < 1 || y > 9999 {
			return &ValidationError{Field: "occurredAt", Value: shown(m.OccurredAt.String()), Rule: "must lie in the years 1 to 9999"}
		}
	}
	return nil
}

// prepareValues checks free metadata values and returns a copy, nil for none.
func prepareValues(values map[string]string) (map[string]string, error) {
	if len(values) == 0 {
		return nil, nil
	}
	if err := limit("MaxMetadataValues", len(values), MaxMetadataValues); err != nil {
		return nil, within("values", err)
	}
	own := make(map[string]string, len(values))
	for key, value := range values {
		if err := validateText(key, "MaxMetadataBytes", MaxMetadataBytes); err != nil {
			return nil, within("values key", err)
		}
		if err := validateOptional(value); err != nil {
			return nil, within("values["+shown(key)+"]", err)
		}
		own[key] = value
	}
	return own, nil
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

func validateTag(tag Tag) error {
	if tag == "" {
		return &ValidationError{
			Value: `""`,
			Rule:  "must not be empty (NewTag returns the empty tag when its key or value is empty or its key contains a colon)",
		}
	}
	return validateText(string(tag), "MaxTagBytes", MaxTagBytes)
}

func validateOptional(text string) error {
	if text == "" {
		return nil
	}
	return validateText(text, "MaxMetadataBytes", MaxMetadataBytes)
}

func validateText(text, limitName string, most int) error {
	if text == "" {
		return &ValidationError{Value: `""`, Rule: "must not be empty"}
	}
	if err := limit(limitName, len(text), most); err != nil {
		return err
	}
	if !isPlain(text) && (!utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0) {
		return &ValidationError{Value: shown(text), Rule: textRule}
	}
	return nil
}

// isPlain reports whether text is ASCII without NUL, as nearly all texts are.
func isPlain(text string) bool {
	b := []byte(text) // no copy, as b is only read
	if len(b) < wordSize {
		for _, c := range b {
			if c == 0 || c >= utf8.RuneSelf {
				return false
			}
		}
		return true
	}
	// The high bit of a byte is set in w when it is beyond ASCII, and in what remains
	// of w less one in each byte when it is zero. The last word begins where it fits.
	var marks uint64
	for i := 0; i < len(b); i += wordSize {
		w := binary.LittleEndian.Uint64(b[min(i, len(b)-wordSize):])
		marks |= w | (w - ones)
	}
	return marks&highs == 0
}

func limit(name string, value, most int) error {
	if value > most {
		return &LimitError{Limit: name, Value: value, Max: most}
	}
	return nil
}

// within puts field before the field that err names, or lets err name field when
// it names none. err is a new error of this package that nobody else has seen.
func within(field string, err error) error {
	var named *string
	if invalid, ok := errors.AsType[*ValidationError](err); ok {
		named = &invalid.Field
	} else if over, ok := errors.AsType[*LimitError](err); ok {
		named = &over.Field
	} else {
		return err
	}
	if *named == "" {
		*named = field
	} else {
		*named = field + "." + *named
	}
	return err
}
