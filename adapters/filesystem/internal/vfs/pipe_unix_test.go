//go:build unix

package vfs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// An open that waited for the other end of the pipe would never return.
func TestOpenDoesNotBlockOnANamedPipe(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	if err := syscall.Mkfifo(filepath.Join(path, "pipe"), 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE} {
		_, err := dir.Open("pipe", flag)
		var not *vfs.NotRegularError
		if !errors.As(err, &not) || !strings.HasPrefix(not.Kind(), "a special file (p") {
			t.Errorf("Open() = %v, want that it is a special file", err)
		}
	}
}
