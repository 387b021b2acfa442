package journal

import (
	"sync"
	"time"
)

const (
	secondsOfDay = 24 * 60 * 60
	dayLength    = len("2006-01-02")
	// daysToEpoch is the number of days from 0000-03-01 to 1970-01-01.
	daysToEpoch = 719468
	nanoDigits  = 9
	zeroTime    = `"0000-00-00T00:00:00.000000000` // with room for all digits
)

// parseTime reads a time of RFC 3339 to the nanosecond, in the years 1 to 9999.
// canonical says whether it stands there as time.RFC3339Nano writes it: without
// zeros at the end of the fraction and, at offset zero, with a Z. Seconds of 60,
// the zero time and fractions finer than a nanosecond are no times that a store
// can keep. A time depends on its text only, not on the machine's own zone. d is the
// day of a time that was read before.
func parseTime(text string, d *day) (t time.Time, canonical, ok bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10] != 'T' || text[13] != ':' || text[16] != ':' || !d.is(text[:dayLength]) {
		return t, false, false
	}
	hour, minute, second := digits(text, 11), digits(text, 14), digits(text, 17)
	if hour > 23 || minute > 59 || second > 59 {
		return t, false, false
	}
	rest := text[len("2006-01-02T15:04:05"):]
	canonical = true
	nanos := 0
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && rest[n]-'0' <= 9 {
			nanos = nanos*10 + int(rest[n]-'0')
			if n++; n > 1+nanoDigits {
				return t, false, false
			}
		}
		if n == 1 {
			return t, false, false
		}
		canonical = rest[n-1] != '0'
		for i := n; i <= nanoDigits; i++ {
			nanos *= 10
		}
		rest = rest[n:]
	}
	seconds := d.begin + int64(hour*3600+minute*60+second)
	offset := 0
	if rest != "Z" {
		if len(rest) != len("+00:00") || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' {
			return t, false, false
		}
		hours, minutes := digits(rest, 1), digits(rest, 4)
		if hours > 23 || minutes > 59 {
			return t, false, false
		}
		if offset = hours*60 + minutes; rest[0] == '-' {
			offset = -offset
		}
		canonical = canonical && offset != 0
	}
	t = time.Unix(seconds-int64(offset)*60, int64(nanos)).UTC()
	if t.IsZero() {
		return t, false, false
	}
	if offset != 0 {
		t = t.In(zone(offset))
	}
	return t, canonical, true
}

// moment is a time and its text, with quotes.
type moment struct {
	text string
	time time.Time
}

// day is a date, as RFC 3339 writes it, and the second that it begins with.
type day struct {
	text  string
	begin int64
}

// is makes d the day that text is and reports whether there is one.
func (d *day) is(text string) bool {
	if d.text == text {
		return true
	}
	if text[4] != '-' || text[7] != '-' {
		return false
	}
	year, month, number := 100*digits(text, 0)+digits(text, 2), digits(text, 5), digits(text, 8)
	// A pair that is no number is large: it fails its own bound, or makes the year too large.
	if year < 1 || year > 9999 || month < 1 || month > 12 || number < 1 || number > daysIn(year, month) {
		return false
	}
	d.text, d.begin = text, daysSinceEpoch(year, month, number)*secondsOfDay
	return true
}

// appendTime appends t as a string in the form of time.RFC3339Nano. Its year has
// four digits and its zone whole minutes.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b := [len(zeroTime)]byte([]byte(zeroTime))
	putPair(b[1:], year/100)
	putPair(b[3:], year%100)
	putPair(b[6:], int(month))
	putPair(b[9:], day)
	putPair(b[12:], hour)
	putPair(b[15:], minute)
	putPair(b[18:], second)
	n := len(b)
	if nanos := t.Nanosecond(); nanos == 0 {
		n -= 1 + nanoDigits
	} else {
		for i := n - 1; nanos > 0; i-- {
			b[i] += byte(nanos % 10)
			nanos /= 10
		}
		for b[n-1] == '0' {
			n--
		}
	}
	dst = append(dst, b[:n]...)
	_, offset := t.Zone()
	minutes := offset / 60
	if minutes == 0 {
		return append(dst, 'Z', '"')
	}
	z := [...]byte{'+', 0, 0, ':', 0, 0, '"'}
	if minutes < 0 {
		z[0], minutes = '-', -minutes
	}
	putPair(z[1:], minutes/60)
	putPair(z[4:], minutes%60)
	return append(dst, z[:]...)
}

// putPair makes n two digits.
func putPair(b []byte, n int) { b[0], b[1] = byte('0'+n/10), byte('0'+n%10) }

// digits returns the number of two digits that stand at i, or a large one when
// there are none.
func digits(text string, i int) int {
	tens, ones := text[i]-'0', text[i+1]-'0'
	if tens > 9 || ones > 9 {
		return 1 << 20
	}
	return int(tens)*10 + int(ones)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSinceEpoch counts in years that begin in March, so that the day that may be
// missing is the last one.
func daysSinceEpoch(year, month, day int) int64 {
	if month < 3 {
		year--
		month += 12
	}
	days := 365*year + year/4 - year/100 + year/400 // up to the year's first of March
	days += (153*(month-3) + 2) / 5                 // up to the first of the month
	return int64(days + day - 1 - daysToEpoch)
}

// zones holds the zones that were seen, by their minutes from UTC: at most 2,879.
var zones sync.Map

func zone(minutes int) *time.Location {
	if z, ok := zones.Load(minutes); ok {
		return z.(*time.Location)
	}
	z, _ := zones.LoadOrStore(minutes, time.FixedZone("", minutes*60))
	return z.(*time.Location)
}
