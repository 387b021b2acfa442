package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileOfAStoreIsKnownByItsPlaceAndNotByTheNameOfTheStoresFolder(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	for _, name := range []string{"store", "events", "indexes"} {
		store := filepath.Join(above, name)
		if err := os.MkdirAll(filepath.Join(store, "events"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(store, "store.json"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"ledger", ".lock", "store.json", "events/ledger", "indexes/1.idx", "events/00000000000000000001.jsonl"} {
			if got := inStore(filepath.Join(store, filepath.FromSlash(file))); got != file {
				t.Errorf("%s of a store in %s is taken for %s", file, store, got)
			}
		}
	}
}
