package dispensing_test

import (
	"testing"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	m, err := time.Parse("2006-01-02 15:04:05 -0700", text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCalendarTurnsLimitsIntoMoments(t *testing.T) {
	t.Parallel()
	west := dispensing.Calendar{Location: time.FixedZone("west", -8*60*60)}
	closedOnTuesday := dispensing.Calendar{Holiday: func(t time.Time) bool { return t.Weekday() == time.Tuesday }}
	var utc dispensing.Calendar
	tests := []struct {
		name string
		due  func(time.Time) time.Time
		from string
		want string
	}{
		{"30 days end with the thirtieth day", days(utc, 30), "2025-03-03 09:00:00 +0000", "2025-04-02 23:59:59 +0000"},
		{"a day is a day of the pharmacy's zone", days(west, 1), "2025-03-03 02:00:00 +0000", "2025-03-03 23:59:59 -0800"},
		{"6 months end on the same day of the month", months(utc, 6), "2025-03-03 09:00:00 +0000", "2025-09-03 23:59:59 +0000"},
		{"6 months after August 31 end on the last of February", months(utc, 6), "2025-08-31 09:00:00 +0000", "2026-02-28 23:59:59 +0000"},
		{"24 months know leap years", months(utc, 24), "2024-02-29 09:00:00 +0000", "2026-02-28 23:59:59 +0000"},
		{"a business day after Monday is Tuesday", utc.BusinessDayAfter, "2025-03-03 16:00:00 +0000", "2025-03-04 16:00:00 +0000"},
		{"a business day after Friday is Monday", utc.BusinessDayAfter, "2025-03-07 16:00:00 +0000", "2025-03-10 16:00:00 +0000"},
		{"a business day after Sunday is Monday", utc.BusinessDayAfter, "2025-03-09 16:00:00 +0000", "2025-03-10 16:00:00 +0000"},
		{"a holiday is skipped", closedOnTuesday.BusinessDayAfter, "2025-03-03 16:00:00 +0000", "2025-03-05 16:00:00 +0000"},
		{"Form 106 is due with the end of the forty-fifth day", utc.Form106Due, "2025-03-07 16:00:00 +0000", "2025-04-21 23:59:59 +0000"},
		{"a written copy is due with the end of the seventh day", utc.CopyDue, "2025-03-03 16:00:00 +0000", "2025-03-10 23:59:59 +0000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, want := tt.due(moment(t, tt.from)), moment(t, tt.want)
			if !got.Equal(want) {
				t.Errorf("from %s got %v, want %v", tt.from, got, want)
			}
		})
	}
}

func days(c dispensing.Calendar, n int) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return c.EndOfDay(t, n) }
}

func months(c dispensing.Calendar, n int) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return c.EndAfterMonths(t, n) }
}
