package dispensing

import "time"

// emergency is how long an emergency supply lasts, and how long the remainder of a
// partial fill can wait that the pharmacy could not supply.
const emergency = 72 * time.Hour

// limit is the last moment for a dispensing.
type limit struct {
	Until time.Time // inclusive; zero when there is no limit
	Cite  string
	Text  string
	// Remainder says that the limit is one for the rest of a partial fill.
	Remainder bool
}

// limits returns every time limit that the next dispensing of p is under, which
// follows from what was dispensed before and why it was only a part.
func (p prescription) limits(c Calendar) []limit {
	_, done := p.fill()
	switch s := p.Drug.Schedule; {
	case s == ScheduleII:
		return p.limitsOfScheduleII(c, done)
	case s == ScheduleIII || s == ScheduleIV:
		return []limit{{
			Until: c.EndAfterMonths(p.Issued, 6), Cite: "21 CFR 1306.22(a)", Remainder: done > 0,
			Text: "nothing is dispensed later than 6 months after the date of issue",
		}}
	case s == ScheduleV && done > 0:
		return []limit{{
			Until: c.EndAfterMonths(p.Issued, 6), Cite: "21 CFR 1306.23(c)", Remainder: true,
			Text: "the rest of a partial fill is dispensed within 6 months after the date of issue",
		}}
	default:
		return nil
	}
}

func (p prescription) limitsOfScheduleII(c Calendar, done int) []limit {
	if p.Kind == LongTermCare || p.Kind == Terminal {
		return []limit{{
			Until: c.EndOfDay(p.Issued, 60), Cite: "21 CFR 1306.13(c)", Remainder: done > 0,
			Text: "for this patient the prescription is good for 60 days from the date of issue",
		}}
	}
	if done == 0 {
		return nil
	}
	var all []limit
	if p.Kind == EmergencyOral {
		all = append(all, limit{
			Until: p.Issued.Add(emergency), Cite: "21 USC 829(f)(2)(B)", Remainder: true,
			Text: "the rest of an emergency prescription is dispensed within 72 hours of its issue",
		})
	}
	if first, ok := p.firstPartial(CannotSupply); ok {
		all = append(all, limit{
			Until: first.Add(emergency), Cite: "21 CFR 1306.13(a)", Remainder: true,
			Text: "the rest that could not be supplied is dispensed within 72 hours of the partial fill",
		})
	}
	_, patient := p.firstPartial(PatientAsked)
	_, doctor := p.firstPartial(PrescriberAsked)
	if patient || doctor {
		all = append(all, limit{
			Until: c.EndOfDay(p.Issued, 30), Cite: "21 CFR 1306.13(b)", Remainder: true,
			Text: "the rest of a partial fill on request is dispensed within 30 days of the date written",
		})
	}
	return all
}

func (p prescription) firstPartial(reason PartialReason) (time.Time, bool) {
	for _, e := range p.live() {
		if e.Reason == reason {
			return e.At, true
		}
	}
	return time.Time{}, false
}

// earliest returns the limit that ends first; the zero limit when there is none.
func earliest(all []limit) limit {
	var first limit
	for _, l := range all {
		if first.Until.IsZero() || l.Until.Before(first.Until) {
			first = l
		}
	}
	return first
}

// inTime refuses a dispensing before its first day or after a limit.
func (p prescription) inTime(c Calendar, now time.Time) error {
	if first := p.EarliestFill; !first.IsZero() && now.Before(c.StartOfDay(first)) {
		return refuse("I7", "21 CFR 1306.12(b)", "let the patient come back then",
			"prescription %d is not to be filled before %s", p.Rx, c.StartOfDay(first).Format(time.DateOnly))
	}
	l := earliest(p.limits(c))
	if l.Until.IsZero() || !now.After(l.Until) {
		return nil
	}
	suggestion := "ask for a new prescription"
	if l.Remainder {
		suggestion = "tell the prescriber, give the remainder up (ForfeitBalance) and ask for a new prescription"
	}
	return refuse("I4", l.Cite, suggestion, "%s; that ended on %s", l.Text, c.local(l.Until).Format("2006-01-02 15:04"))
}
