package recordduplication

import (
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// OrderPlaced says that somebody has ordered.
type OrderPlaced struct {
	OrderID          string `json:"orderId"`
	IdempotencyToken string `json:"idempotencyToken"`
}

// EventType returns "OrderPlaced".
func (OrderPlaced) EventType() string { return "OrderPlaced" }

// Tags returns the order and the token.
func (e OrderPlaced) Tags() []domain.Tag {
	return []domain.Tag{domain.NewTag("order", e.OrderID), tokenTag(e.IdempotencyToken)}
}

func tokenTag(token string) domain.Tag { return domain.NewTag("idempotency", token) }

// Refusal is the answer to a command that breaks a rule: one sentence for the
// person who sent it. Refusals with the same text are equal. Nothing was stored.
type Refusal string

// Error returns the sentence.
func (r Refusal) Error() string { return string(r) }

// Resubmission refuses an order whose token was used before.
const Resubmission Refusal = "Re-submission"

// TokenUsed answers whether an order was placed with the token.
func TokenUsed(token string) *decision.Model[bool] {
	return decision.New(false, tokenTag(token)).With(
		decision.On(func(_ bool, _ OrderPlaced) bool { return true }))
}

// PlaceOrder orders, once for each token.
type PlaceOrder struct {
	OrderID          string `json:"orderId" validate:"required"`
	IdempotencyToken string `json:"idempotencyToken" validate:"required"`
}

// Decide refuses a token that was used, whatever the order.
func (c PlaceOrder) Decide(d *application.Decision) error {
	used := TokenUsed(c.IdempotencyToken)
	if err := d.Load(used); err != nil {
		return err
	}
	if used.State() {
		return Resubmission
	}
	return d.Record(OrderPlaced(c))
}
