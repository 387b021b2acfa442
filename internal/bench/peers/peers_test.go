package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestEachContenderKeepsEventsAndHoldsConditions(t *testing.T) {
	for _, c := range contenders {
		t.Run(c.Name, func(t *testing.T) {
			s, err := c.Open(t.Context(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			var events []domain.Event
			for i := range 10 {
				events = append(events, domain.Event{
					Type: "Sold", Data: []byte(`{}`),
					Tags: []domain.Tag{"ticket:all", domain.NewTag("ticket", fmt.Sprint(i%2))},
				})
			}
			at, err := s.Append(t.Context(), events)
			if err != nil || at != (domain.Positions{First: 1, Last: 10}) {
				t.Fatalf("Append = %v, %v; want positions 1 to 10", at, err)
			}
			one := domain.NewQuery(domain.OfTypes("Sold").Tagged("ticket:1"))
			other := domain.NewQuery(domain.OfTypes("Returned").Tagged("ticket:1"))
			for _, tt := range []struct {
				name     string
				query    domain.Query
				after    domain.Position
				conflict bool
			}{
				{"a match behind After", one, 9, true},
				{"no match behind After", one, 10, false},
				{"the tag with another type", other, 0, false},
			} {
				_, err := s.Append(t.Context(), []domain.Event{{Type: "Counted", Data: []byte(`1`), Tags: []domain.Tag{"count:1"}}},
					domain.AppendCondition{FailIfEventsMatch: tt.query, After: tt.after})
				if errors.Is(err, ports.ErrConflict) != tt.conflict || (err != nil && !tt.conflict) {
					t.Errorf("%s: %v, want a conflict: %v", tt.name, err, tt.conflict)
				}
			}
			for tag, want := range map[domain.Tag]int{"ticket:all": 10, "ticket:0": 5, "count:1": 2, "ticket": 0} {
				if got, err := s.ReadTag(t.Context(), tag); got != want || err != nil {
					t.Errorf("ReadTag(%s) = %d, %v; want %d", tag, got, err, want)
				}
			}
		})
	}
}
