package drive_test

import (
	"testing"

	"github.com/opossum-go/opossum/internal/drive"
)

func TestATemporaryDirectoryIsOnADiskOfThisMachine(t *testing.T) {
	if kind, err := drive.Remote(t.TempDir()); kind != "" || err != nil {
		t.Errorf("Remote() = %q, %v; want a local file system", kind, err)
	}
}
