package bench

import "time"

// quickLimit is when a quick run begins no further scenario, so that the last one
// ends before 40 s.
const quickLimit = 33 * time.Second

// hasTime reports whether another scenario may begin, and gives it its share of
// the time that is left when so many are still to run. A share is generous, for
// most scenarios need less.
func (l *lab) hasTime(toRun int) bool {
	if l.config.Extent != Quick {
		return true
	}
	left := quickLimit - time.Since(l.began)
	if left <= 0 {
		return false
	}
	l.until = time.Now().Add(min(2*left/time.Duration(toRun), left))
	return true
}

// late reports whether the scenario that runs has had its share of the time.
func (l *lab) late() bool { return !l.until.IsZero() && time.Now().After(l.until) }
