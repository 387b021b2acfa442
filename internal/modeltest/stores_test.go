package modeltest_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/ports"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// A failure prints its program and its seed: no files are left behind.
	mustSet("rapid.nofailfile", "true")
	os.Exit(m.Run())
}

func mustSet(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err)
	}
}

// rounds multiplies the work: OPOSSUM_ROUNDS=100 for a soak.
func rounds(t testing.TB) int {
	t.Helper()
	text := os.Getenv("OPOSSUM_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("OPOSSUM_ROUNDS is %q, want a number from 1", text)
	}
	return n
}

// programs runs a number of random programs, each on an empty shelf of its own.
// The number is a flag of the whole process, so the caller must not be parallel.
func programs(t rapid.TB, number int, newShelf func(t *rapid.T) shelf) {
	t.Helper()
	before := flag.Lookup("rapid.checks").Value.String()
	mustSet("rapid.checks", strconv.Itoa(number))
	defer mustSet("rapid.checks", before)
	rapid.Check(t, func(t *rapid.T) { runProgram(t, newShelf(t)) })
}

// inMemory returns a shelf whose handles are one store: it is closed for all of
// them at once, and then it is gone.
func inMemory(*rapid.T) shelf {
	store := memory.New(memory.Options{})
	return shelf{passing: true, open: func(context.Context) (ports.EventStore, error) { return store, nil }}
}

// inFolders returns shelves with folders of their own below dir. Segments are
// small, so that programs begin new ones.
func inFolders(dir string) func(*rapid.T) shelf {
	made := 0
	return func(t *rapid.T) shelf {
		made++
		path := filepath.Join(dir, fmt.Sprint("store", made))
		t.Cleanup(func() {
			if err := os.RemoveAll(path); err != nil {
				t.Errorf("remove the store: %v", err)
			}
		})
		return shelf{
			open: func(ctx context.Context) (ports.EventStore, error) {
				return filesystem.Open(ctx, path, filesystem.Options{SegmentSize: 4 << 10})
			},
			check: func(ctx context.Context) error {
				_, err := filesystem.Verify(ctx, path)
				return err
			},
		}
	}
}
