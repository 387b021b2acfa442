package history

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/opossum-go/opossum/domain"
)

// given returns the event with what the store filled in.
func given(appended, stored domain.Event) domain.Event {
	if appended.Metadata.OccurredAt.IsZero() {
		appended.Metadata.OccurredAt = stored.Metadata.OccurredAt
	}
	return appended
}

// difference returns the first field in which two stored events differ, or "".
func difference(a, b domain.Event) string {
	m, n := a.Metadata, b.Metadata
	switch {
	case m.ID != n.ID:
		return "id"
	case a.Type != b.Type:
		return "type"
	case !slices.Equal(a.Tags, b.Tags):
		return "set of tags"
	case !bytes.Equal(a.Data, b.Data):
		return "data"
	case !m.OccurredAt.Equal(n.OccurredAt):
		return "time of occurrence"
	case m.CorrelationID != n.CorrelationID || m.CausationID != n.CausationID ||
		m.OperationID != n.OperationID || m.UserID != n.UserID || !maps.Equal(m.Values, n.Values):
		return "metadata"
	}
	return ""
}

func pair(got, want domain.Event) string {
	return fmt.Sprintf("got %s, want %s", picture(got), picture(want))
}

func picture(e domain.Event) string {
	return fmt.Sprintf("%q %q %s %+v", e.Type, e.Tags, e.Data, e.Metadata)
}
