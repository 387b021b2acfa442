package journal

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const escapeSize = len(`\u0000`)

// unquote returns what the JSON string at i of text says and where it ends. It
// takes any JSON string that is text: valid UTF-8 and no half of a surrogate pair,
// both of which encoding/json would replace without a word.
func unquote(text string, i int) (said string, end int, ok bool) {
	end = afterText(text, i)
	if end < 0 {
		return "", 0, false
	}
	inner := text[i+1 : end-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner, end, true
	}
	var b strings.Builder
	b.Grow(len(inner))
	for at := 0; at < len(inner); {
		next := strings.IndexByte(inner[at:], '\\')
		if next < 0 {
			b.WriteString(inner[at:])
			break
		}
		b.WriteString(inner[at : at+next])
		at += next
		if inner[at+1] == 'u' {
			r, size := escapedRune(inner, at)
			b.WriteRune(r)
			at += size
			continue
		}
		const names, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		b.WriteByte(meanings[strings.IndexByte(names, inner[at+1])])
		at += 2
	}
	return b.String(), end, true
}

// escapedRune returns the character that the \u escape at i of text stands for,
// which takes two of them beyond the first 65,536, and how many bytes it takes: 0
// for what is no character.
func escapedRune(text string, i int) (rune, int) {
	first, ok := codeUnit(text, i)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, escapeSize
	}
	second, ok := codeUnit(text, i+escapeSize)
	r := utf16.DecodeRune(first, second)
	if !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 2 * escapeSize
}

// codeUnit returns the number of the \u escape at i of text.
func codeUnit(text string, i int) (rune, bool) {
	if len(text)-i < escapeSize || text[i] != '\\' || text[i+1] != 'u' {
		return 0, false
	}
	var unit rune
	for _, c := range []byte(text[i+2 : i+escapeSize]) {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | rune(c)
	}
	return unit, true
}
