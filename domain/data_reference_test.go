package domain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/opossum-go/opossum/domain"
)

// referenceData says what becomes of data in the plainest way: one rule after the
// other, and encoding/json for the grammar.
func referenceData(data json.RawMessage) (json.RawMessage, error) {
	const field = "events[0].data"
	if len(data) == 0 {
		return json.RawMessage("null"), nil
	}
	if len(data) > 8*domain.MaxDataBytes {
		return nil, &domain.LimitError{Field: field, Limit: "MaxDataBytes", Value: len(data), Max: domain.MaxDataBytes}
	}
	if !utf8.Valid(data) {
		return nil, &domain.ValidationError{Field: field, Value: referenceShown(string(data)), Rule: "must be JSON in valid UTF-8"}
	}
	if depth := referenceNesting(data); depth > domain.MaxDataDepth {
		return nil, &domain.LimitError{Field: field, Limit: "MaxDataDepth", Value: depth, Max: domain.MaxDataDepth}
	}
	var out bytes.Buffer
	if err := json.Compact(&out, data); err != nil {
		return nil, &domain.ValidationError{Field: field, Value: referenceShown(string(data)), Rule: "must be one JSON value: " + err.Error()}
	}
	if out.Len() > domain.MaxDataBytes {
		return nil, &domain.LimitError{Field: field, Limit: "MaxDataBytes", Value: out.Len(), Max: domain.MaxDataBytes}
	}
	if half := referenceHalfPair(out.Bytes()); half != "" {
		return nil, &domain.ValidationError{Field: field, Value: half, Rule: "must not escape half of a surrogate pair: that is no text, and readers of JSON refuse or replace it"}
	}
	return out.Bytes(), nil
}

// referenceHalfPair returns the first escape in valid JSON that is one half of a
// surrogate pair without the other.
func referenceHalfPair(data []byte) string {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		first := referenceEscaped(data[i:])
		if !utf16.IsSurrogate(first) {
			i++ // the escaped character, which may be another backslash
			continue
		}
		if utf16.DecodeRune(first, referenceEscaped(data[i+6:])) == utf8.RuneError {
			return string(data[i : i+6])
		}
		i += 11
	}
	return ""
}

func referenceEscaped(data []byte) rune {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}

// referenceNesting returns how deep brackets are nested outside of strings, and
// gives up one level past the limit.
func referenceNesting(data []byte) int {
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
			if deepest = max(deepest, depth); deepest > domain.MaxDataDepth {
				return deepest
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

func referenceShown(s string) string {
	cut := 40
	if len(s) <= cut {
		return strconv.Quote(s)
	}
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}

// checkReference fails the test when PrepareEvents decides otherwise about data
// than the reference: another verdict, other bytes, another error.
func checkReference(t *testing.T, data string) {
	t.Helper()
	given := []byte(data)
	prepared, err := domain.PrepareEvents([]domain.Event{{Type: "A", Data: given}})
	want, wantErr := referenceData([]byte(data))
	if string(given) != data {
		t.Fatalf("data %q was changed to %q", data, given)
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("data %q: error %v, want %v", data, err, wantErr)
	}
	if err != nil {
		if err.Error() != wantErr.Error() || errors.Is(err, domain.ErrLimit) != errors.Is(wantErr, domain.ErrLimit) {
			t.Fatalf("data %q: error\n got: %v\nwant: %v", data, err, wantErr)
		}
		return
	}
	if !bytes.Equal(prepared[0].Data, want) {
		t.Fatalf("data %q became %q, want %q", data, prepared[0].Data, want)
	}
}

// FuzzDataLikeTheReference holds that data is decided about as the reference does.
func FuzzDataLikeTheReference(f *testing.F) {
	for _, seed := range []string{
		"", " ", "null", "[1, -0.5e+10, 0E0, 01, .5, 1.]", `{"a" : {"b":[true,false , null]}, "a":"\u00e9\n\/"}`,
		`"\ud83d\uDE00\ud83d"`, `"\ud83d\u0041"`, `"\uDE00"`, "\"né\u2028🦝\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"a\x1f\"",
		"\"eight by\tes\"", `{"a":1,}`, `{1:2}`, `[}`, `{"a"]`, `{,}`, `[,]`, `1 2`, `"\u12g4"`, `"\x"`, "\ufeff1", "[1\x00]",
		strings.Repeat("[", 101), strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) { checkReference(t, data) })
}

func TestDataMadeOfAnyFewTokensIsDecidedAsByTheReference(t *testing.T) {
	t.Parallel()
	tokens := []string{
		"{", "}", "[", "]", ":", ",", " ", `"a"`, `"`, `\`, "0", "1", "-", ".", "e", "+", "true",
	}
	const most = 4
	var extend func(data string, n int)
	extend = func(data string, n int) {
		checkReference(t, data)
		if n == 0 {
			return
		}
		for _, token := range tokens {
			extend(data+token, n-1)
		}
	}
	extend("", most)
}

func TestDataOneByteAwayFromValidIsDecidedAsByTheReference(t *testing.T) {
	t.Parallel()
	const valid = `{"a": [-1.5e+3, "éx\ud83d\ude00\"", {}], "long enough for words": "ü",` + "\t" + `"b": [[], null, true]}`
	checkReference(t, valid)
	for i := range len(valid) {
		checkReference(t, valid[:i])
		checkReference(t, valid[:i]+valid[i+1:])
		for b := range 256 {
			checkReference(t, valid[:i]+string([]byte{byte(b)})+valid[i+1:])
			checkReference(t, valid[:i]+string([]byte{byte(b)})+valid[i:])
		}
	}
}

func TestEveryByteAtEveryPlaceOfATextIsDecidedAsByTheReference(t *testing.T) {
	t.Parallel()
	for length := range 20 {
		text := strings.Repeat("x", length)
		for i := range length {
			for b := range 256 {
				checkReference(t, `"`+text[:i]+string([]byte{byte(b)})+text[i+1:]+`"`)
			}
		}
	}
	for first := 0x80; first <= 0xff; first++ {
		for second := range 256 {
			for _, rest := range []string{"", "\x80", "\xbf\x80"} {
				checkReference(t, `"`+string([]byte{byte(first), byte(second)})+rest+`"`)
			}
		}
	}
}

func TestEscapesAreDecidedAsByTheReference(t *testing.T) {
	t.Parallel()
	escape := func(unit int) string { return fmt.Sprintf(`\u%04x`, unit) }
	for unit := 0; unit < 1<<16; unit += 5 {
		checkReference(t, `"`+escape(unit)+`"`)
	}
	borders := []int{0, 0x22, 0x5c, 0xd7ff, 0xd800, 0xd8ff, 0xdbff, 0xdc00, 0xdcff, 0xdfff, 0xe000, 0xffff}
	for _, first := range borders {
		for _, second := range borders {
			for _, between := range []string{"", "x", `\\`, `\"`, " ", "é", `"`, `","`} {
				checkReference(t, `["`+escape(first)+between+strings.ToUpper(escape(second)[2:])+`"]`)
				checkReference(t, `["`+escape(first)+between+escape(second)+`"]`)
				checkReference(t, `["`+escape(first)+between+`\u`+strings.ToUpper(escape(second)[2:])+escape(first)+`"]`)
			}
		}
	}
}

func TestDataAtTheLimitsIsDecidedAsByTheReference(t *testing.T) {
	t.Parallel()
	const most = domain.MaxDataBytes
	for _, data := range []string{
		`"` + strings.Repeat("d", most-2) + `"`,
		`"` + strings.Repeat("d", most-1) + `"`,
		` ["` + strings.Repeat("d", most-4) + `"] `,
		` ["` + strings.Repeat("d", most-3) + `"] `,
		`["` + strings.Repeat("d", most-3) + `", \ud800]`,
		`"` + strings.Repeat(`\ud800`, most/6+1) + `"`,
		strings.Repeat(" ", 8*most-1) + "1",
		strings.Repeat(" ", 8*most) + "1",
		strings.Repeat(" ", 8*most),
		strings.Repeat("\xff", 8*most),
		strings.Repeat(`{"a": [`, 50) + strings.Repeat("]}", 50),
		strings.Repeat(`{"a": [`, 50) + "[" + strings.Repeat("]}", 50),
		strings.Repeat(`[`, 101) + "\xff",
	} {
		checkReference(t, data)
	}
}
