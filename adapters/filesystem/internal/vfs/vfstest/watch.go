package vfstest

import (
	"errors"
	"io/fs"
	"os"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// Kind is an operation of the file system.
type Kind string

// The operations. Create is an Open that makes the file or may make it. There is no
// link, for a store makes none. Lock and Unlock are not of a file system: whoever
// simulates a lock beside one shows them to the same decision.
const (
	Open     Kind = "open"
	Create   Kind = "create"
	List     Kind = "list"
	Mkdir    Kind = "mkdir"
	Rename   Kind = "rename"
	SyncDir  Kind = "syncdir"
	Read     Kind = "read"
	Write    Kind = "write"
	Sync     Kind = "sync"
	Truncate Kind = "truncate"
	Size     Kind = "size"
	Current  Kind = "current"
	Map      Kind = "map"
	Close    Kind = "close"
	Lock     Kind = "lock"
	Unlock   Kind = "unlock"
)

// Call is one call that is about to be made.
type Call struct {
	Kind   Kind
	Name   string // of the file or directory; for a rename the new name
	Data   []byte // of a write
	Offset int64  // of a read or write; the size of a truncate
	// File is the file below, for a decision that makes another call in place of this
	// one; nil for calls that are not made on an open file.
	File vfs.File
}

// Effect says how much of a call is done.
type Effect int

// The effects of a call.
const (
	Whole   Effect = iota // all of it, as if nothing were wrong
	Nothing               // nothing; a sync that fails leaves the memory clean without writing it out
	Part                  // a write: the first Bytes bytes; a sync: some sectors, the others as with Nothing
)

// Fault says what becomes of a call. The zero Fault lets it pass.
type Fault struct {
	Err    error // returned in place of what the call returns; nil with Nothing is a lie
	Effect Effect
	Bytes  int
}

// Watch returns dir with every call shown to before, which decides what becomes of
// it. pick(n) returns a number in [0, n) and decides what a sync that fails has
// written out; nil stands for nothing. Closing the directory passes unseen.
func Watch(dir vfs.FS, pick func(n int) int, before func(Call) Fault) vfs.FS {
	if pick == nil {
		pick = func(int) int { return 0 }
	}
	return &watched{dir: dir, pick: pick, before: before}
}

type watched struct {
	dir    vfs.FS
	pick   func(n int) int
	before func(Call) Fault
}

// result is what a call returns that returned err, or was not made.
func (c Call) result(f Fault, err error) error {
	if f.Err != nil {
		return pathError(string(c.Kind), c.Name, f.Err)
	}
	return err
}

func (w *watched) Open(name string, flag int) (file vfs.File, err error) {
	c := Call{Kind: Open, Name: name}
	if flag&os.O_CREATE != 0 {
		c.Kind = Create
	}
	f := w.before(c)
	if f.Effect == Whole {
		file, err = w.dir.Open(name, flag)
	}
	if err = c.result(f, err); err != nil {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return nil, err
	}
	if file == nil {
		return nil, pathError(string(c.Kind), name, errors.New("vfstest: an open cannot be skipped without an error"))
	}
	return &watchedFile{File: file, name: name, fs: w}, nil
}

func (w *watched) List(name string) (entries []fs.DirEntry, err error) {
	c := Call{Kind: List, Name: name}
	f := w.before(c)
	if f.Effect == Whole {
		entries, err = w.dir.List(name)
	}
	if err = c.result(f, err); err != nil {
		return nil, err
	}
	return entries, nil
}

func (w *watched) Mkdir(name string) (err error) {
	c := Call{Kind: Mkdir, Name: name}
	f := w.before(c)
	if f.Effect == Whole {
		err = w.dir.Mkdir(name)
	}
	return c.result(f, err)
}

func (w *watched) Rename(old, new string) (err error) {
	c := Call{Kind: Rename, Name: new}
	f := w.before(c)
	if f.Effect == Whole {
		err = w.dir.Rename(old, new)
	}
	return c.result(f, err)
}

func (w *watched) SyncDir(name string) (err error) {
	c := Call{Kind: SyncDir, Name: name}
	f := w.before(c)
	if f.Effect == Whole {
		err = w.dir.SyncDir(name)
	}
	return c.result(f, err)
}

func (w *watched) Close() error { return w.dir.Close() }

type watchedFile struct {
	vfs.File
	name string
	fs   *watched
}

func (f *watchedFile) call(kind Kind) Call { return Call{Kind: kind, Name: f.name, File: f.File} }

func (f *watchedFile) ReadAt(p []byte, offset int64) (n int, err error) {
	c := f.call(Read)
	c.Offset = offset
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		n, err = f.File.ReadAt(p, offset)
	}
	return n, c.result(fault, err)
}

func (f *watchedFile) WriteAt(p []byte, offset int64) (n int, err error) {
	c := f.call(Write)
	c.Data, c.Offset = p, offset
	fault := f.fs.before(c)
	switch fault.Effect {
	case Whole:
		n, err = f.File.WriteAt(p, offset)
	case Part:
		n, err = f.File.WriteAt(p[:min(fault.Bytes, len(p))], offset)
	case Nothing:
		if fault.Err == nil {
			n = len(p)
		}
	}
	return n, c.result(fault, err)
}

func (f *watchedFile) Sync() (err error) {
	c := f.call(Sync)
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		err = f.File.Sync()
	} else if fault.Err != nil {
		pick := f.fs.pick
		if fault.Effect == Nothing {
			pick = func(int) int { return 0 }
		}
		f.FailSync(pick)
	}
	return c.result(fault, err)
}

// FailSync passes on to the file of a Disk. Other files have no memory that could
// be left clean.
func (f *watchedFile) FailSync(pick func(n int) int) {
	if inner, ok := f.File.(interface{ FailSync(pick func(n int) int) }); ok {
		inner.FailSync(pick)
	}
}

func (f *watchedFile) Truncate(size int64) (err error) {
	c := f.call(Truncate)
	c.Offset = size
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		err = f.File.Truncate(size)
	}
	return c.result(fault, err)
}

func (f *watchedFile) Current() (current bool, err error) {
	c := f.call(Current)
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		current, err = f.File.Current()
	}
	return current, c.result(fault, err)
}

func (f *watchedFile) Map(length int) (m *vfs.Mapping, err error) {
	c := f.call(Map)
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		m, err = f.File.Map(length)
	}
	if err = c.result(fault, err); err != nil {
		return nil, err
	}
	return m, nil
}

func (f *watchedFile) Size() (size int64, err error) {
	c := f.call(Size)
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		size, err = f.File.Size()
	}
	return size, c.result(fault, err)
}

func (f *watchedFile) Close() (err error) {
	c := f.call(Close)
	fault := f.fs.before(c)
	if fault.Effect == Whole {
		err = f.File.Close()
	}
	return c.result(fault, err)
}

// Nth returns a decision for [Watch] that lets the n-th call of one kind fail,
// counted from 1, and with forever all that follow it. It counts for one handle
// or several, one call at a time.
func Nth(kind Kind, n int, forever bool, fault Fault) func(Call) Fault {
	seen := 0
	return func(c Call) Fault {
		if c.Kind != kind {
			return Fault{}
		}
		if seen++; seen == n || (forever && seen > n) {
			return fault
		}
		return Fault{}
	}
}
