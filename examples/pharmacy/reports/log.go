package reports

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/ports"
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

// Log returns the running log of a schedule, oldest first: every change of the
// book with the balance after it. An empty schedule means all of them.
func Log(ctx context.Context, store ports.Reader, schedule dispensing.Schedule) ([]LogLine, error) {
	var lines []LogLine
	drugs, balances := make(map[string]dispensing.Drug), make(map[string]int)
	err := fold(ctx, store, domain.NewQuery(movements()), func(stored domain.SequencedEvent, event decision.Event) {
		if e, ok := event.(dispensing.LotReceived); ok {
			drugs[e.NDC] = cmp.Or(drugs[e.NDC], e.Drug)
		}
		move := event.(dispensing.Movement).Moved()
		drug := drugs[move.NDC]
		if schedule != "" && drug.Schedule != schedule {
			return
		}
		balances[move.NDC] += move.Delta
		line := LogLine{
			Position: stored.Position, What: stored.Type, NDC: move.NDC, Lot: move.Lot, Drug: drug,
			In: max(move.Delta, 0), Out: max(-move.Delta, 0), Balance: balances[move.NDC],
		}
		explain(&line, event)
		lines = append(lines, line)
	})
	return lines, err
}

// explain fills in who, why and when.
func explain(line *LogLine, event decision.Event) {
	switch e := event.(type) {
	case dispensing.LotReceived:
		line.At, line.Staff, line.Party = e.At, e.By, e.Supplier.Name
		if e.Form222 != "" {
			line.Note = "form 222 " + e.Form222
		}
	case dispensing.Dispensed:
		line.At, line.Staff, line.Party, line.Rx = e.At, e.Initials, e.PatientName, e.Rx
		if e.Remaining > 0 {
			line.Note = fmt.Sprintf("partial (%s), %d remain", e.PartialReason, e.Remaining)
		}
	case dispensing.DispenseReversed:
		line.At, line.Staff, line.Party, line.Rx = e.At, e.By, e.Patient, e.Rx
		line.Corrects = domain.Position(e.Corrects)
		line.Note = fmt.Sprintf("takes back entry %d: %s", e.Entry, e.Reason)
	case dispensing.DoseIssued:
		line.At, line.Staff, line.Party, line.Note = e.At, e.By, e.Patient, "dose "+e.Dose
	case dispensing.WasteWitnessed:
		line.At, line.Staff = e.At, e.By
		line.Note = fmt.Sprintf("%d wasted, witness %s: %s", e.Qty, e.Witness, e.Reason)
	case dispensing.StockAdjusted:
		line.At, line.Staff = e.At, e.SignedBy
		line.Note = fmt.Sprintf("after count %s, signed %s: %s", e.Count, e.SignedName, e.Reason)
	case dispensing.LotDestroyed:
		line.At, line.Staff = e.At, e.By
		line.Note = fmt.Sprintf("destroyed before %s and %s: %s", e.Witness1, e.Witness2, e.Reason)
	case dispensing.SentToReverseDistributor:
		line.At, line.Staff, line.Party = e.At, e.By, e.Distributor.Name
	}
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
