package opossum_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Two passengers want one seat: whoever appends second is told.
func Example() {
	ctx := context.Background()
	store, err := filesystem.Open(ctx, "bookings", filesystem.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = store.Close() }() // what was appended is durable already
	free := domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("SeatTaken").Tagged("seat:12A"))}
	for _, who := range []domain.Tag{"passenger:ada", "passenger:bob"} {
		taken := domain.Event{Type: "SeatTaken", Tags: []domain.Tag{"seat:12A", who}, Data: []byte(`{"seat": "12A"}`)}
		_, err := store.Append(ctx, []domain.Event{taken}, free)
		if errors.Is(err, ports.ErrConflict) {
			fmt.Println(who, "is too late:", err)
		}
	}
	// Output:
	// passenger:bob is too late: opossum: append condition failed: condition 0 expected no match after position 0, but position 1 is SeatTaken [passenger:ada seat:12A]
}
