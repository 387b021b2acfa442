package main

import (
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

// FlourOrdered says that the bakery wants flour.
type FlourOrdered struct {
	Order string `json:"order"`
	Kind  string `json:"kind"`
	Kilos int    `json:"kilos"`
}

// EventType returns "FlourOrdered".
func (FlourOrdered) EventType() string { return "FlourOrdered" }

// Tags returns the order.
func (e FlourOrdered) Tags() []domain.Tag { return []domain.Tag{domain.NewTag("order", e.Order)} }

// String returns the order as people say it.
func (e FlourOrdered) String() string {
	return fmt.Sprintf("%s, %d kg of %s", e.Order, e.Kilos, e.Kind)
}
