package modeltest_test

import (
	"pgregory.net/rapid"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// beyondAll is a position that no store reaches.
const beyondAll = ^domain.Position(0)

// The alphabets are small, so that events, queries and positions meet.
var (
	someType  = rapid.SampledFrom([]string{"Opened", "Moved", "Closed"})
	someTypes = rapid.SliceOfNDistinct(someType, 0, 2, rapid.ID)
	someTag   = rapid.SampledFrom([]domain.Tag{"a", "b", "c", "d:1"})
	someTags  = rapid.SliceOfN(someTag, 0, 3)
	someData  = rapid.SampledFrom([]string{`null`, `1`, `"ü"`, `{"b":1.50,"a":[true]}`})
)

// someQuery is now and then the zero query, which is invalid.
func someQuery(t *rapid.T) domain.Query {
	switch rapid.IntRange(0, 19).Draw(t, "kind of query") {
	case 0, 1:
		return domain.All()
	case 19:
		return domain.Query{}
	}
	items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) domain.QueryItem {
		item := domain.QueryItem{Types: someTypes.Draw(t, "types"), Tags: rapid.SliceOfNDistinct(someTag, 0, 2, rapid.ID).Draw(t, "tags")}
		if len(item.Types)+len(item.Tags) == 0 {
			item.Types = []string{"Opened"}
		}
		return item
	}), 1, 3).Draw(t, "items")
	return domain.NewQuery(items...)
}

// somePosition prefers the borders: before the first, the head, and around it.
// What is drawn does not depend on the head, so that a program stays much the same
// when it is cut down.
func somePosition(t *rapid.T, head domain.Position, name string) domain.Position {
	n := domain.Position(rapid.IntRange(0, 15).Draw(t, name))
	switch n {
	case 0, 1:
		return n
	case 2, 3:
		return head
	case 4:
		return head + 1
	case 5:
		return max(head, 1) - 1
	case 6:
		return beyondAll
	}
	return head * (n - 6) / 10
}

func someConditions(t *rapid.T, head domain.Position) []domain.AppendCondition {
	var conditions []domain.AppendCondition
	for range rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "conditions") {
		conditions = append(conditions, domain.AppendCondition{FailIfEventsMatch: someQuery(t), After: somePosition(t, head, "after")})
	}
	return conditions
}

func someOptions(t *rapid.T, head domain.Position) ports.ReadOptions {
	return ports.ReadOptions{
		After:     somePosition(t, head, "after"),
		Before:    somePosition(t, head, "before"),
		Limit:     rapid.SampledFrom([]int{0, 0, 1, 2, 3, 10, -1}).Draw(t, "limit"),
		Backwards: rapid.Bool().Draw(t, "backwards"),
	}
}
