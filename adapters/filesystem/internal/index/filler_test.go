package index_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

func TestAnIndexIsTheSameInWhateverWayItsEventsAreEntered(t *testing.T) {
	t.Parallel()
	for _, events := range []int{0, 1, 511, 512, 513, 10_000} {
		t.Run(fmt.Sprint(events), func(t *testing.T) {
			t.Parallel()
			added, filled, together := index.NewMemory(5), index.NewMemory(5), index.NewMemory(5)
			filler := index.NewFiller(filled)
			ends := index.NewMemory(5)
			ended := index.NewFiller(ends)
			var batch []*domain.Event
			var entries []journal.Entry
			var tags []domain.Tag // memory that is used again and again
			for i := range events {
				entry := journal.Entry{Offset: uint32(300 * i), Length: 299, CRC: uint32(i)}
				tags = tags[:0]
				for n := range i % 4 {
					tags = append(tags, domain.Tag(fmt.Sprint(strings.Repeat("t", n), i/3)))
				}
				if i%50 == 0 {
					tags = append(tags, "", "")
				}
				typ := fmt.Sprint("T", i%7)
				filler.Add(entry, typ, tags)
				added.Add(entry, typ, tags)
				if ended.Add(entry, typ, tags); i%700 == 0 || i == 600 {
					ended.End()
				}
				entries, batch = append(entries, entry), append(batch, &domain.Event{Type: typ, Tags: slices.Clone(tags)})
				if len(batch) > i/3 || i == events-1 {
					together.AddAll(entries, batch)
					entries, batch = nil, nil
				}
			}
			filler.End()
			ended.End()
			info := index.Info{First: 5, Last: domain.Position(4 + events)}
			want, err := added.Encode(info)
			if err != nil {
				t.Fatal(err)
			}
			for way, memory := range map[string]*index.Memory{"a filler": filled, "a filler that is ended now and then": ends, "AddAll": together} {
				if got, err := memory.Encode(info); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s makes another index file of %d events than Add, error %v", way, events, err)
				}
			}
		})
	}
}
