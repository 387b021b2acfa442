package vfs_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

func openDir(t *testing.T) (vfs.FS, string) {
	t.Helper()
	path := t.TempDir()
	dir, err := vfs.OS(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir, path
}

func mustOpen(t *testing.T, dir vfs.FS, name string, flag int) vfs.File {
	t.Helper()
	f, err := dir.Open(name, flag)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	})
	return f
}

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFileKeepsWhatIsWrittenToIt(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	f := mustOpen(t, dir, "a", os.O_RDWR|os.O_CREATE)
	if n, err := f.WriteAt([]byte("hello world"), 0); n != 11 || err != nil {
		t.Fatalf("WriteAt() = %d, %v", n, err)
	}
	if n, err := f.WriteAt([]byte("W"), 6); n != 1 || err != nil {
		t.Fatalf("WriteAt() = %d, %v", n, err)
	}
	if err := errors.Join(f.Truncate(9), f.Sync(), dir.SyncDir(".")); err != nil {
		t.Fatal(err)
	}
	if size, err := f.Size(); size != 9 || err != nil {
		t.Errorf("Size() = %d, %v; want 9", size, err)
	}
	got, err := os.ReadFile(filepath.Join(path, "a"))
	if string(got) != "hello Wor" || err != nil {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

func TestOnlyTheOwnerMayReadWhatIsCreated(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such modes")
	}
	dir, path := openDir(t)
	mustOpen(t, dir, "a", os.O_RDWR|os.O_CREATE)
	if err := dir.Mkdir("d"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"a": 0o600, "d": 0o700 | fs.ModeDir} {
		info, err := os.Stat(filepath.Join(path, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestOpenRefusesWhatIsNoRegularFile(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	mustWrite(t, filepath.Join(path, "target"), "secret")
	if err := dir.Mkdir("d"); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{"d": "a directory"}
	for name, target := range map[string]string{"link": "target", "dangling": "nothing", "outside": filepath.Join(path, "target")} {
		if err := os.Symlink(target, filepath.Join(path, name)); err != nil {
			t.Skipf("this system lets an ordinary user make no symbolic links: %v", err)
		}
		kinds[name] = "a symbolic link"
	}
	for name, kind := range kinds {
		for _, flag := range []int{os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREATE, os.O_RDWR | os.O_CREATE | os.O_TRUNC} {
			f, err := dir.Open(name, flag)
			if err == nil {
				t.Errorf("%s was opened with flags %#x", name, flag)
				_ = f.Close()
				continue
			}
			var not *vfs.NotRegularError
			if !errors.As(err, &not) || not.Kind() != kind || not.Error() != name+" is "+kind+", not a regular file" {
				t.Errorf("Open(%s, %#x) = %v, want that it is %s", name, flag, err, kind)
			}
		}
	}
	if got, err := os.ReadFile(filepath.Join(path, "target")); string(got) != "secret" || err != nil {
		t.Errorf("the target of the links holds %q, %v", got, err)
	}
}

func TestNamesCannotLeaveTheDirectory(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	outside := filepath.Join(filepath.Dir(path), filepath.Base(path)+".outside")
	mustWrite(t, outside, "secret")
	t.Cleanup(func() { _ = os.Remove(outside) })
	for _, name := range []string{"../" + filepath.Base(outside), outside, "x/../../" + filepath.Base(outside)} {
		if f, err := dir.Open(name, os.O_RDWR|os.O_CREATE); err == nil {
			t.Errorf("%s was opened", name)
			_ = f.Close()
		}
		if err := dir.Mkdir(name + ".d"); err == nil {
			t.Errorf("%s.d was made", name)
		}
		if _, err := dir.List(filepath.Dir(name)); err == nil {
			t.Errorf("%s was listed", filepath.Dir(name))
		}
	}
	if got, err := os.ReadFile(outside); string(got) != "secret" || err != nil {
		t.Errorf("the file outside holds %q, %v", got, err)
	}
}

func TestAMissingFileIsNotCreatedWithoutBeingAsked(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR} {
		if _, err := dir.Open("a", flag); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open() = %v, want fs.ErrNotExist", err)
		}
	}
	if _, err := os.Stat(filepath.Join(path, "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
}

func TestMkdirLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	mustWrite(t, filepath.Join(path, "file"), "text")
	for range 2 {
		if err := dir.Mkdir("d"); err != nil {
			t.Errorf("Mkdir() = %v", err)
		}
	}
	if err := dir.Mkdir("file"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Mkdir over a file = %v, want fs.ErrExist", err)
	}
	if err := dir.Mkdir("missing/d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Mkdir in nothing = %v, want fs.ErrNotExist", err)
	}
}

func TestRenameReplaces(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	mustWrite(t, filepath.Join(path, "old"), "1")
	mustWrite(t, filepath.Join(path, "new"), "2")
	if err := dir.Rename("old", "new"); err != nil {
		t.Fatal(err)
	}
	entries, err := dir.List(".")
	if err != nil || len(entries) != 1 || entries[0].Name() != "new" {
		t.Errorf("List() = %v, %v; want new alone", entries, err)
	}
	if got, err := os.ReadFile(filepath.Join(path, "new")); string(got) != "1" || err != nil {
		t.Errorf("the new name holds %q, %v", got, err)
	}
}

func TestListIsSorted(t *testing.T) {
	t.Parallel()
	dir, path := openDir(t)
	if err := dir.Mkdir("d"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"c", "a", "b"} {
		mustWrite(t, filepath.Join(path, "d", name), "")
	}
	entries, err := dir.List("d")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, "") != "abc" {
		t.Errorf("List() = %v", names)
	}
	if _, err := dir.List("missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("List of nothing = %v, want fs.ErrNotExist", err)
	}
	if err := dir.SyncDir("missing"); runtime.GOOS != "windows" && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SyncDir of nothing = %v, want fs.ErrNotExist", err)
	}
}

func TestFilesOutliveTheDirectoryThatOpenedThem(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	mustWrite(t, filepath.Join(path, "a"), "text")
	dir, err := vfs.OS(path)
	if err != nil {
		t.Fatal(err)
	}
	f := mustOpen(t, dir, "a", os.O_RDONLY)
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := vfs.ReadFrom(f, 0); string(got) != "text" || err != nil {
		t.Errorf("ReadFrom() = %q, %v", got, err)
	}
	if _, err := dir.Open("a", os.O_RDONLY); err == nil {
		t.Error("a closed directory opens files")
	}
}

func TestOnlyADirectoryIsADirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	if _, err := vfs.OS(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OS of nothing = %v, want fs.ErrNotExist", err)
	}
	mustWrite(t, path, "")
	if _, err := vfs.OS(path); err == nil {
		t.Error("a file was opened as a directory")
	}
}

// lying is a file whose size is not what can be read.
type lying struct {
	vfs.File
	size    int64
	sizeErr error
	content []byte
	readErr error
}

func (l lying) Size() (int64, error) { return l.size, l.sizeErr }

func (l lying) ReadAt(p []byte, offset int64) (int, error) {
	if l.readErr != nil {
		return 0, l.readErr
	}
	return bytes.NewReader(l.content).ReadAt(p, offset)
}

func TestReadFromReadsToTheEndWhateverTheSizeSays(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789"), 300)
	for _, size := range []int64{0, 1, 511, 2500, 3000, 3001, 9000} {
		for _, offset := range []int64{0, 1, 2999, 3000, 3001, 10_000} {
			got, err := vfs.ReadFrom(lying{size: size, content: content}, offset)
			if want := content[min(offset, 3000):]; !bytes.Equal(got, want) || err != nil {
				t.Errorf("size %d: ReadFrom(%d) = %d bytes, %v; want %d bytes", size, offset, len(got), err, len(want))
			}
		}
	}
}

func TestARangeIsReadToItsEndWhateverTheSizeSays(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789"), 300)
	for _, tt := range []struct{ size, offset, end, length, from, to int64 }{
		{size: 3000, offset: 10, end: -1, length: 2990, from: 10, to: 3000},
		{size: 3000, offset: 10, end: 20, length: 10, from: 10, to: 20},
		{size: 3000, offset: 10, end: 10, length: 0, from: 10, to: 10},
		{size: 3000, offset: 10, end: 9000, length: 2990, from: 10, to: 3000},
		{size: 100, offset: 10, end: -1, length: 90, from: 10, to: 3000},
		{size: 100, offset: 10, end: 200, length: 90, from: 10, to: 200},
		{size: 9000, offset: 10, end: -1, length: 8990, from: 10, to: 3000},
	} {
		from, length, err := vfs.Range(lying{size: tt.size, content: content}, tt.offset, tt.end)
		if err != nil || length != tt.length {
			t.Errorf("%+v: length %d, error %v", tt, length, err)
			continue
		}
		if got, err := io.ReadAll(from); !bytes.Equal(got, content[tt.from:tt.to]) || err != nil {
			t.Errorf("%+v: %d bytes, error %v", tt, len(got), err)
		}
	}
	if _, _, err := vfs.Range(lying{sizeErr: io.ErrClosedPipe}, 0, -1); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("without a size: error %v, want %v", err, io.ErrClosedPipe)
	}
}

func TestReadFromReturnsTheErrorOfTheFile(t *testing.T) {
	t.Parallel()
	broken := io.ErrUnexpectedEOF
	for name, f := range map[string]lying{"reading": {readErr: broken}, "asking for the size": {sizeErr: broken}} {
		if got, err := vfs.ReadFrom(f, 0); !errors.Is(err, broken) || got != nil {
			t.Errorf("%s fails: ReadFrom() = %q, %v", name, got, err)
		}
	}
}
