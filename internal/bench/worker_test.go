package bench_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/internal/bench"
)

// workerVariable makes this test program a worker.
const workerVariable = "OPOSSUM_BENCH_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		if err := bench.Work(context.Background(), open, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func open(ctx context.Context, dir string, segmentSize int64) (bench.Store, error) {
	return filesystem.Open(ctx, dir, filesystem.Options{SegmentSize: segmentSize})
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
