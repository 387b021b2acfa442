package domain_test

import (
	"testing"

	"github.com/opossum-go/opossum/domain"
)

// The checks are on the way of every append and every read. Allocations cannot be
// counted while other tests run, so this test is not parallel.
func TestWhatIsValidIsCheckedWithLittleMemory(t *testing.T) {
	events := []domain.Event{{Type: "A", Tags: []domain.Tag{"b", "a", "b"}, Data: []byte(indentedData)}}
	query := domain.NewQuery(domain.OfTypes("A").Tagged("a", "b"), domain.OfTypes("B"))
	conditions := []domain.AppendCondition{{FailIfEventsMatch: query}, {FailIfEventsMatch: domain.All()}}
	seen := 0
	tests := []struct {
		name string
		most float64 // allocations
		do   func() error
	}{
		{"preparing an event takes the result, its tags and its data", 3, func() error {
			_, err := domain.PrepareEvents(events)
			return err
		}},
		{"a query is checked without memory", 0, query.Validate},
		{"conditions are checked without memory", 0, func() error { return domain.ValidateConditions(conditions) }},
		{"the items of a query are looked at without memory", 0, func() error {
			for item := range query.Each() {
				seen += len(item.Types)
			}
			return nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			if got := testing.AllocsPerRun(100, func() { err = tt.do() }); got > tt.most {
				t.Errorf("%v allocations, want at most %v", got, tt.most)
			}
			checkErr(t, err, "")
		})
	}
}
