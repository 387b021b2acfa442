package filesystem_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// damage is something done to the files of a store of 12 events in three
// segments, which begin at positions 1, 6 and 11.
type damage struct {
	name string
	do   func(t *testing.T, dir string)
	file string   // that the error must name
	says []string // what else it must say
	// readable is true when the damage concerns writers only.
	readable bool
}

var threeSegments = []string{
	"events/00000000000000000001.jsonl", "events/00000000000000000006.jsonl", "events/00000000000000000011.jsonl",
}

func replaceByLink(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, name)
		moved := filepath.Join(t.TempDir(), "moved")
		if err := os.Rename(path, moved); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(moved, path); err != nil {
			t.Skipf("skipped: symbolic links cannot be made here: %v", err)
		}
	}
}

func replaceByDir(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		remove(name)(t, dir)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func replaceText(name, text string) func(*testing.T, string) {
	return change(name, func([]byte) []byte { return []byte(text) })
}

// change replaces the text of a file by what edit makes of it.
func change(name string, edit func(text []byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, name)
		writeFile(t, path, edit(readFile(t, path)))
	}
}

// changeLines replaces the lines of a file by what edit makes of them.
func changeLines(name string, edit func(lines [][]byte) [][]byte) func(*testing.T, string) {
	return change(name, func(text []byte) []byte { return bytes.Join(edit(lines(text)), nil) })
}

// damages are those that no crash explains: a store must refuse all of them.
var damages = []damage{
	{"a symbolic link for store.json", replaceByLink("store.json"), "store.json", []string{"regular file", "symbolic link"}, false},
	{"a symbolic link for the lock", replaceByLink(".lock"), ".lock", []string{"regular file", "symbolic link"}, true},
	{"a symbolic link for the ledger", replaceByLink("ledger"), "ledger", []string{"regular file", "symbolic link"}, false},
	{"a symbolic link for the first segment", replaceByLink(threeSegments[0]), threeSegments[0], []string{"regular file", "symbolic link"}, false},
	{"a symbolic link for the last segment", replaceByLink(threeSegments[2]), threeSegments[2], []string{"regular file", "symbolic link"}, false},
	{"a symbolic link for the directory of events", replaceByLink("events"), "events", []string{"symbolic link"}, false},
	{"a directory for store.json", replaceByDir("store.json"), "store.json", []string{"regular file", "a directory"}, false},
	{"a directory for the lock", replaceByDir(".lock"), ".lock", []string{"regular file", "a directory"}, true},
	{"a directory for the ledger", replaceByDir("ledger"), "ledger", []string{"regular file", "a directory"}, false},
	{"a directory for a segment", replaceByDir(threeSegments[1]), threeSegments[1], []string{"regular file", "a directory"}, false},
	{"a file for the directory of events", func(t *testing.T, dir string) {
		t.Helper()
		remove("events")(t, dir)
		writeFile(t, filepath.Join(dir, "events"), nil)
	}, "events", []string{"a directory"}, false},

	{"an empty store.json", replaceText("store.json", ""), "store.json", []string{"format"}, false},
	{"a store.json without a format", replaceText("store.json", `{"id":"x","mode":"local"}`), "store.json", []string{"format"}, false},
	{"a store.json that is no JSON", replaceText("store.json", "\x00\x01\x02"), "store.json", []string{"JSON", `\x00`}, false},
	{"a store.json that was cut", change("store.json", func(b []byte) []byte { return b[:len(b)/2] }), "store.json", []string{"JSON"}, false},
	{"a store.json with more behind it", change("store.json", func(b []byte) []byte { return append(b, b...) }), "store.json", []string{"JSON"}, false},
	{"a store.json without an id", replaceText("store.json", `{"format":1,"created":"2026-01-02T03:04:05Z","mode":"local"}`), "store.json", []string{"id"}, false},
	{"unknown fields in store.json", change("store.json", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"mode"`), []byte(`"colour":"red","mode"`), 1)
	}), "store.json", []string{"colour"}, false},
	{"the id of another store in store.json", change("store.json", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"id":"`), []byte(`"id":"f`), 1)
	}), "store.json", []string{`the id "f`, "all segments", "3 of them"}, false},
	{"no store.json", remove("store.json"), "store.json", []string{"restore it from a backup"}, false},

	{"a foreign file among the events", func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "events", "notes.txt"), []byte("remember"))
	}, "events/notes.txt", []string{"foreign file", "move it out"}, false},
	{"a copy of a segment among the events", func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, threeSegments[0]+".bak"), readFile(t, filepath.Join(dir, threeSegments[0])))
	}, threeSegments[0] + ".bak", []string{"foreign file"}, false},
	{"a segment that begins in the middle of another", func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "events", "00000000000000000008.jsonl"), nil)
	}, "events/00000000000000000008.jsonl", nil, false},

	{"no events", remove("events"), threeSegments[0], []string{"no such file"}, false},
	{"the first segment missing", remove(threeSegments[0]), threeSegments[0], []string{"no such file", "position 1"}, false},
	{"a segment in the middle missing", remove(threeSegments[1]), threeSegments[1], []string{"no such file", "position 6"}, false},
	{"the last segment missing", remove(threeSegments[2]), threeSegments[2], []string{"no such file", "position 11"}, false},
	{"the first segment empty", replaceText(threeSegments[0], ""), threeSegments[0], []string{"position 1"}, false},
	{"the last segment empty", replaceText(threeSegments[2], ""), threeSegments[2], []string{"position 11"}, false},
	{"a sealed segment cut in the middle of a line", change(threeSegments[1], func(b []byte) []byte { return b[:len(b)-10] }), threeSegments[1], []string{"position 10"}, false},
	{"a sealed segment cut behind a commit", changeLines(threeSegments[1], func(l [][]byte) [][]byte { return l[:len(l)-2] }), "events/00000000000000000010.jsonl", []string{"position 10"}, false},
	{"the last segment cut behind a commit", changeLines(threeSegments[2], func(l [][]byte) [][]byte { return l[:len(l)-2] }), threeSegments[2], []string{"position 12", "ledger"}, false},
	{"the last segment cut in the middle of a line", change(threeSegments[2], func(b []byte) []byte { return b[:len(b)-10] }), threeSegments[2], []string{"position 12"}, false},
	{"bytes behind a sealed segment that are no fill", change(threeSegments[0], func(b []byte) []byte { return append(append(b, make([]byte, 100)...), 'x') }), threeSegments[0], []string{"position 6"}, false},
	{"another segment in place of one", func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, threeSegments[1]), readFile(t, filepath.Join(dir, threeSegments[0])))
	}, threeSegments[1], []string{"segment header"}, false},
	{"a segment of another store", func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, threeSegments[1]), readFile(t, filepath.Join(makeStore(t, 12), threeSegments[1])))
	}, threeSegments[1], []string{"segment header"}, false},

	// Lines of a segment: the header, then an event and its commit in turn.
	{"an event edited", change(threeSegments[1], func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"Event8"`), []byte(`"Event9"`), 1)
	}), threeSegments[1], []string{"position 8", "commit line"}, false},
	{"an event removed", changeLines(threeSegments[1], func(l [][]byte) [][]byte { return slices.Delete(l, 3, 5) }), threeSegments[1], []string{"position 7", "position 8"}, false},
	{"a commit line removed", changeLines(threeSegments[1], func(l [][]byte) [][]byte { return slices.Delete(l, 4, 5) }), threeSegments[1], []string{"position 7"}, false},
	{"events swapped", changeLines(threeSegments[1], func(l [][]byte) [][]byte {
		l[1], l[3] = l[3], l[1]
		return l
	}), threeSegments[1], []string{"position 6", "position 7"}, false},
	{"events swapped together with their commits", changeLines(threeSegments[1], func(l [][]byte) [][]byte {
		l[1], l[2], l[3], l[4] = l[3], l[4], l[1], l[2]
		return l
	}), threeSegments[1], []string{"position 6", "position 7"}, false},
	{"an event twice", changeLines(threeSegments[1], func(l [][]byte) [][]byte { return slices.Insert(l, 3, l[1], l[2]) }), threeSegments[1], []string{"position 7", "position 6"}, false},
	{"a blank line", changeLines(threeSegments[1], func(l [][]byte) [][]byte { return slices.Insert(l, 3, []byte("\n")) }), threeSegments[1], []string{"position 7"}, false},
	{"line ends of Windows", change(threeSegments[1], func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }), threeSegments[1], []string{"segment header"}, false},
	{"a byte order mark", change(threeSegments[1], func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }), threeSegments[1], []string{"segment header"}, false},

	{"a ledger that is ahead of the segments", func(t *testing.T, dir string) {
		t.Helper()
		longer := copyStore(t, dir)
		store := openStore(t, longer, filesystem.Options{})
		mustAppend(t, store, domain.Event{Type: "Later"})
		writeFile(t, filepath.Join(dir, "ledger"), readFile(t, filepath.Join(longer, "ledger")))
	}, threeSegments[2], []string{"position 13", "ledger"}, false},
	{"the ledger of another store", func(t *testing.T, dir string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "ledger"), readFile(t, filepath.Join(makeStore(t, 12), "ledger")))
	}, "ledger", []string{"chain", "another store", "a backup tells which"}, false},
}

func TestDamageIsRefusedAndNothingIsTouched(t *testing.T) {
	t.Parallel()
	whole := makeStore(t, 12)
	if files := segmentFiles(t, whole); len(files) != 3 || filepath.Base(files[1]) != filepath.Base(threeSegments[1]) {
		t.Fatalf("the store has segments %q, want %q", files, threeSegments)
	}
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			tt.do(t, dir)
			before := readDisk(t, dir)

			store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
			if err == nil {
				t.Fatalf("the store opens, with repairs %+v", store.Repairs())
			}
			checkCorrupt(t, err, dir, tt.file, tt.says...)
			checkDisk(t, dir, before)
			_, err = filesystem.Verify(t.Context(), dir)
			switch {
			case tt.readable:
				if err != nil {
					t.Errorf("Verify() = %v, although reading is not concerned", err)
				}
			default:
				checkCorrupt(t, err, dir, tt.file, tt.says...)
				if n := len(found(err)); n != 1 {
					t.Errorf("Verify() tells of %d things, want one: %v", n, err)
				}
			}
			checkDisk(t, dir, before)
		})
	}
}
