package reports

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// LogLine is one line of the running log of a schedule.
type LogLine struct {
	Position domain.Position `json:"position"`
	At       time.Time       `json:"at"`
	What     string          `json:"what"` // event type
	NDC      string          `json:"ndc"`
	Lot      string          `json:"lot"`
	Drug     dispensing.Drug `json:"drug"`
	In       int             `json:"in"`
	Out      int             `json:"out"`
	Balance  int             `json:"balance"` // of the product, after this line
	Rx       int             `json:"rx,omitempty"`
	Party    string          `json:"party,omitempty"` // patient, supplier, distributor
	Staff    string          `json:"staff"`
	Note     string          `json:"note,omitempty"`
	// Corrects is the position of the line that this one takes back, 0 for none. Both
	// stay in the log.
	Corrects domain.Position `json:"corrects,omitempty"`
}

// LogLines is the running log: every change of the book with the balance after it,
// oldest first. A line never changes again. Tags: schedule, ingredient, stock and, of
// dispensings, rx.
//
// The balance is that of all older changes of the product, so each line costs a read
// of those.
func LogLines() *projection.Definition[LogLine] {
	return projection.Define[LogLine]("log", 1, byPosition).With(
		logged(func(l *LogLine, e dispensing.LotReceived) {
			l.At, l.Staff, l.Party = e.At, e.By, e.Supplier.Name
			if e.Form222 != "" {
				l.Note = "form 222 " + e.Form222
			}
		}),
		logged(func(l *LogLine, e dispensing.Dispensed) {
			l.At, l.Staff, l.Party, l.Rx = e.At, e.Initials, e.PatientName, e.Rx
			if e.Remaining > 0 {
				l.Note = fmt.Sprintf("partial (%s), %d remain", e.PartialReason, e.Remaining)
			}
		}),
		logged(func(l *LogLine, e dispensing.DispenseReversed) {
			l.At, l.Staff, l.Party, l.Rx = e.At, e.By, e.Patient, e.Rx
			l.Corrects = domain.Position(e.Corrects)
			l.Note = fmt.Sprintf("takes back entry %d: %s", e.Entry, e.Reason)
		}),
		logged(func(l *LogLine, e dispensing.DoseIssued) {
			l.At, l.Staff, l.Party, l.Note = e.At, e.By, e.Patient, "dose "+e.Dose
		}),
		logged(func(l *LogLine, e dispensing.WasteWitnessed) {
			l.At, l.Staff = e.At, e.By
			l.Note = fmt.Sprintf("%d wasted, witness %s: %s", e.Qty, e.Witness, e.Reason)
		}),
		logged(func(l *LogLine, e dispensing.StockAdjusted) {
			l.At, l.Staff = e.At, e.SignedBy
			l.Note = fmt.Sprintf("after count %s, signed %s: %s", e.Count, e.SignedName, e.Reason)
		}),
		logged(func(l *LogLine, e dispensing.LotDestroyed) {
			l.At, l.Staff = e.At, e.By
			l.Note = fmt.Sprintf("destroyed before %s and %s: %s", e.Witness1, e.Witness2, e.Reason)
		}),
		logged(func(l *LogLine, e dispensing.SentToReverseDistributor) {
			l.At, l.Staff, l.Party = e.At, e.By, e.Distributor.Name
		}),
	).Tagged(func(_ string, l LogLine) []domain.Tag {
		tags := known(ScheduleTag(l.Drug.Schedule), dispensing.IngredientTag(l.Drug.Ingredient), dispensing.StockTag(l.NDC))
		if l.Rx > 0 {
			tags = append(tags, dispensing.RxTag(l.Rx))
		}
		return tags
	})
}

// byPosition gives each event a state of its own, in the order of the store.
func byPosition(e domain.SequencedEvent) []string { return []string{fmt.Sprintf("%020d", e.Position)} }

// logged is the handler that makes the line of an event; explain fills in who, why
// and when.
func logged[E movement](explain func(*LogLine, E)) projection.Handler[LogLine] {
	return projection.OnChange(func(c projection.Change[LogLine], e E) (LogLine, error) {
		move := e.Moved()
		line := LogLine{
			Position: c.Event.Position, What: c.Event.Type, NDC: move.NDC, Lot: move.Lot,
			In: max(move.Delta, 0), Out: max(-move.Delta, 0), Balance: move.Delta,
		}
		for _, stored := range c.Related {
			event, err := dispensing.Codec().Decode(stored.Event)
			if err != nil {
				return LogLine{}, fmt.Errorf("position %d: %w", stored.Position, err)
			}
			line.Balance += event.(movement).Moved().Delta
			line.describe(event)
		}
		line.describe(e)
		explain(&line, e)
		return line, nil
	}).Related(func(e E) domain.Query {
		return domain.NewQuery(movements().Tagged(dispensing.StockTag(e.Moved().NDC)))
	})
}

// describe takes over what the first delivery says that the product is.
func (l *LogLine) describe(event projection.Event) {
	if e, ok := event.(dispensing.LotReceived); ok {
		l.Drug = cmp.Or(l.Drug, e.Drug)
	}
}

// movements matches everything that changes the book of a lot.
func movements() domain.QueryItem {
	return of(dispensing.LotReceived{}, dispensing.Dispensed{}, dispensing.DispenseReversed{}, dispensing.DoseIssued{},
		dispensing.WasteWitnessed{}, dispensing.StockAdjusted{}, dispensing.LotDestroyed{}, dispensing.SentToReverseDistributor{})
}

// Log folds [LogLines] of a schedule from all events of a store. An empty schedule
// means all of them.
func Log(ctx context.Context, store ports.Reader, schedule dispensing.Schedule) ([]LogLine, error) {
	states, err := folded(ctx, store, LogLines())
	return Values(carrying(states, ScheduleTag(schedule))), err
}

// WriteCSV writes log lines for a spreadsheet, with a line of headings.
func WriteCSV(w io.Writer, lines []LogLine) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"position", "at", "what", "ndc", "lot", "drug", "schedule", "in", "out", "balance", "rx", "party", "staff", "note", "corrects"}}
	for _, l := range lines {
		rows = append(rows, []string{
			l.Position.String(), l.At.Format(time.RFC3339), l.What, l.NDC, l.Lot, l.Drug.String(), string(l.Drug.Schedule),
			strconv.Itoa(l.In), strconv.Itoa(l.Out), strconv.Itoa(l.Balance), blankZero(uint64(l.Rx)), l.Party, l.Staff, l.Note, blankZero(uint64(l.Corrects)),
		})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("report: write csv: %w", err)
	}
	return nil
}

func blankZero(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
