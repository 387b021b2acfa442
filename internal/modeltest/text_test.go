package modeltest_test

import (
	"fmt"
	"strings"

	"github.com/samber/lo"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// The functions below write calls as a reader of a failed program wants them.

func eventText(e domain.Event) string {
	item := domain.QueryItem{Types: []string{e.Type}, Tags: e.Tags}
	return fmt.Sprintf("%s:%v=%s", e.Metadata.ID, item, e.Data)
}

func appendText(events []domain.Event, conditions []domain.AppendCondition) string {
	text := "append [" + strings.Join(lo.Map(events, func(e domain.Event, _ int) string { return eventText(e) }), ", ") + "]"
	for i, c := range conditions {
		text += fmt.Sprintf("%s no %v after %s", lo.Ternary(i == 0, " if", ","), c.FailIfEventsMatch, positionText(c.After))
	}
	return text
}

func readText(query domain.Query, o ports.ReadOptions) string {
	text := fmt.Sprintf("read %v", query)
	if o.After > 0 {
		text += " after " + positionText(o.After)
	}
	if o.Before > 0 {
		text += " before " + positionText(o.Before)
	}
	if o.Limit != 0 {
		text += fmt.Sprint(" limit ", o.Limit)
	}
	if o.Backwards {
		text += " backwards"
	}
	return text
}

func positionText(p domain.Position) string {
	if p == beyondAll {
		return "the greatest number"
	}
	return p.String()
}

func conflictText(c *ports.ConflictError) string {
	if c == nil {
		return "no conflict"
	}
	return fmt.Sprintf("condition %d after %s is broken by position %d, %s %v", c.Condition, positionText(c.After), c.Position, c.Type, c.Tags)
}
