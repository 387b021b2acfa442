package filesystem_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// nasty are events that are hard on whoever reads JSON Lines.
func nasty() []domain.Event {
	data := []string{
		``, `null`, `0`, `""`, `[]`, `{}`, `true`, ` [ 1 , 2 ] `, "{\n\t\"a\"\r\n:\t1\n}",
		`"unicode: é ü 漢字 🦝 \u0000 \u001f \ud83e\udd9d ` + "\u2028\u2029\u007f\u0085\ufeff\U0010ffff" + `"`,
		`"escapes: \" \\ \/ \b \f \n \r \t \\\" \\u0041"`,
		`"{\"commit\":{\"first\":1,\"last\":1,\"bytes\":2}}"`,
		`{"position":1,"position":2,"commit":{"first":1},"segment":{"format":9}}`,
		`{"a":1,"a":2,"":3,"\u0000":4}`,
		`[123456789012345678901234567890, -0, -0.0, 1e400, 1E-400, 0.1000, 9007199254740993, 1.7976931348623157e308]`,
		strings.Repeat("[", domain.MaxDataDepth) + strings.Repeat("]", domain.MaxDataDepth),
		// jq 1.6 reads 256 levels, and counts two for an object; one object is around it.
		strings.Repeat(`{"a":`, domain.MaxDataDepth) + `1` + strings.Repeat("}", domain.MaxDataDepth),
		`"` + strings.Repeat("x", domain.MaxDataBytes-2) + `"`,
	}
	events := []domain.Event{{
		Type: "quote\" backslash\\ newline\n tab\t bell\a ' / é 漢 🦝 \u2028\u007f",
		Tags: []domain.Tag{"\n", "\"", "\\", "{\"commit\":{\"first\":1", "é", "e\u0301", domain.Tag(strings.Repeat("🦝", 63))},
		Data: json.RawMessage(`{"x":1}`),
		Metadata: domain.Metadata{
			ID: "id\"\n", OccurredAt: time.Date(1, 1, 2, 0, 0, 0, 123456789, time.FixedZone("", -12*3600-30*60)),
			CorrelationID: "\u0001\u001f", CausationID: "\\", OperationID: "{}", UserID: "Zoë",
			Values: map[string]string{"\n": "\r", "k": ""},
		},
	}}
	for _, d := range data {
		events = append(events, domain.Event{Type: "Nasty", Data: json.RawMessage(d)})
	}
	return events
}

// makeStoreOf stores events, each alone and all of them at once, in several
// segments.
func makeStoreOf(t *testing.T, events []domain.Event) (dir string, count int) {
	t.Helper()
	dir = t.TempDir()
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	for _, e := range events {
		mustAppend(t, store, e)
	}
	count = int(mustAppend(t, store, events...).Last)
	if n := len(segmentFiles(t, dir)); n < 2 {
		t.Fatalf("%d segments, want some", n)
	}
	return dir, count
}

func TestEveryLineOnDiskIsJSON(t *testing.T) {
	deepest := strings.Repeat(`{"a":`, domain.MaxDataDepth) + `1` + strings.Repeat("}", domain.MaxDataDepth)
	dir, count := makeStoreOf(t, append(nasty(),
		domain.Event{Type: "Deepest", Data: json.RawMessage(deepest)},
	))
	want := eventsOf(t, dir)
	events := 0
	for _, file := range segmentFiles(t, dir) {
		for n, line := range lines(readFile(t, file)) {
			var parsed struct {
				Position        domain.Position
				Type            string
				Tags            []domain.Tag
				Data            json.RawMessage
				Commit, Segment json.RawMessage
			}
			if err := json.Unmarshal(line, &parsed); err != nil {
				t.Errorf("line %d of %s: %v", n+1, file, err)
				continue
			}
			if line[len(line)-1] != '\n' {
				t.Errorf("line %d of %s has no end", n+1, file)
			}
			if parsed.Position == 0 {
				continue
			}
			e := want[events]
			if events++; parsed.Position != e.Position || parsed.Type != e.Type || len(parsed.Tags) != len(e.Tags) || !bytes.Equal(parsed.Data, e.Data) {
				t.Errorf("line %d of %s is not what the store reads at position %d", n+1, file, e.Position)
			}
		}
	}
	if events != count || len(want) != count {
		t.Errorf("found %d event lines, the store reads %d, want %d", events, len(want), count)
	}
}

func TestJqReadsAStoreWithoutComplaint(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("skipped: jq is not installed")
	}
	dir, count := makeStoreOf(t, nasty())
	run := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		cmd := exec.CommandContext(t.Context(), jq, append(args, segmentFiles(t, dir)...)...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 {
			t.Fatalf("jq %q: %v\n%s", args, err, errs.String())
		}
		return out.String()
	}
	run(".")
	if got := strings.Count(run("-c", "select(.position) | .position"), "\n"); got != count {
		t.Errorf("jq finds %d events, want %d", got, count)
	}
	commits := strings.Fields(run("-c", "select(.commit) | .commit.last - .commit.first + 1"))
	if len(commits) != len(nasty())+1 {
		t.Errorf("jq finds %d commits, want %d", len(commits), len(nasty())+1)
	}
}
