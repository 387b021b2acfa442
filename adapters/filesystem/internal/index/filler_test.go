package index_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

func TestAnIndexIsTheSameWhetherItIsFilledOrAddedTo(t *testing.T) {
	t.Parallel()
	for _, events := range []int{0, 1, 511, 512, 513, 10_000} {
		t.Run(fmt.Sprint(events), func(t *testing.T) {
			t.Parallel()
			added, filled := index.NewMemory(5), index.NewMemory(5)
			filler := index.NewFiller(filled)
			var tags []domain.Tag // memory that is used again and again
			for i := range events {
				entry := journal.Entry{Offset: uint32(300 * i), Length: 299, CRC: uint32(i)}
				tags = tags[:0]
				for n := range i % 4 {
					tags = append(tags, domain.Tag(fmt.Sprint(strings.Repeat("t", n), i/3)))
				}
				filler.Add(entry, fmt.Sprint("T", i%7), tags)
				added.Add(entry, fmt.Sprint("T", i%7), tags)
			}
			filler.End()
			info := index.Info{First: 5, Last: domain.Position(4 + events)}
			want, err := added.Encode(info)
			if err != nil {
				t.Fatal(err)
			}
			got, err := filled.Encode(info)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d events filled in give another index file than when they are added, error %v", events, err)
			}
		})
	}
}
