package journal

import (
	"errors"
	"strings"

	"github.com/opossum-go/opossum/domain"
)

// fits reports whether the texts of e are neither missing nor too long, nor too
// many: a look that takes next to no time.
func fits(e *domain.Event) bool {
	const most = domain.MaxMetadataBytes
	m := &e.Metadata
	for _, tag := range e.Tags {
		if tag == "" || len(tag) > domain.MaxTagBytes {
			return false
		}
	}
	if len(m.Values) > 0 { // a walk over no values takes its time too
		for key, value := range m.Values {
			if key == "" || len(key) > most || len(value) > most {
				return false
			}
		}
	}
	return e.Type != "" && len(e.Type) <= domain.MaxTypeBytes && len(e.Tags) <= domain.MaxTags && len(m.Values) <= domain.MaxMetadataValues &&
		max(len(m.ID), len(m.CorrelationID), len(m.CausationID), len(m.OperationID), len(m.UserID)) <= most
}

// refusal says, in the words of package domain, why no store takes an event like e;
// nil when stores do. Data is not looked at: it is judged where it is read.
func refusal(e *domain.Event) error {
	_, err := domain.PrepareEvents([]domain.Event{{Type: e.Type, Tags: e.Tags, Metadata: e.Metadata}})
	if err == nil {
		return nil
	}
	text := strings.Replace(err.Error(), "events[0].", "", 1)
	return errors.New(strings.TrimPrefix(text, "opossum: "))
}
