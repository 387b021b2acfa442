package vfs_test

import (
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

func TestATemporaryDirectoryIsNotRemote(t *testing.T) {
	if kind, err := vfs.Remote(t.TempDir()); kind != "" || err != nil {
		t.Errorf("Remote() = %q, %v; want a local file system", kind, err)
	}
}
