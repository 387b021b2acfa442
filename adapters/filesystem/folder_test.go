package filesystem_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// mustPut appends one event and returns its position.
func mustPut(t *testing.T, store *filesystem.Store, typ string, tags ...domain.Tag) domain.Position {
	t.Helper()
	return mustAppend(t, store, domain.Event{Type: typ, Tags: tags}).First
}

func TestALedgerThatIsMissingOrUselessIsMadeAnewFromTheEvents(t *testing.T) {
	old := ""
	tests := []struct {
		name  string
		spoil func(*testing.T, string)
	}{
		{"it is missing", remove("ledger")},
		{"it is empty", replaceText("ledger", "")},
		{"it is text of another kind", replaceText("ledger", "null\n")},
		{"it was cut", change("ledger", func(b []byte) []byte { return b[:len(b)/2] })},
		{"it is the one from before the last append", func(t *testing.T, dir string) {
			t.Helper()
			replaceText("ledger", old)(t, dir)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			store := openStore(t, dir, filesystem.Options{})
			mustPut(t, store, "CourseDefined", "course:c1")
			old = string(readFile(t, filepath.Join(dir, "ledger")))
			mustPut(t, store, "StudentSubscribed", "course:c1", "student:s1")
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, dir)

			store = openStore(t, dir, filesystem.Options{})
			if head, err := store.Head(t.Context()); err != nil || head != 2 {
				t.Fatalf("Head() = %d, %v, want the 2 events that are there", head, err)
			}
			subscribed := domain.NewQuery(domain.OfTypes("StudentSubscribed").Tagged("student:s1"))
			if got := readSeen(t, store, subscribed); len(got) != 1 || got[0].Position != 2 {
				t.Errorf("the last event is found by type and tag at %v, want it at position 2", got)
			}
			_, err := store.Append(t.Context(), []domain.Event{{Type: "StudentSubscribed"}}, domain.AppendCondition{FailIfEventsMatch: subscribed})
			var conflict *ports.ConflictError
			if !errors.As(err, &conflict) || conflict.Position != 2 {
				t.Errorf("Append = %v, want a conflict with position 2", err)
			}
			if p := mustPut(t, store, "CourseClosed", "course:c1"); p != 3 {
				t.Errorf("the next event has position %d, want 3", p)
			}
		})
	}
}

func TestAFolderThatIsMissingIsCreatedWithItsParentsAndARemovedOneBeginsAtPositionOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	for range 2 {
		store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p := mustPut(t, store, "CourseDefined"); p != 1 {
			t.Errorf("the first event has position %d, want 1", p)
		}
		if err := errors.Join(store.Close(), os.RemoveAll(dir)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingOnDiskIsNamedByTypesAndTags(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	names := []string{"../outside", "a/b", `a\b`, "con", ".", "..", "trailing. ", "*?:<>|", "Ünïcode", strings.Repeat("long", 60), "A", "a"}
	for i, name := range names {
		if p := mustPut(t, store, name, domain.Tag(name)); p != domain.Position(i+1) {
			t.Fatalf("%q has position %d, want %d", name, p, i+1)
		}
	}
	for i, name := range names {
		got := readSeen(t, store, domain.NewQuery(domain.OfTypes(name).Tagged(domain.Tag(name))))
		if len(got) != 1 || got[0].Position != domain.Position(i+1) {
			t.Errorf("%q is found at %v, want it at position %d alone", name, got, i+1)
		}
	}
	var files []string
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != ".turn" { // there after some waiting only
			relative, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(relative))
		}
		return err
	})
	if want := []string{".lock", "events/00000000000000000001.jsonl", "ledger", "store.json"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("the files are %q, error %v, want %q", files, err, want)
	}
}

func TestAnAppendChangesNoByteThatIsStored(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	stored := map[string][]byte{}
	for range 60 {
		mustPut(t, store, "CourseDefined", "course:c1")
		segments, err := filepath.Glob(filepath.Join(dir, "events", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, segment := range segments {
			text := bytes.TrimRight(readFile(t, segment), "\n") // without fill
			if !bytes.HasPrefix(text, stored[segment]) {
				t.Fatalf("an append changed what was in %s", filepath.Base(segment))
			}
			stored[segment] = text
		}
	}
	if len(stored) < 2 {
		t.Errorf("everything is in %d segment, want more", len(stored))
	}
}
