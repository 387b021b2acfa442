package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

// folders are where the stores of the conformance kit are.
var folders sync.Map

func TestConformance(t *testing.T) {
	portstest.RunProjections(t, portstest.ProjectionFixture{
		Open: func(t testing.TB) ports.ProjectionStore {
			return openKept(t, filepath.Join(t.TempDir(), "projections"))
		},
		Reopen: func(t testing.TB, store ports.ProjectionStore) ports.ProjectionStore {
			if err := store.(*sqlite.Projections).Close(); err != nil {
				t.Fatal(err)
			}
			return openKept(t, folderOf(t, store))
		},
		OpenOther: func(t testing.TB, store ports.ProjectionStore) ports.ProjectionStore {
			return openKept(t, folderOf(t, store))
		},
	})
}

func openKept(t testing.TB, dir string) *sqlite.Projections {
	t.Helper()
	store := openProjections(t, dir)
	folders.Store(store, dir)
	t.Cleanup(func() { folders.Delete(store) })
	return store
}

func folderOf(t testing.TB, store ports.ProjectionStore) string {
	t.Helper()
	dir, ok := folders.Load(store)
	if !ok {
		t.Fatal("the fixture does not know this store")
	}
	return dir.(string)
}

func openProjections(t testing.TB, dir string) *sqlite.Projections {
	t.Helper()
	store, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
	return store
}
