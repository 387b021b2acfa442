package dispensing

import "time"

// Calendar turns legal time limits into moments. The zero Calendar is in UTC and
// has no holidays. Safe for concurrent use when Holiday is.
type Calendar struct {
	// Location is the pharmacy's time zone; nil means UTC.
	Location *time.Location
	// Holiday reports whether no business is done on the day of t; nil means there
	// are no holidays. Saturdays and Sundays are never business days.
	Holiday func(t time.Time) bool
}

func (c Calendar) local(t time.Time) time.Time {
	if c.Location == nil {
		return t.UTC()
	}
	return t.In(c.Location)
}

// StartOfDay returns the first moment of the day of t.
func (c Calendar) StartOfDay(t time.Time) time.Time {
	t = c.local(t)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// EndOfDay returns the last moment (to the second) of the day that is so many
// days after the day of t. Limits in days are limits of calendar days.
func (c Calendar) EndOfDay(t time.Time, days int) time.Time {
	return c.StartOfDay(t).AddDate(0, 0, days+1).Add(-time.Second)
}

// EndAfterMonths returns the last moment of the day that is so many months after
// the day of t. A day that its month does not have, such as February 30, becomes
// the last day of that month.
func (c Calendar) EndAfterMonths(t time.Time, months int) time.Time {
	day := c.StartOfDay(t)
	first := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, day.Location()).AddDate(0, months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return c.EndOfDay(first.AddDate(0, 0, min(day.Day(), last)-1), 0)
}

// BusinessDayAfter returns the same time of day as t on the next business day.
func (c Calendar) BusinessDayAfter(t time.Time) time.Time {
	t = c.local(t)
	for {
		t = t.AddDate(0, 0, 1)
		if day := t.Weekday(); day == time.Saturday || day == time.Sunday || (c.Holiday != nil && c.Holiday(t)) {
			continue
		}
		return t
	}
}

// NoticeDue returns when the written notice of a theft or significant loss is due
// that was discovered at t: one business day.
func (c Calendar) NoticeDue(t time.Time) time.Time { return c.BusinessDayAfter(t) }

// Form106Due returns when DEA Form 106 is due for a loss discovered at t: 45 days.
func (c Calendar) Form106Due(t time.Time) time.Time { return c.EndOfDay(t, 45) }

// InventoryDue returns when the next inventory is due after one on the day of t:
// two years.
func (c Calendar) InventoryDue(t time.Time) time.Time { return c.EndAfterMonths(t, 24) }

// CopyDue returns when the written copy of an emergency oral prescription is due
// that was phoned in at t: seven days.
func (c Calendar) CopyDue(t time.Time) time.Time { return c.EndOfDay(t, 7) }
