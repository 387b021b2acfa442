package reports

import (
	"cmp"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/projection"
)

// Line is one line of the running log, as it was written. It never changes again.
type Line struct {
	Position domain.Position `json:"position"`
	At       time.Time       `json:"at"`
	What     string          `json:"what"` // event type
	NDC      string          `json:"ndc"`
	Lot      string          `json:"lot"`
	Drug     dispensing.Drug `json:"drug"`
	In       int             `json:"in"`
	Out      int             `json:"out"`
	Rx       int             `json:"rx,omitempty"`
	Party    string          `json:"party,omitempty"` // patient, supplier, distributor
	Staff    string          `json:"staff"`
	Note     string          `json:"note,omitempty"`
	// Corrects is the position of the line that this one takes back, 0 for none. Both
	// stay in the log.
	Corrects domain.Position `json:"corrects,omitempty"`
}

// Book is what a product has after the last line about it.
type Book struct {
	NDC    string          `json:"ndc"`
	Drug   dispensing.Drug `json:"drug"`
	OnHand int             `json:"onHand"`
}

// Entry is a line of the log or the book of a product; the other one is nil.
type Entry struct {
	Line *Line `json:"line,omitempty"`
	Book *Book `json:"book,omitempty"`
}

// LogEntries is the running log: a line for every change of a book, by [LineKey], and
// behind them the book of each product. Read backwards it gives the newest lines with
// their balances, see [Newest]. Tags of both: entry:line or entry:book, schedule,
// ingredient and stock; of dispensings also rx.
//
// A line says what the product is. That is in the deliveries, so each line costs a
// read of those that came before it.
func LogEntries() *projection.Definition[Entry] {
	return projection.Define[Entry]("log", 1, lineAndBook).With(
		logged(func(l *Line, e dispensing.LotReceived) {
			l.At, l.Staff, l.Party = e.At, e.By, e.Supplier.Name
			if e.Form222 != "" {
				l.Note = "form 222 " + e.Form222
			}
		}),
		logged(func(l *Line, e dispensing.Dispensed) {
			l.At, l.Staff, l.Party, l.Rx = e.At, e.Initials, e.PatientName, e.Rx
			if e.Remaining > 0 {
				l.Note = fmt.Sprintf("partial (%s), %d remain", e.PartialReason, e.Remaining)
			}
		}),
		logged(func(l *Line, e dispensing.DispenseReversed) {
			l.At, l.Staff, l.Party, l.Rx = e.At, e.By, e.Patient, e.Rx
			l.Corrects = domain.Position(e.Corrects)
			l.Note = fmt.Sprintf("takes back entry %d: %s", e.Entry, e.Reason)
		}),
		logged(func(l *Line, e dispensing.DoseIssued) {
			l.At, l.Staff, l.Party, l.Note = e.At, e.By, e.Patient, "dose "+e.Dose
		}),
		logged(func(l *Line, e dispensing.WasteWitnessed) {
			l.At, l.Staff = e.At, e.By
			l.Note = fmt.Sprintf("%d wasted, witness %s: %s", e.Qty, e.Witness, e.Reason)
		}),
		logged(func(l *Line, e dispensing.StockAdjusted) {
			l.At, l.Staff = e.At, e.SignedBy
			l.Note = fmt.Sprintf("after count %s, signed %s: %s", e.Count, e.SignedName, e.Reason)
		}),
		logged(func(l *Line, e dispensing.LotDestroyed) {
			l.At, l.Staff = e.At, e.By
			l.Note = fmt.Sprintf("destroyed before %s and %s: %s", e.Witness1, e.Witness2, e.Reason)
		}),
		logged(func(l *Line, e dispensing.SentToReverseDistributor) {
			l.At, l.Staff, l.Party = e.At, e.By, e.Distributor.Name
		}),
	).Tagged(func(_ string, e Entry) []domain.Tag {
		if e.Book != nil {
			return append(tagsOf(e.Book.NDC, e.Book.Drug), "entry:book")
		}
		tags := append(tagsOf(e.Line.NDC, e.Line.Drug), LineTag)
		if e.Line.Rx > 0 {
			tags = append(tags, dispensing.RxTag(e.Line.Rx))
		}
		return tags
	})
}

// LineTag is the tag of the lines in [LogEntries].
const LineTag domain.Tag = "entry:line"

func tagsOf(ndc string, drug dispensing.Drug) []domain.Tag {
	return known(ScheduleTag(drug.Schedule), dispensing.IngredientTag(drug.Ingredient), dispensing.StockTag(ndc))
}

// LineKey is the key of the line of the event at a position: keys sort like
// positions, and before those of books.
func LineKey(position domain.Position) string { return fmt.Sprintf("%020d", position) }

var stockOf = projection.ByTag("stock")

func lineAndBook(e domain.SequencedEvent) []string {
	keys := []string{LineKey(e.Position)}
	for _, ndc := range stockOf(e) {
		keys = append(keys, "book/"+ndc)
	}
	return keys
}

// logged is the handler that writes the line of an event and keeps the book of its
// product; explain fills in who, why and when.
func logged[E movement](explain func(*Line, E)) projection.Handler[Entry] {
	return projection.OnChange(func(c projection.Change[Entry], e E) (Entry, error) {
		drug, err := delivered(c.Related, e)
		if err != nil {
			return Entry{}, err
		}
		move := e.Moved()
		if c.Key != LineKey(c.Event.Position) {
			book := cmp.Or(c.State.Book, &Book{NDC: move.NDC})
			book.Drug = drug
			book.OnHand += move.Delta
			return Entry{Book: book}, nil
		}
		line := Line{
			Position: c.Event.Position, What: c.Event.Type, NDC: move.NDC, Lot: move.Lot, Drug: drug,
			In: max(move.Delta, 0), Out: max(-move.Delta, 0),
		}
		explain(&line, e)
		return Entry{Line: &line}, nil
	}).Related(func(e E) domain.Query {
		return domain.NewQuery(of(dispensing.LotReceived{}).Tagged(dispensing.StockTag(e.Moved().NDC)))
	})
}

// delivered returns what the first delivery of a product, which may be the event
// itself, says that it is; the zero Drug when there was none.
func delivered(related []domain.SequencedEvent, e any) (dispensing.Drug, error) {
	deliveries, err := projection.EventsOf[dispensing.LotReceived](related)
	if first, ok := e.(dispensing.LotReceived); ok {
		deliveries = append(deliveries, first)
	}
	if len(deliveries) == 0 {
		return dispensing.Drug{}, err
	}
	return deliveries[0].Drug, err
}
