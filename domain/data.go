package domain

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// compactData checks that data is one JSON value in valid UTF-8, not nested
// deeper than MaxDataDepth, and drops the white space between its tokens. What
// encoding/json tolerates is refused here: it would accept broken UTF-8 and
// replace it silently on the way out. Size and depth are checked first, so that
// hostile input costs one pass and no memory.
func compactData(field string, data json.RawMessage) (json.RawMessage, error) {
	if len(data) == 0 {
		return json.RawMessage("null"), nil
	}
	// Indented data may be larger than its compact form; a bound on the input
	// keeps the work bounded too.
	if len(data) > 8*MaxDataBytes {
		return nil, &LimitError{Field: field, Limit: "MaxDataBytes", Value: len(data), Max: MaxDataBytes}
	}
	if !utf8.Valid(data) {
		return nil, &ValidationError{Field: field, Value: shown(string(data)), Rule: "must be JSON in valid UTF-8"}
	}
	if depth := nesting(data); depth > MaxDataDepth {
		return nil, &LimitError{Field: field, Limit: "MaxDataDepth", Value: depth, Max: MaxDataDepth}
	}
	var out bytes.Buffer
	out.Grow(len(data))
	if err := json.Compact(&out, data); err != nil {
		return nil, &ValidationError{Field: field, Value: shown(string(data)), Rule: "must be one JSON value: " + err.Error()}
	}
	if err := limit(field, "MaxDataBytes", out.Len(), MaxDataBytes); err != nil {
		return nil, err
	}
	if half := halfPair(out.Bytes()); half != "" {
		return nil, &ValidationError{Field: field, Value: half, Rule: "must not escape half of a surrogate pair: that is no text, and readers of JSON refuse or replace it"}
	}
	return out.Bytes(), nil
}

// escapeLength is the length of an escape such as \u00e9, in bytes.
const escapeLength = 6

// halfPair returns the first \u escape of data, which is valid JSON, that stands
// for one half of a surrogate pair without the other; "" when there is none.
func halfPair(data []byte) string {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		first := escaped(data[i:])
		if !utf16.IsSurrogate(first) {
			i++ // the escaped character, which may be another backslash
			continue
		}
		if utf16.DecodeRune(first, escaped(data[i+escapeLength:])) == utf8.RuneError {
			return string(data[i : i+escapeLength])
		}
		i += 2*escapeLength - 1
	}
	return ""
}

// escaped returns the code unit of the \u escape that data begins with, or -1.
func escaped(data []byte) rune {
	if len(data) < escapeLength || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(data[2:escapeLength]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
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
