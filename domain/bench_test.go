package domain_test

import (
	"fmt"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

// The data of the benchmarks: 120 bytes, the same indented, and more bytes of a
// few kinds.
const (
	compactData  = `{"course":"c-1842","student":"s-93817","price":{"amount":12.50,"currency":"EUR"},"note":"a seat at the window","n":1234}`
	indentedData = `{
	"course": "c-1842",
	"student": "s-93817",
	"price": {
		"amount": 12.50,
		"currency": "EUR"
	},
	"note": "a seat at the window",
	"n": 1234
}`
	numbersData = `[0,1,-2,3.5,4e10,5.25E-3,123456789,0.001,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29]`
	beyondASCII = `{"name":"Дарья Ивановна Соколова","city":"Санкт-Петербург","note":"место у окна, пожалуйста"}`
	escapedData = `{"name":"\u0414\u0430\u0440\u044c\u044f \ud83d\ude00","note":"line one\nline two\tand \"quoted\" words"}`
)

func BenchmarkPrepareEvents(b *testing.B) {
	longText := `{"text":"` + fmt.Sprintf("%04000d", 0) + `"}`
	for _, bb := range []struct{ name, data string }{
		{"compact", compactData},
		{"indented", indentedData},
		{"numbers", numbersData},
		{"beyond-ascii", beyondASCII},
		{"escapes", escapedData},
		{"long-text", longText},
		{"none", ""},
	} {
		b.Run(fmt.Sprintf("data=%s/bytes=%d", bb.name, len(bb.data)), func(b *testing.B) {
			b.ReportAllocs()
			prepareBench(b, []domain.Event{{
				Type: "StudentSubscribed", Tags: []domain.Tag{"student:s-93817", "course:c-1842"}, Data: []byte(bb.data),
			}})
		})
	}
	b.Run("batch=100", func(b *testing.B) {
		events := make([]domain.Event, 100)
		for i := range events {
			events[i] = domain.Event{Type: "StudentSubscribed", Tags: []domain.Tag{"student:s-93817", "course:c-1842"}, Data: []byte(compactData)}
		}
		b.ReportAllocs()
		prepareBench(b, events)
	})
	b.Run("metadata", func(b *testing.B) {
		b.ReportAllocs()
		prepareBench(b, []domain.Event{{
			Type: "StudentSubscribed", Tags: []domain.Tag{"student:s-93817", "course:c-1842"}, Data: []byte(compactData),
			Metadata: domain.Metadata{
				ID: "019c0000-0000-7000-8000-000000000000", CorrelationID: "subscribe-93817", OperationID: "Subscribe", UserID: "ada",
				Values: map[string]string{"from": "desk 3"},
			},
		}})
	})
}

func prepareBench(b *testing.B, events []domain.Event) {
	b.Helper()
	for b.Loop() {
		if _, err := domain.PrepareEvents(events); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	query := domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c-1842"))
	b.Run("query", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := query.Validate(); err != nil {
				b.Fatal(err)
			}
		}
	})
	conditions := []domain.AppendCondition{{FailIfEventsMatch: query, After: 7}}
	b.Run("conditions", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := domain.ValidateConditions(conditions); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkNewQuery(b *testing.B) {
	item := domain.QueryItem{Types: []string{"StudentSubscribed", "CourseDefined"}, Tags: []domain.Tag{"course:c-1842"}}
	other := domain.QueryItem{Types: []string{"StudentSubscribed"}, Tags: []domain.Tag{"student:s-93817"}}
	for _, bb := range []struct {
		name  string
		items []domain.QueryItem
	}{{"items=1", []domain.QueryItem{item}}, {"items=2", []domain.QueryItem{item, other}}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				domain.NewQuery(bb.items...)
			}
		})
	}
}

func BenchmarkItems(b *testing.B) {
	query := domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("course:c-1842"))
	n := 0
	b.Run("copied", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, item := range query.Items() {
				n += len(item.Tags)
			}
		}
	})
	b.Run("looked-at", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for item := range query.Each() {
				n += len(item.Tags)
			}
		}
	})
}
