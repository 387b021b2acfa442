package reports

import (
	"context"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// Day is the daily report.
type Day struct {
	Date      string                        `json:"date"` // such as 2026-03-13
	Schedules map[dispensing.Schedule]Tally `json:"schedules"`
	Signed    []Signed                      `json:"signed,omitempty"` // oldest first
}

// Tally is what was done on a day with drugs of one schedule.
type Tally struct {
	Taken    int `json:"taken"` // prescriptions
	Fills    int `json:"fills"` // dispensings, of which
	Partial  int `json:"partial"`
	Refills  int `json:"refills"`
	Units    int `json:"units"`
	Reversed int `json:"reversed"` // dispensings, of whatever day
}

// Signed is a signed shift.
type Signed struct {
	dispensing.ShiftSigned

	Position domain.Position `json:"position"`
}

// Days is the daily reports, by date in the calendar's zone. Tags: month, such as
// month:2026-03, and signer:… for each who signed.
func Days(calendar dispensing.Calendar) *projection.Definition[Day] {
	day := func(t time.Time) string { return dayOf(calendar, t) }
	return projection.Define[Day]("days", 1, nil).With(
		projection.OnChange(func(c projection.Change[Day], e dispensing.PrescriptionAccepted) (Day, error) {
			return counted(c, e.Drug.Schedule, func(t *Tally) { t.Taken++ }), nil
		}).Key(func(e dispensing.PrescriptionAccepted) string { return day(e.At) }),

		projection.OnChange(func(c projection.Change[Day], e dispensing.Dispensed) (Day, error) {
			return counted(c, e.Drug.Schedule, func(t *Tally) {
				t.Fills++
				t.Units += e.Qty
				t.Partial += min(1, e.Remaining)
				t.Refills += min(1, e.FillNo)
			}), nil
		}).Key(func(e dispensing.Dispensed) string { return day(e.At) }),

		// The reversal does not say what was dispensed; the event that it takes back does.
		projection.OnChange(func(c projection.Change[Day], e dispensing.DispenseReversed) (Day, error) {
			entries, err := projection.EventsOf[dispensing.Dispensed](c.Related)
			var schedule dispensing.Schedule
			for _, entry := range entries {
				if entry.Entry == e.Entry {
					schedule = entry.Drug.Schedule
				}
			}
			return counted(c, schedule, func(t *Tally) { t.Reversed++ }), err
		}).Key(func(e dispensing.DispenseReversed) string {
			return day(e.At)
		}).Related(func(e dispensing.DispenseReversed) domain.Query {
			return domain.NewQuery(of(dispensing.Dispensed{}).Tagged(dispensing.RxTag(e.Rx)))
		}),

		projection.OnChange(func(c projection.Change[Day], e dispensing.ShiftSigned) (Day, error) {
			d := c.State
			d.Date = c.Key
			d.Signed = append(d.Signed, Signed{ShiftSigned: e, Position: c.Event.Position})
			return d, nil
		}).Key(func(e dispensing.ShiftSigned) string { return day(e.At) }),
	).Tagged(func(date string, d Day) []domain.Tag {
		tags := []domain.Tag{domain.NewTag("month", date[:len("2006-01")])}
		for _, s := range d.Signed {
			tags = append(tags, domain.NewTag("signer", s.Staff))
		}
		return known(tags...)
	})
}

// counted returns the day with a change of one of its tallies.
func counted(c projection.Change[Day], schedule dispensing.Schedule, change func(*Tally)) Day {
	d := c.State
	d.Date = c.Key
	if d.Schedules == nil {
		d.Schedules = make(map[dispensing.Schedule]Tally)
	}
	tally := d.Schedules[schedule]
	change(&tally)
	d.Schedules[schedule] = tally
	return d
}

// Signature is a signed shift and whether the store still holds what was signed.
type Signature struct {
	Signed

	Valid bool `json:"valid"`
}

// Verify checks signatures against the events they cover.
func Verify(ctx context.Context, store ports.Reader, signed []Signed) ([]Signature, error) {
	all := make([]Signature, len(signed))
	for i, s := range signed {
		digest, err := dispensing.Digest(ctx, store, domain.Position(s.From), domain.Position(s.Through))
		if err != nil {
			return nil, err
		}
		all[i] = Signature{Signed: s, Valid: digest == s.Digest}
	}
	return all, nil
}

// Signatures folds [Days] in UTC from all events of a store and checks the
// signatures of all days, oldest first.
func Signatures(ctx context.Context, store ports.Reader) ([]Signature, error) {
	states, err := folded(ctx, store, Days(dispensing.Calendar{}))
	if err != nil {
		return nil, err
	}
	var signed []Signed
	for _, s := range states {
		signed = append(signed, s.Value.Signed...)
	}
	return Verify(ctx, store, signed)
}
