package vfstest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

// pair is the same directory twice, simulated and real, with files open in both.
type pair struct {
	dirs  [2]vfs.FS
	files map[string][2]vfs.File
}

// both makes the same call on both sides and compares what comes back.
func (p *pair) both(t *testing.T, what string, call func(side int) (string, error)) {
	t.Helper()
	var results [2]string
	for side := range results {
		result, err := call(side)
		for _, known := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrClosed, io.EOF} {
			if errors.Is(err, known) {
				result += " " + known.Error()
			}
		}
		results[side] = fmt.Sprintf("%s, failed: %v", result, err != nil)
	}
	if results[0] != results[1] {
		t.Fatalf("%s\nsimulated: %s\n     real: %s", what, results[0], results[1])
	}
}

func TestWithoutFaultsTheSimulationIsARealFileSystem(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows renames no file that is open")
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 5))
		onDisk, err := vfs.OS(t.TempDir())
		must(t, err)
		p := &pair{dirs: [2]vfs.FS{vfstest.New().FS(), onDisk}, files: map[string][2]vfs.File{}}
		for step := range 300 {
			name := []string{"a", "b", "d/a", "d/b", "d"}[rng.IntN(5)]
			other := []string{"a", "b"}[rng.IntN(2)]
			offset, size := int64(rng.IntN(1500)), rng.IntN(900)
			op := rng.IntN(10)
			what := fmt.Sprintf("seed %d, step %d: operation %d on %s and %s, %d bytes at %d", seed, step, op, name, other, size, offset)
			files, open := p.files[name]
			if op < 5 && !open {
				op = 5
			}
			p.both(t, what, func(side int) (string, error) {
				dir, f := p.dirs[side], files[side]
				switch op {
				case 0:
					n, err := f.WriteAt([]byte(text(byte('a'+step%26), size)), offset)
					return fmt.Sprint(n), err
				case 1:
					buf := make([]byte, size)
					n, err := f.ReadAt(buf, offset)
					return string(buf[:n]), err
				case 2:
					return "", f.Truncate(offset)
				case 3:
					n, err := f.Size()
					return fmt.Sprint(n), errors.Join(err, f.Sync())
				case 4:
					b, err := vfs.ReadFrom(f, 0)
					return string(b), err
				case 5, 6:
					flag := []int{os.O_RDWR | os.O_CREATE, os.O_RDWR, os.O_RDWR | os.O_CREATE | os.O_TRUNC}[size%3]
					if name == "d" {
						flag = os.O_RDWR
					}
					g, err := dir.Open(name, flag)
					if err == nil {
						if f != nil {
							err = f.Close()
						}
						files[side] = g
						p.files[name] = files
					}
					return "", err
				case 7:
					return "", dir.Mkdir([]string{"d", "missing/d"}[size%2])
				case 8:
					if name != "a" && name != "b" {
						return "", dir.SyncDir("d")
					}
					return "", dir.Rename(name, other)
				default:
					entries, err := dir.List([]string{".", "d"}[size%2])
					names := ""
					for _, e := range entries {
						names += fmt.Sprintf("%s %v ", e.Name(), e.Type())
					}
					return names, err
				}
			})
		}
		for name := range p.files {
			p.both(t, "close "+name, func(side int) (string, error) { return "", p.files[name][side].Close() })
		}
		must(t, onDisk.Close())
	}
}
