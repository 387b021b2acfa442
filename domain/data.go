package domain

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// compact checks that data is one JSON value in valid UTF-8, not nested
// deeper than MaxDataDepth, and drops the white space between its tokens. What
// encoding/json tolerates is refused here: it would accept broken UTF-8 and
// replace it silently on the way out. Hostile input costs a few passes and, while
// it is too long or too deep, no memory.
func (r *room) compact(data json.RawMessage) (json.RawMessage, error) {
	if len(data) == 0 {
		return json.RawMessage("null"), nil
	}
	// Indented data may be larger than its compact form; a bound on the input
	// keeps the work bounded too.
	if len(data) > 8*MaxDataBytes {
		return nil, &LimitError{Limit: "MaxDataBytes", Value: len(data), Max: MaxDataBytes}
	}
	spaces, ok := looseSpace(data)
	if !ok || len(data)-spaces > MaxDataBytes {
		return nil, dataRefusal(data)
	}
	return r.keep(data, spaces), nil
}

// dataRefusal says what is wrong with data that is refused, the broadest reason
// first. There is time to look at it once for each.
func dataRefusal(data []byte) error {
	if !utf8.Valid(data) {
		return &ValidationError{Value: shown(string(data)), Rule: "must be JSON in valid UTF-8"}
	}
	if depth := nesting(data); depth > MaxDataDepth {
		return &LimitError{Limit: "MaxDataDepth", Value: depth, Max: MaxDataDepth}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return &ValidationError{Value: shown(string(data)), Rule: "must be one JSON value: " + err.Error()}
	}
	if err := limit("MaxDataBytes", compact.Len(), MaxDataBytes); err != nil {
		return err
	}
	return &ValidationError{
		Value: halfPair(data),
		Rule:  "must not escape half of a surrogate pair: that is no text, and readers of JSON refuse or replace it",
	}
}

// halfPair returns the first \u escape of data, which is valid JSON, that stands
// for one half of a surrogate pair without the other; "" when there is none.
func halfPair(data []byte) string {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		n := escapeLen(data[i:])
		if n == 0 {
			return string(data[i : i+escapeLength])
		}
		i += n - 1
	}
	return ""
}

// nesting returns how deep brackets are nested outside of strings. It gives up
// one level past the limit.
func nesting(data []byte) int {
	depth, deepest, inString := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			depth++
			if deepest = max(deepest, depth); deepest > MaxDataDepth {
				return deepest
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}
