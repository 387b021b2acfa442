package domain_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

// The copies of one batch may lie side by side; whoever owns an event must not notice.
func TestThePreparedEventsOfABatchDoNotReachIntoEachOther(t *testing.T) {
	t.Parallel()
	var events []domain.Event
	var data []string
	for i := range 60 {
		// From nothing to more than several events share.
		text := strings.Repeat("x", i*i*30)
		events = append(events, domain.Event{
			Type: "A", Tags: []domain.Tag{domain.Tag(fmt.Sprint("b:", i)), "a:1", "a:1", "c:2"}[:i%5],
			Data: fmt.Appendf(nil, "{ \"n\" : %d,\n\t\"text\" : %q }  ", i, text),
		})
		data = append(data, fmt.Sprintf(`{"n":%d,"text":%q}`, i, text))
	}
	events[7].Data, data[7] = nil, "null"
	prepared, err := domain.PrepareEvents(events)
	checkErr(t, err, "")
	for i := range prepared {
		_ = append(prepared[i].Tags, "overwritten")
		_ = append(prepared[i].Data, "overwritten"...)
	}
	for i := range events { // nor into what they were made of
		clear(events[i].Tags)
		clear(events[i].Data)
	}
	for i, e := range prepared {
		want := slices.Sorted(slices.Values([]domain.Tag{"a:1", domain.Tag(fmt.Sprint("b:", i)), "c:2"}))
		switch i % 5 {
		case 0:
			want = nil
		case 1:
			want = want[1:2]
		case 2, 3:
			want = want[:2]
		}
		if !slices.Equal(e.Tags, want) {
			t.Errorf("event %d: tags %v, want %v", i, e.Tags, want)
		}
		if !bytes.Equal(e.Data, []byte(data[i])) {
			t.Errorf("event %d: data of %d bytes, want %d: %.40s", i, len(e.Data), len(data[i]), e.Data)
		}
	}
}
