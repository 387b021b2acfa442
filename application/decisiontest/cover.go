package decisiontest

import (
	"slices"
	"strings"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
)

// scope is the smallest part of a query: one type, or any ("") with some tags.
type scope struct {
	typ  string
	tags []domain.Tag
	all  bool // every event
}

func (s scope) String() string {
	switch {
	case s.all:
		return "all events"
	case s.typ == "":
		return domain.Tagged(s.tags...).String()
	}
	return domain.OfTypes(s.typ).Tagged(s.tags...).String()
}

// scopes takes a query apart.
func scopes(q domain.Query) []scope {
	if q.IsAll() {
		return []scope{{all: true}}
	}
	var parts []scope
	for _, item := range q.Items() {
		if len(item.Types) == 0 {
			parts = append(parts, scope{tags: item.Tags})
		}
		for _, typ := range item.Types {
			parts = append(parts, scope{typ: typ, tags: item.Tags})
		}
	}
	return parts
}

// within reports whether q matches everything that lies in the scope.
func (s scope) within(q domain.Query) bool {
	if q.IsAll() {
		return true
	}
	return !s.all && slices.ContainsFunc(q.Items(), func(item domain.QueryItem) bool {
		if len(item.Types) > 0 && (s.typ == "" || !slices.Contains(item.Types, s.typ)) {
			return false
		}
		return !slices.ContainsFunc(item.Tags, func(tag domain.Tag) bool { return !slices.Contains(s.tags, tag) })
	})
}

// beyond returns the scopes of q that lie outside of other.
func beyond(q, other domain.Query) []scope {
	return slices.DeleteFunc(scopes(q), func(s scope) bool { return s.within(other) })
}

// isCommandID reports whether a query asks for the events of one command, as
// package application does for commands with an id.
func isCommandID(q domain.Query) bool {
	items := q.Items()
	return len(items) == 1 && len(items[0].Types) == 0 && len(items[0].Tags) == 1 &&
		strings.HasPrefix(string(items[0].Tags[0]), application.CommandTagPrefix)
}

// onlyIn returns the elements of a that are not in b.
func onlyIn[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(x T) bool { return slices.Contains(b, x) })
}
