package memory_test

import (
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

func TestStoreKeepsTheContractOfAnEventStore(t *testing.T) {
	portstest.Run(t, portstest.Fixture{
		Open: func(t testing.TB, clock ports.Clock) ports.EventStore {
			store := memory.New(memory.Options{Clock: clock})
			t.Cleanup(func() { _ = store.Close() })
			return store
		},
	})
}
