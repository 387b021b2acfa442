// Package vfs is the file system as the adapter sees it: few operations, each of
// which can fail, so that tests can put a file system underneath that fails or
// forgets on purpose.
package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// FS is one directory. Names are relative to it, with forward slashes, and cannot
// leave it. Safe for concurrent use.
type FS interface {
	// Open opens the regular file name; flag is a combination of os.O_ flags. It
	// refuses a symbolic link or anything else that is not a regular file with a
	// [*NotRegularError], and never blocks on one.
	Open(name string, flag int) (File, error)
	// List returns the entries of the directory name, sorted.
	List(name string) ([]fs.DirEntry, error)
	// Mkdir creates the directory name for its owner only. An existing directory is
	// no error.
	Mkdir(name string) error
	// Rename replaces new by old in one step.
	Rename(old, new string) error
	// SyncDir makes the names in the directory name durable.
	SyncDir(name string) error
	// Close releases the directory. Files remain usable.
	Close() error
}

// File is an open file. Safe for concurrent use.
type File interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes the content and the size durable.
	Sync() error
	Truncate(size int64) error
	// Size returns the length of the file in bytes.
	Size() (int64, error)
	// Current reports whether the name that the file was opened by still stands for
	// this very file.
	Current() (bool, error)
	// Map returns the first length bytes in memory; the file must have as many and
	// may be closed afterwards.
	Map(length int) (*Mapping, error)
	Close() error
}

// NotRegularError reports a name that is not a regular file.
type NotRegularError struct {
	Name string
	Mode fs.FileMode
}

// Error names the file and what it is.
func (e *NotRegularError) Error() string { return e.Name + " is " + e.Kind() + ", not a regular file" }

// Kind says in words what the name is.
func (e *NotRegularError) Kind() string {
	switch {
	case e.Mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case e.Mode.IsDir():
		return "a directory"
	case e.Mode.IsRegular():
		return "a file"
	default:
		return "a special file (" + e.Mode.Type().String() + ")"
	}
}

var _ FS = (*Dir)(nil)

// Dir is a directory of the operating system.
type Dir struct {
	root   *os.Root
	handle *os.File // of the directory itself
}

// OS returns the directory dir of the operating system. It must exist.
func OS(dir string) (*Dir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	handle, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Dir{root: root, handle: handle}, nil
}

// namesByInfo is names for systems that tell a file from others by all they know of it.
func (o *Dir) namesByInfo(name string, file *os.File) (bool, error) {
	own, err := file.Stat()
	if err != nil {
		return false, err
	}
	return o.Is(name, own)
}

// Is reports whether name stands for the file that info describes.
func (o *Dir) Is(name string, info fs.FileInfo) (bool, error) {
	named, err := o.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(named, info), err
}

// Open is [FS.Open].
func (o *Dir) Open(name string, flag int) (File, error) {
	// Looking first keeps a named pipe from blocking the open; a writer of the
	// directory who swaps the file in between is beyond what is defended against.
	info, err := o.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &NotRegularError{Name: name, Mode: info.Mode()}
	}
	f, err := o.root.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{File: f, dir: o, name: name}, nil
}

// List is [FS.List].
func (o *Dir) List(name string) ([]fs.DirEntry, error) { return fs.ReadDir(o.root.FS(), name) }

// Mkdir is [FS.Mkdir].
func (o *Dir) Mkdir(name string) error {
	err := o.root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		info, statErr := o.root.Lstat(name)
		if statErr != nil {
			return statErr
		}
		if info.IsDir() {
			return nil
		}
	}
	return err
}

// Rename is [FS.Rename].
func (o *Dir) Rename(old, new string) error { return o.root.Rename(old, new) }

// SyncDir is [FS.SyncDir].
func (o *Dir) SyncDir(name string) error {
	dir, err := o.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(syncDir(dir), dir.Close())
}

// Close is [FS.Close].
func (o *Dir) Close() error { return errors.Join(o.handle.Close(), o.root.Close()) }

type osFile struct {
	*os.File
	dir  *Dir
	name string
}

func (f osFile) Current() (bool, error) { return f.dir.names(f.name, f.File) }

func (f osFile) Map(length int) (*Mapping, error) { return mapFile(f.File, length) }

func (f osFile) Sync() error { return syncData(f.File) }

// Size does not ask for the times of the file, as Stat would: Linux then gives the next
// write a time of its own, which the sync behind that write has to record. On the way of
// an append that is a third of a fast sync; BenchmarkSync has the figures.
func (f osFile) Size() (int64, error) { return f.Seek(0, io.SeekEnd) }

// ReadFrom returns the bytes of f from offset to its end. It does not trust the
// size: it reads until there is no more.
func ReadFrom(f File, offset int64) ([]byte, error) { return ReadRange(f, offset, -1) }

// ReadRange returns the bytes of f from offset up to, not including, end, or as many
// of them as there are. A negative end stands for the end of the file.
func ReadRange(f File, offset, end int64) ([]byte, error) {
	const more = 512
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	// What the caller says is no reason to take memory.
	expected := max(size-offset, 0) + more
	if end >= 0 {
		expected = min(expected, end-offset)
	}
	buf := make([]byte, 0, expected)
	for end < 0 || int64(len(buf)) < end-offset {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, more)...)[:len(buf)]
		}
		free := buf[len(buf):cap(buf)]
		if left := end - offset - int64(len(buf)); end >= 0 && int64(len(free)) > left {
			free = free[:left]
		}
		n, err := f.ReadAt(free, offset+int64(len(buf)))
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return buf, nil
}
