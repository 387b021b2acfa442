package filesystem_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/index"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// rewriteLines writes all events of the store in dir anew, each line as edit makes
// it, with commit lines, headers and a chain that fit. There is no ledger
// afterwards, and no index file.
func rewriteLines(t *testing.T, dir string, edit func(n domain.Position, line string) string) {
	t.Helper()
	var manifest struct{ ID string }
	must(t, json.Unmarshal(readFile(t, filepath.Join(dir, "store.json")), &manifest))
	chain, next := journal.Genesis(manifest.ID), domain.Position(1)
	for _, file := range segmentFiles(t, dir) {
		segment := journal.AppendHeader(nil, journal.Header{Store: manifest.ID, First: next, Chain: chain})
		first, batch := next, ""
		for line := range strings.Lines(string(readFile(t, file))) {
			switch {
			case strings.HasPrefix(line, `{"position":`):
				batch += edit(next, strings.TrimSuffix(line, "\n")) + "\n"
				next++
			case strings.HasPrefix(line, `{"commit":`):
				chain = chain.Next(batch)
				segment = journal.AppendCommit(append(segment, batch...), journal.Commit{
					First: first, Last: next - 1, Bytes: len(batch), CRC: journal.Checksum(batch), Chain: chain,
				})
				first, batch = next, ""
			}
		}
		writeFile(t, file, segment)
	}
	must(t, os.Remove(filepath.Join(dir, "ledger")))
	must(t, os.RemoveAll(filepath.Join(dir, "indexes")))
}

// dataFirst puts the last member of a line, its data, in front of its id.
func dataFirst(line string) string {
	id, data := strings.Index(line, `,"id":`), strings.Index(line, `,"data":`)
	return line[:id] + strings.TrimSuffix(line[data:], "}") + line[id:data] + "}"
}

func TestLinesInAnotherFormAreReadForWhatTheySayInEverySegment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		edit    func(line string) string
		foreign func(n domain.Position) bool // the line is edited
	}{
		{"no line", dataFirst, func(domain.Position) bool { return false }},
		{"the data in front of other keys", dataFirst, func(domain.Position) bool { return true }},
		{"that in one line", dataFirst, func(n domain.Position) bool { return n == 2 }},
		{"white space around the data", func(line string) string {
			return strings.Replace(strings.TrimSuffix(line, "}"), `,"data":`, `,"data": `, 1) + "\t}"
		}, func(n domain.Position) bool { return n%7 == 0 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := sealedStore(t)
			want := eventsOf(t, dir)
			rewriteLines(t, dir, func(n domain.Position, line string) string {
				if tt.foreign(n) {
					return tt.edit(line)
				}
				return line
			})
			check := func(when string) {
				t.Helper()
				if got := eventsOf(t, dir); !reflect.DeepEqual(got, want) {
					t.Fatalf("%s: got %+v\nwant %+v", when, got, want)
				}
			}
			check("without index files")
			store := openStore(t, dir, filesystem.Options{})
			untilIndexed(t, dir)
			must(t, store.Close())
			store = openStore(t, dir, filesystem.Options{})
			check("from index files")
			result, err := store.Read(t.Context(), domain.NewQuery(domain.Tagged("n:1")), ports.ReadOptions{Backwards: true})
			must(t, err)
			var backwards []domain.SequencedEvent
			for e, err := range result.Events {
				must(t, err)
				backwards = append(backwards, e)
			}
			slices.Reverse(backwards)
			if !reflect.DeepEqual(backwards, want) {
				t.Errorf("backwards: got %+v\nwant %+v", backwards, want)
			}
			if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Indexes != report.Segments-1 || report.Segments < 3 {
				t.Errorf("Verify() = %+v, %v; want an index file for each of three segments or more, but the last", report, err)
			}
			for _, file := range indexFiles(t, dir) {
				info, err := index.ReadInfo(readFile(t, file))
				if err != nil {
					t.Fatal(err)
				}
				canonical := true
				for n := info.First; n <= info.Last; n++ {
					canonical = canonical && !tt.foreign(n)
				}
				if info.Canonical != canonical {
					t.Errorf("the index of positions %d to %d says that the lines are canonical: %v", info.First, info.Last, info.Canonical)
				}
			}
		})
	}
}
