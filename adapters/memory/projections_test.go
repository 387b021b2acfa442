package memory_test

import (
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

func TestProjectionsKeepTheContractOfAProjectionStore(t *testing.T) {
	portstest.RunProjections(t, portstest.ProjectionFixture{
		Open: func(t testing.TB) ports.ProjectionStore {
			store := memory.NewProjections()
			t.Cleanup(func() { _ = store.Close() })
			return store
		},
	})
}
