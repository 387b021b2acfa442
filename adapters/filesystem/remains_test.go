package filesystem_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// openersAndRepair are all functions that are given the directory of a store.
func openersAndRepair() map[string]func(t *testing.T, dir string) error {
	all := map[string]func(t *testing.T, dir string) error{
		"RepairDir": func(t *testing.T, dir string) error {
			t.Helper()
			_, err := filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{})
			return err
		},
		"RepairDir dry": func(t *testing.T, dir string) error {
			t.Helper()
			_, err := filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{DryRun: true})
			return err
		},
	}
	maps.Copy(all, openers)
	return all
}

func TestAStoreThatLostItsManifestIsDamagedForEverybody(t *testing.T) {
	t.Parallel()
	whole := sealedStore(t)
	for _, tt := range []struct {
		name  string
		spoil []func(*testing.T, string)
		says  string
	}{
		{"nothing else is missing", nil, "has segments"},
		{"its lock is missing too", []func(*testing.T, string){remove(".lock")}, "has segments"},
		{"something else is in the directory", []func(*testing.T, string){func(t *testing.T, dir string) {
			t.Helper()
			must(t, os.Mkdir(filepath.Join(dir, "projections"), 0o700))
		}}, "has segments"},
		{"its segments are missing too", []func(*testing.T, string){remove("events")}, "has index files"},
		{"nothing is left but the ledger", []func(*testing.T, string){remove("events"), remove("indexes")}, "events are committed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			remove("store.json")(t, dir)
			for _, spoil := range tt.spoil {
				spoil(t, dir)
			}
			before := readDisk(t, dir)
			for name, open := range openersAndRepair() {
				err := open(t, dir)
				checkCorrupt(t, err, dir, "store.json", tt.says, "restore it from a backup")
				if errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s() = %v, which says that there is no store", name, err)
				}
			}
			checkDisk(t, dir, before)
		})
	}
}

func TestADirectoryWithNothingOfAStoreHoldsNone(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(dir string) error{
		"an empty one":                 func(string) error { return nil },
		"one with another file":        func(dir string) error { return os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600) },
		"one with a file named events": func(dir string) error { return os.WriteFile(filepath.Join(dir, "events"), nil, 0o600) },
		"one with events of another kind": func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "events"), 0o700), os.WriteFile(filepath.Join(dir, "events", "party.ics"), nil, 0o600))
		},
		"one with another ledger":        func(dir string) error { return os.WriteFile(filepath.Join(dir, "ledger"), []byte("rent 700"), 0o600) },
		"one with a folder named ledger": func(dir string) error { return os.Mkdir(filepath.Join(dir, "ledger"), 0o700) },
		"one in which a store was begun": func(dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, ".lock"), nil, 0o600), os.Mkdir(filepath.Join(dir, "events"), 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, prepare(dir))
			before := readDisk(t, dir)
			for how, open := range openersAndRepair() {
				if how == "Open" {
					continue
				}
				err := open(t, dir)
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s() = %v, want fs.ErrNotExist", how, err)
				}
				checkText(t, err, dir, "holds no store", "store.json")
			}
			checkDisk(t, dir, before)
		})
	}
}

func TestAnEmptyNameOfADirectoryIsRefusedByEverybody(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, open := range openersAndRepair() {
		err := open(t, "")
		var invalid *domain.ValidationError
		if !errors.As(err, &invalid) || invalid.Field != "dir" || !errors.Is(err, domain.ErrInvalid) {
			t.Errorf(`%s("") = %v, want a ValidationError for dir`, name, err)
			continue
		}
		checkText(t, err, "name the directory", `"."`)
	}
	if d := readDisk(t, dir); len(d) > 0 {
		t.Errorf("the current directory holds %v", d)
	}
	must(t, openers["Open"](t, "."))
}
