package filesystem_test

import (
	"context"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

func TestTheFileSystemAdapterFulfilsTheContract(t *testing.T) {
	portstest.Run(t, portstest.Fixture{
		Open: func(t testing.TB, clock ports.Clock) ports.EventStore {
			return openStore(t, t.TempDir(), filesystem.Options{Clock: clock})
		},
		Reopen: func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
			t.Helper()
			s := store.(*filesystem.Store)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return openStore(t, s.Dir(), filesystem.Options{Clock: clock})
		},
		SecondHandle: func(t testing.TB, store ports.EventStore, clock ports.Clock) ports.EventStore {
			return openStore(t, store.(*filesystem.Store).Dir(), filesystem.Options{Clock: clock})
		},
	})
}

// openStore opens the store in dir. When the test ends, the store is closed and
// what is left in dir must verify.
func openStore(t testing.TB, dir string, options filesystem.Options) *filesystem.Store {
	t.Helper()
	s, err := filesystem.Open(t.Context(), dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		if _, err := filesystem.Verify(context.Background(), dir); err != nil {
			t.Errorf("Verify after the test: %v", err)
		}
	})
	return s
}
