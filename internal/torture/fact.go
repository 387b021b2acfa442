package torture

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// The event types that writers append.
const (
	registered  = "Registered"  // tag key:K, at most once for each K
	counted     = "Counted"     // tag counter:C, with the number that follows the last one
	transferred = "Transferred" // tags account:A and account:B, with the balances that come of it
	batched     = "Batched"     // tag round:R, with the place in its batch
	noise       = "Noise"       // tag round:R
	guarded     = "Guarded"     // tag key:K, under any conditions
	audited     = "Audited"     // tag round:R, by the auditor
)

var types = []string{registered, counted, transferred, batched, noise, guarded, audited}

const (
	counters       = 4
	accounts       = 8
	openingBalance = 100 // of every account
)

// fact is the data of an event.
type fact struct {
	Number      int    `json:"number,omitempty"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
	Amount      int    `json:"amount,omitempty"`
	FromBalance int    `json:"fromBalance,omitempty"`
	ToBalance   int    `json:"toBalance,omitempty"`
	Batch       string `json:"batch,omitempty"`
	At          int    `json:"at,omitempty"`
	Of          int    `json:"of,omitempty"`
	Pad         string `json:"pad,omitempty"`
}

func (f fact) event(typ string, tags ...domain.Tag) domain.Event {
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // numbers and texts
	}
	return domain.Event{Type: typ, Tags: tags, Data: data}
}

func factOf(e domain.SequencedEvent) (f fact, err error) {
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return f, fmt.Errorf("the data of position %d: %w", e.Position, err)
	}
	return f, nil
}

// balance returns what an account has after the event.
func (f fact) balance(account domain.Tag) int {
	if f.From == string(account) {
		return f.FromBalance
	}
	return f.ToBalance
}

func roundTag(round int) domain.Tag       { return domain.Tag(fmt.Sprintf("round:%d", round)) }
func counterTag(n int) domain.Tag         { return domain.Tag(fmt.Sprintf("counter:%d", n)) }
func accountTag(n int) domain.Tag         { return domain.Tag(fmt.Sprintf("account:%d", n)) }
func keyTag(n uint64) domain.Tag          { return domain.Tag(fmt.Sprintf("key:%d", n)) }
func pad(random *rand.Rand) string        { return strings.Repeat("x", padSize(random)) }
func oneIn(random *rand.Rand, n int) bool { return random.IntN(n) == 0 }

// padSize is mostly small, and now and then more than one page or block.
func padSize(random *rand.Rand) int {
	switch {
	case oneIn(random, 50):
		return random.IntN(20 << 10)
	case oneIn(random, 5):
		return random.IntN(600)
	}
	return random.IntN(60)
}

// drawKey draws a key that somebody else is likely to draw at the same time.
func drawKey(random *rand.Rand, head domain.Position) domain.Tag {
	return keyTag(uint64(head)/8 + random.Uint64N(20))
}

// drawQuery draws a query that selects some of what there is.
func drawQuery(random *rand.Rand, round int, head domain.Position) domain.Query {
	if oneIn(random, 6) {
		return domain.All()
	}
	items := make([]domain.QueryItem, 1+random.IntN(3))
	for i := range items {
		switch random.IntN(6) {
		case 0:
			items[i] = domain.OfTypes(types[random.IntN(len(types))])
		case 1:
			items[i] = domain.OfTypes(registered, guarded).Tagged(drawKey(random, head))
		case 2:
			items[i] = domain.Tagged(counterTag(random.IntN(counters)))
		case 3:
			items[i] = domain.Tagged(accountTag(random.IntN(accounts)), accountTag(random.IntN(accounts)))
		case 4:
			items[i] = domain.OfTypes(types[random.IntN(len(types))], transferred).Tagged(roundTag(1 + random.IntN(round)))
		default:
			items[i] = domain.Tagged(keyTag(random.Uint64N(uint64(head)/8 + 20)))
		}
	}
	return domain.NewQuery(items...)
}

// drawOptions draws options that return few events, but now and then everything.
func drawOptions(random *rand.Rand, head domain.Position) ports.ReadOptions {
	o := ports.ReadOptions{Backwards: oneIn(random, 2)}
	if oneIn(random, 3) {
		o.After = domain.Position(random.Uint64N(uint64(head) + 3))
	}
	if oneIn(random, 3) {
		o.Before = domain.Position(random.Uint64N(uint64(head) + 3))
	}
	if !oneIn(random, 30) {
		o.Limit = 1 + random.IntN(20)
	}
	return o
}
