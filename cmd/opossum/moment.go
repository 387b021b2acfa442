package main

import (
	"fmt"
	"strings"
	"time"
)

// moment is a point in time as people give it. The zero moment is none.
type moment struct{ time.Time }

// momentForms are what a moment may look like; without a zone it is the time of
// the place.
var momentForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

// UnmarshalText understands a date, a date with a time, and how long ago it was.
func (m *moment) UnmarshalText(text []byte) error {
	for _, form := range momentForms {
		if at, err := time.ParseInLocation(form, string(text), time.Local); err == nil {
			m.Time = at
			return nil
		}
	}
	ago, err := time.ParseDuration(string(text))
	if err == nil && (ago < 0 || len(text) > 0 && text[0] == '+') {
		return fmt.Errorf("%q is no time: how long ago it was is written without a sign, such as %s", text, strings.TrimLeft(string(text), "+-"))
	}
	if err != nil {
		return fmt.Errorf("%q is no time; write 2026-01-02, 2026-01-02T15:04, 2026-01-02T15:04:05Z, or 90m for 90 minutes ago; a day is 24h", text)
	}
	m.Time = time.Now().Add(-ago)
	return nil
}
