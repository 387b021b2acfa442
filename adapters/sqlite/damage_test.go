package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/ports"
)

func TestAFileThatCannotBeUsedIsRefusedAndTheErrorSaysWhatToDo(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, path string)
		want  error
	}{
		{"it is text", overwrite([]byte(strings.Repeat("no database\n", 1000))), ports.ErrCorrupt},
		{"it is empty", overwrite(nil), ports.ErrCorrupt},
		{"its first page is damaged", func(t *testing.T, path string) {
			t.Helper()
			content := mustReadFile(t, path)
			copy(content[100:], bytes.Repeat([]byte{0xff}, 300))
			overwrite(content)(t, path)
		}, ports.ErrCorrupt},
		{"it was cut", func(t *testing.T, path string) {
			t.Helper()
			overwrite(mustReadFile(t, path)[:5000])(t, path)
		}, ports.ErrCorrupt},
		{"another program made it", executeAnew("CREATE TABLE states (name TEXT)"), ports.ErrCorrupt},
		{"a later version made it", execute("PRAGMA user_version = 2"), sqlite.ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, stock+".sqlite")
			buildStock(t, dir)
			tt.spoil(t, path)
			store := openProjections(t, dir)
			_, acquireErr := store.Acquire(t.Context(), stock)
			_, _, stateErr := store.State(t.Context(), stock, "item:001")
			_, infosErr := store.Projections(t.Context())
			for method, err := range map[string]error{"Acquire": acquireErr, "State": stateErr, "Projections": infosErr} {
				if !errors.Is(err, tt.want) {
					t.Fatalf("%s = %v, want %v", method, err, tt.want)
				}
				for _, part := range []string{path, "delete stock.sqlite, stock.sqlite-wal and stock.sqlite-shm", "made anew", "if it is an outbox, restore an older copy"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%s = %v, want that it says %q", method, err, part)
					}
				}
			}
			// What the error says helps, and needs no restart.
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
			writer, err := store.Acquire(t.Context(), stock)
			if err != nil {
				t.Fatalf("Acquire after the file was deleted = %v, want a writer", err)
			}
			if err := rebuildStock(t.Context(), writer, 7); err != nil {
				t.Fatal(err)
			}
			if err := checkStock(t, store); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAStateThatIsNotAsItWasWrittenIsRefused(t *testing.T) {
	for _, change := range []string{
		"UPDATE states_1 SET tags = 'version:1' WHERE key = 'item:001'",
		"UPDATE states_1 SET created_at = 'yesterday' WHERE key = 'item:001'",
		"UPDATE states_1 SET version = 'first' WHERE key = 'item:001'",
	} {
		t.Run(change, func(t *testing.T) {
			dir := t.TempDir()
			buildStock(t, dir)
			execute(change)(t, filepath.Join(dir, stock+".sqlite"))
			store := openProjections(t, dir)
			if _, found, err := store.State(t.Context(), stock, "item:001"); err == nil || found {
				t.Errorf("State = found %v, %v; want an error", found, err)
			}
			if _, found, err := store.State(t.Context(), stock, "item:002"); err != nil || !found {
				t.Errorf("State of another key = found %v, %v; want it", found, err)
			}
		})
	}
}

// buildStock makes the projection stock and leaves its file alone.
func buildStock(t *testing.T, dir string) {
	t.Helper()
	store := openProjections(t, dir)
	writer, err := store.Acquire(t.Context(), stock)
	if err == nil {
		err = rebuildStock(t.Context(), writer, 8)
	}
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}

func overwrite(content []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// execute changes a file as another program would.
func execute(statement string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db := openFile(t, path)
		_, err := db.ExecContext(t.Context(), statement)
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// executeAnew makes another file in the place of one.
func executeAnew(statement string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		execute(statement)(t, path)
	}
}

func mustReadFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
