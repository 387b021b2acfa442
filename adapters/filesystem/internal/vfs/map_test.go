package vfs_test

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

func TestAMappedFileHoldsWhatTheFileHolds(t *testing.T) {
	t.Parallel()
	f := mapped(t, "what was written")
	m, err := f.Map(9)
	if err != nil {
		t.Fatal(err)
	}
	if err := vfs.Guard(func() error {
		if string(m.Data) != "what was " {
			t.Errorf("mapped %q", m.Data)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := m.Release(); err != nil {
		t.Error(err)
	}
}

func TestAMappedFileThatWasCutIsAnErrorAndNotTheEnd(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows cuts no file that is mapped")
	}
	f := mapped(t, "what was written")
	m, err := f.Map(16)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(0); err != nil {
		t.Fatal(err)
	}
	var sum byte
	err = vfs.Guard(func() error {
		for _, b := range m.Data {
			sum += b
		}
		return nil
	})
	if !errors.Is(err, vfs.ErrFault) {
		t.Errorf("reading gave %d, %v; want ErrFault", sum, err)
	}
}

func TestAPanicInsideOfAGuardStaysAPanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("recovered %v", r)
		}
	}()
	_ = vfs.Guard(func() error { panic("mine") })
}

func mapped(t *testing.T, text string) vfs.File {
	t.Helper()
	dir, err := vfs.OS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, err := dir.Open("a", os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(f.Close(), dir.Close()) })
	return f
}
