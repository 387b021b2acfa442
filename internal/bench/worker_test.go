package bench_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/internal/bench"
)

// workerVariable makes this test program a worker.
const workerVariable = "OPOSSUM_BENCH_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		if err := bench.Work(context.Background(), stores, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// stores are what is measured.
var stores = bench.Config{
	Open: func(ctx context.Context, dir string, segmentSize int64) (bench.Store, error) {
		return filesystem.Open(ctx, dir, filesystem.Options{SegmentSize: segmentSize})
	},
	OpenProjections: func(dir string) (bench.Projections, error) { return sqlite.Open(dir, sqlite.Options{}) },
	InMemory: func() (bench.Store, bench.Projections) {
		return memory.New(memory.Options{}), memory.NewProjections()
	},
}

// worker is the command that runs this test program as a worker.
func worker(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(workerVariable, "1")
	return []string{self}
}
