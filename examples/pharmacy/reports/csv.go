package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

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
