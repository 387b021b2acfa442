package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestPrintableShowsWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                "",
		"plain text, é €": "plain text, é €",
		"a\x1b[2Jb":       `a\u001b[2Jb`,
		"a\nb\tc":         `a\u000ab\u0009c`,
		"\u009b31m\u007f": `\u009b31m\u007f`,
		"user\u202etxt":   `user\u202etxt`,
		"no\u00a0break":   `no\u00a0break`,
		"\U000e0041":      `\udb40\udc41`,
		"a\xffb":          `a\xffb`,
		"\ufffd":          "\ufffd",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestJSONForATerminalIsTheSameJSON(t *testing.T) {
	t.Parallel()
	event := domain.SequencedEvent{Position: 1, Event: domain.Event{
		Type: "A\u009b\u202e\U000e0041", Data: json.RawMessage("\"\u007f\u009b<&>\""),
		Metadata: domain.Metadata{Values: map[string]string{"k\u200d": "\u2028"}},
	}}
	lines := map[bool]string{}
	for _, escape := range []bool{true, false} {
		var out strings.Builder
		if err := (jsonLines{out: &out, escape: escape}).print(event); err != nil {
			t.Fatal(err)
		}
		lines[escape] = out.String()
	}
	if strings.ContainsFunc(strings.TrimSuffix(lines[true], "\n"), hidden) {
		t.Errorf("a terminal gets %q", lines[true])
	}
	if !strings.Contains(lines[false], "\u009b<&>") {
		t.Errorf("a file gets %q, want the data as it is stored", lines[false])
	}
	var terminal, file any
	if err := errors.Join(json.Unmarshal([]byte(lines[true]), &terminal), json.Unmarshal([]byte(lines[false]), &file)); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(terminal) != fmt.Sprint(file) {
		t.Errorf("a terminal gets %v, a file %v; want the same", terminal, file)
	}
}

func TestLinesAreCutToTheTerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	to := &table{out: &out, width: 40, rows: 2, digits: 1}
	for i := range 3 {
		e := domain.SequencedEvent{Position: domain.Position(i + 1), RecordedAt: time.Unix(0, 0), Event: domain.Event{Type: "Ä", Data: json.RawMessage(`"€€€€€€€€€€€€"`)}}
		if err := to.print(e); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d lines were printed, want those of the two rows that are looked at together", got)
	}
	if err := to.end(); err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("N  1970-01-01 00:00:00.000Z  Ä    \"€€€€…\n", 3)
	for i := range 3 {
		want = strings.Replace(want, "N", fmt.Sprint(i+1), 1)
	}
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
}

func TestAllDamageInAnErrorIsShown(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("verify: %w", errors.Join(
		&ports.CorruptError{File: "/s/events/00000000000000000001.jsonl", Offset: 7, Position: 3, Want: "a", Got: "\x1b[2J"},
		fmt.Errorf("and %w", &ports.CorruptError{File: "/s/indexes/00000000000000000001.idx", Want: "b", Got: "c"}),
		errors.New("something else"),
	))
	var out strings.Builder
	explain(&out, "opossum events", err)
	for _, want := range []string{
		"damage in /s/events/00000000000000000001.jsonl at byte 7 (position 3)\n  want  a\n  got   \\u001b[2J\n  do    Keep a copy",
		"damage in /s/indexes/00000000000000000001.idx at byte 0\n  want  b\n  got   c\n  do    Indexes are derived",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("printed\n%swant it to hold\n%s", out.String(), want)
		}
	}
}

func TestAnErrorNamesNoSystemCall(t *testing.T) {
	t.Parallel()
	denied := &fs.PathError{Op: "statat", Path: "store.json", Err: fs.ErrPermission}
	for want, err := range map[string]error{
		"open /s: look at store.json: permission denied":                         fmt.Errorf("opossum: %w", &fs.PathError{Op: "open", Path: "/s", Err: denied}),
		"look at store.json: permission denied; rename a b: file already exists": errors.Join(denied, &os.LinkError{Op: "renameat", Old: "a", New: "b", Err: fs.ErrExist}),
		"list: /s: file does not exist":                                          os.NewSyscallError("readdirent", fmt.Errorf("/s: %w", fs.ErrNotExist)),
		"write /s: stat is the name of a file":                                   errors.New("write /s: stat is the name of a file"),
		"statat /s: text that is no error's":                                     errors.New("statat /s: text that is no error's"),
	} {
		if got := oneLine(err); got != want {
			t.Errorf("%q becomes %q, want %q", err, got, want)
		}
	}
}

func TestAnErrorIsOneLine(t *testing.T) {
	t.Parallel()
	full := errors.New("opossum: disk full\x1b")
	var out strings.Builder
	explain(&out, "opossum events", errors.Join(full, full, errors.New("and more")))
	if want := "opossum: disk full\\u001b; and more\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

func TestATimeMayBeGivenInManyForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2026-01-02T03:04:05Z":        time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"2026-01-02T03:04:05.5+02:00": time.Date(2026, 1, 2, 1, 4, 5, 5e8, time.UTC),
		"2026-01-02T03:04:05":         time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local),
		"2026-01-02 03:04":            time.Date(2026, 1, 2, 3, 4, 0, 0, time.Local),
		"2026-01-02":                  time.Date(2026, 1, 2, 0, 0, 0, 0, time.Local),
	} {
		var m moment
		if err := m.UnmarshalText([]byte(text)); err != nil || !m.Equal(want) {
			t.Errorf("%s is %v, %v; want %v", text, m, err, want)
		}
	}
	var m moment
	before := time.Now()
	if err := m.UnmarshalText([]byte("90m")); err != nil || m.Before(before.Add(-90*time.Minute)) || m.After(time.Now().Add(-90*time.Minute)) {
		t.Errorf("90m is %v, %v; want 90 minutes ago", m, err)
	}
	for _, text := range []string{"", "yesterday", "-5m", "2026-13-01", "5"} {
		if err := new(moment).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a time", text)
		}
	}
}
