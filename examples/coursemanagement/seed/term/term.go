package term

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Preset is how large a term is. Everything else follows from these numbers: each
// course has one book, three announcements and two exams with five tokens each.
type Preset struct {
	Students, Courses, Invoices, Carts int
}

// Presets returns the presets by name: small is about 1.5 thousand events, medium
// 230 thousand, large 2.3 million.
func Presets() map[string]Preset {
	return map[string]Preset{
		"small":  {Students: 40, Courses: 25, Invoices: 30, Carts: 8},
		"medium": {Students: 7_000, Courses: 4_000, Invoices: 2_500, Carts: 600},
		"large":  {Students: 70_000, Courses: 40_000, Invoices: 15_000, Carts: 7_000},
	}
}

// Options is what tells one term from another of the same size. The zero Options
// is a term for an empty store.
type Options struct {
	// Seed decides everything that is left to chance.
	Seed uint64
	// Prefix begins every id, so that two terms can stand in one store.
	Prefix string
	// LastInvoice is the number of the invoice before the first one of the term.
	LastInvoice int
}

// Start is when every term begins.
func Start() time.Time { return time.Date(2025, time.September, 1, 8, 0, 0, 0, time.UTC) }

// Term is the plan of a term: what happens when, without the words. It takes about
// 30 bytes an event.
type Term struct {
	options Options
	names   uuid.UUID // what ids are made from
	facts   []fact
	carts   [][]line
}

// New plans a term. It needs at least one student and 25 courses, since a student
// on the highest tier takes 20.
func New(preset Preset, options Options) (*Term, error) {
	if preset.Students < 1 || preset.Courses < 25 || preset.Invoices < 0 || preset.Carts < 0 {
		return nil, fmt.Errorf("a term of %+v is too small: it needs a student and 25 courses", preset)
	}
	p := plan{
		Preset: preset,
		random: rand.New(rand.NewPCG(options.Seed, uint64(preset.Students))), //nolint:gosec // made up data needs to be repeatable
	}
	p.draw()
	names := uuid.NewSHA1(uuid.NameSpaceURL, []byte(strconv.FormatUint(options.Seed, 10)+"/"+options.Prefix))
	return &Term{options: options, names: names, facts: p.facts, carts: p.carts}, nil
}

// Len returns the number of events.
func (t *Term) Len() int { return len(t.facts) }

// Events yields the events of the term as they are to be stored, the oldest first,
// each with its id and the time it occurred. They are made while the sequence is
// ranged over, the same ones each time. An error ends the sequence.
func (t *Term) Events() iter.Seq2[domain.Event, error] {
	return func(yield func(domain.Event, error) bool) {
		start, invoice := Start(), t.options.LastInvoice
		for i, f := range t.facts {
			if f.kind == invoiceIssued {
				invoice++
			}
			event, err := decision.Encode(t.told(f, invoice))
			event.Metadata = domain.Metadata{
				ID:         t.uuid("event", int32(i)),
				OccurredAt: start.Add(time.Duration(f.at) * time.Second),
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// uuid returns an id that depends on the term, what it is for, and a number.
func (t *Term) uuid(of string, number int32) string {
	return uuid.NewSHA1(t.names, strconv.AppendInt([]byte(of), int64(number), 10)).String()
}
