package segments_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/cmd/opossum/internal/segments"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/allocated"
	"github.com/opossum-go/opossum/ports"
)

// makeStore appends batches of events of so many bytes of data each.
func makeStore(t *testing.T, batches ...[]int) (dir string, events []domain.Event) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, sizes := range batches {
		var batch []domain.Event
		for _, size := range sizes {
			batch = append(batch, domain.Event{Type: "A", Data: json.RawMessage(`"` + strings.Repeat("x", size) + `"`)})
		}
		if _, err := store.Append(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		events = append(events, batch...)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, events
}

func mustList(t *testing.T, dir string) []segments.Segment {
	t.Helper()
	list, err := segments.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// read returns the kinds of the lines up to head as text, such as "hec" for a
// header, an event and a commit line, and the error that ended it.
func read(ctx context.Context, t *testing.T, list []segments.Segment, head domain.Position) (string, error) {
	t.Helper()
	var kinds strings.Builder
	for _, s := range list {
		for line, err := range s.Lines(ctx, head) {
			if err != nil {
				return kinds.String(), err
			}
			kinds.WriteByte("hec"[line.Kind])
			text, err := os.ReadFile(s.Path)
			if err != nil {
				t.Fatal(err)
			}
			if stored := string(text[line.Offset:][:len(line.Text)+1]); stored != string(line.Text)+"\n" {
				t.Errorf("the line at byte %d is %q, want %q", line.Offset, line.Text, stored)
			}
		}
	}
	return kinds.String(), nil
}

func TestLinesAreThoseOfTheFilesInOrder(t *testing.T) {
	t.Parallel()
	dir, _ := makeStore(t, []int{1, 2}, []int{300 << 10}, []int{3}) // the second line is longer than what is read at once
	list := mustList(t, dir)
	if got := len(list); got != 2 || list[0].First != 1 || list[1].First != 4 || list[0].Name != "events/00000000000000000001.jsonl" {
		t.Fatalf("List() = %+v, want two segments that begin at 1 and 4", list)
	}
	for head, want := range map[domain.Position]string{0: "", 2: "heec", 3: "heecec", 4: "heecechec"} {
		if got, err := read(t.Context(), t, list, head); got != want || err != nil {
			t.Errorf("lines up to %d are %q, %v; want %q", head, got, err, want)
		}
	}
}

func TestWhatStandsBehindTheHeadIsNotLookedAt(t *testing.T) {
	t.Parallel()
	for name, tail := range map[string]string{
		"fill": strings.Repeat("\n", 5000), "an unfinished append": `{"position":2,"reco`, "garbage": "\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := makeStore(t, []int{1})
			list := mustList(t, dir)
			text, err := os.ReadFile(list[0].Path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(list[0].Path, append(text, tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := read(t.Context(), t, list, 1); got != "hec" || err != nil {
				t.Errorf("lines are %q, %v; want those of the one event", got, err)
			}
		})
	}
}

func TestAFileThatChangedIsNoticed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new string
		lines          string          // before it is noticed
		position       domain.Position // the first that may be affected
	}{
		{"a changed event", `"yy"`, `"yz"`, "hecee", 2},
		{"another position", `{"position":2,`, `{"position":3,`, "hec", 2},
		{"a changed checksum", `"crc32c":"`, `"crc32c":"0`, "he", 1},
		{"a line of something else", `{"position":3,`, `{"opposition":3,`, "hece", 3},
		{"a commit line without events", `{"position":1,`, `{"commit":{"first":1,`, "h", 1},
		{"the end of the file too early", `{"position":3,`, "", "hece", 2},
		{"the end of the file within a line", `"position":3,`, "", "hece", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, _ := makeStore(t, []int{1}, []int{2, 3})
			list := mustList(t, dir)
			text, err := os.ReadFile(list[0].Path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(strings.Replace(string(text), `"xx"`, `"yy"`, 1), tt.old, tt.new, 1)
			if tt.new == "" {
				changed, _, _ = strings.Cut(string(text), tt.old)
			}
			if err := os.WriteFile(list[0].Path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := read(t.Context(), t, list, 3)
			corrupt := new(ports.CorruptError)
			if got != tt.lines || !errors.As(err, &corrupt) || corrupt.File != list[0].Path || corrupt.Position != tt.position {
				t.Errorf("lines are %q, %v; want %q and what is wrong in %s at position %d", got, err, tt.lines, list[0].Path, tt.position)
			}
		})
	}
}

func TestReadingLinesEndsWithTheContext(t *testing.T) {
	t.Parallel()
	dir, _ := makeStore(t, []int{1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := read(ctx, t, mustList(t, dir), 1); got != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("lines are %q, %v; want the context's error", got, err)
	}
}

func TestAFolderWithoutSegmentsHasNone(t *testing.T) {
	t.Parallel()
	if list := mustList(t, t.TempDir()); len(list) != 0 {
		t.Errorf("List() = %+v, want none", list)
	}
}

func TestFieldsAreThoseOfTheEvent(t *testing.T) {
	t.Parallel()
	events := []domain.Event{
		{Type: "A"},
		{Type: "Quote\"Backslash\\", Tags: []domain.Tag{"a:\"],", `b:\`, "c:\n"}, Data: json.RawMessage(`{"data":[1,2]}`)},
		{Type: "All", Tags: []domain.Tag{"a:1", "b:2"}, Data: json.RawMessage(`"x"`), Metadata: domain.Metadata{
			ID: "i", CorrelationID: `,"data":`, CausationID: "}", OperationID: "{", UserID: `"`,
			Values: map[string]string{"data": `,"data":`, "recordedAt": "}", "z\"": `\`},
		}},
	}
	dir := filepath.Join(t.TempDir(), "store")
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	var reuse []string
	for line, err := range mustList(t, dir)[0].Lines(t.Context(), 3) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Kind != segments.Event {
			continue
		}
		got, err := segments.ParseFields(line.Text, reuse)
		if err != nil {
			t.Errorf("ParseFields(%s) = %v", line.Text, err)
			continue
		}
		if err := sameAsJSON(got, line.Text); err != nil {
			t.Errorf("ParseFields(%s): %v", line.Text, err)
		}
		reuse = got.Tags
	}
}

// A store reads event lines in any form of JSON, such as another order of their keys.
func TestALineInAnotherFormIsReadToo(t *testing.T) {
	t.Parallel()
	dir, _ := makeStore(t, []int{5}, []int{3})
	path := mustList(t, dir)[0].Path
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(lines[1]), &members); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(members) // "data" comes first then, and "position" behind it
	if err != nil || !strings.HasPrefix(string(sorted), `{"data":`) {
		t.Fatalf("%s, %v", sorted, err)
	}
	lines[1] = strings.ReplaceAll(string(sorted), `,`, ` , `) + "\n"
	sum := fmt.Sprintf(`"crc32c":"%08x"`, crc32.Checksum([]byte(lines[1]), crc32.MakeTable(crc32.Castagnoli)))
	lines[2] = regexp.MustCompile(`"crc32c":"[0-9a-f]+"`).ReplaceAllString(lines[2], sum)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t.Context(), t, mustList(t, dir), 2); got != "hecec" || err != nil {
		t.Errorf("lines are %q, %v; want those of two events", got, err)
	}
	fields, err := segments.ParseFields([]byte(strings.TrimSuffix(lines[1], "\n")), nil)
	if err != nil || fields.DataBytes != len(`"xxxxx"`) || fields.Type != "A" || fields.RecordedAt.IsZero() {
		t.Errorf("ParseFields(%s) = %+v, %v", lines[1], fields, err)
	}
}

// sameAsJSON compares fields with what encoding/json finds in the line.
func sameAsJSON(f segments.Fields, line []byte) error {
	var want struct {
		Type string          `json:"type"`
		Tags []string        `json:"tags"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(line, &want); err != nil {
		return err
	}
	if f.Type != want.Type || !slices.Equal(f.Tags, want.Tags) || f.DataBytes != len(want.Data) || f.RecordedAt.IsZero() {
		return fmt.Errorf("got %+v, want %+v", f, want)
	}
	return nil
}

func TestWhatIsNoEventHasNoFields(t *testing.T) {
	t.Parallel()
	whole := `{"position":1,"recordedAt":"2026-01-02T03:04:05Z","type":"A","tags":["a:1"],"id":"i","values":{"k":"v"},"data":1}`
	if _, err := segments.ParseFields([]byte(whole), nil); err != nil {
		t.Fatalf("ParseFields(%s) = %v", whole, err)
	}
	for n := range len(whole) {
		if got, err := segments.ParseFields([]byte(whole[:n]), nil); err == nil {
			t.Errorf("ParseFields(%s) = %+v, want an error", whole[:n], got)
		}
	}
}

func FuzzParseFields(f *testing.F) {
	f.Add([]byte(`{"position":1,"recordedAt":"2026-01-02T03:04:05Z","type":"A","tags":["a:1"],"id":"i","values":{"k":"v"},"data":1}`))
	f.Add([]byte(`{"position":2,"recordedAt":"2026-01-02T03:04:05Z","type":"\\","tags":["\"],",""],"data":{"data":{}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var fields segments.Fields
		var err error
		if used, most := allocated.By(func() { fields, err = segments.ParseFields(line, nil) }), uint64(1<<20+64*len(line)); used > most {
			t.Errorf("%d bytes of text took %d bytes of memory", len(line), used)
		}
		if err != nil {
			return
		}
		if fields.DataBytes <= 0 || fields.DataBytes >= len(line) || fields.RecordedAt.IsZero() {
			t.Errorf("ParseFields(%q) = %+v", line, fields)
		}
	})
}

func TestAnIndexFileThatCannotBeLookedAtIsNotTakenForNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"events", "indexes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const name = "00000000000000000001"
	if err := os.WriteFile(filepath.Join(dir, "events", name+".jsonl"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := segments.List(dir); len(list) != 1 || list[0].IndexBytes != -1 || err != nil {
		t.Errorf("without an index file List() = %+v, %v", list, err)
	}
	index := filepath.Join(dir, "indexes", name+".idx")
	if err := os.Symlink(index, index); err != nil {
		t.Skip("skipped: no links here")
	}
	if list, err := segments.List(dir); err == nil || !strings.Contains(err.Error(), name+".idx") {
		t.Errorf("with an index file that cannot be looked at List() = %+v, %v", list, err)
	}
}
