package vfstest

import (
	"errors"
	"io/fs"
	"os"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// Kind is an operation of the file system.
type Kind string

// The operations. Create is an Open that makes the file or may make it.
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
	// Do makes the call at once. It returns what the call returned.
	Do func() error
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

// call shows c to before and does what it says.
func (w *watched) call(c Call) error {
	f := w.before(c)
	var err error
	if f.Effect == Whole {
		err = c.Do()
	}
	if f.Err != nil {
		return pathError(string(c.Kind), c.Name, f.Err)
	}
	return err
}

func (w *watched) Open(name string, flag int) (file vfs.File, err error) {
	kind := Open
	if flag&os.O_CREATE != 0 {
		kind = Create
	}
	err = w.call(Call{Kind: kind, Name: name, Do: func() (err error) {
		file, err = w.dir.Open(name, flag)
		return err
	}})
	if err != nil {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return nil, err
	}
	if file == nil {
		return nil, pathError(string(kind), name, errors.New("vfstest: an open cannot be skipped without an error"))
	}
	return &watchedFile{File: file, name: name, fs: w}, nil
}

func (w *watched) List(name string) (entries []fs.DirEntry, err error) {
	err = w.call(Call{Kind: List, Name: name, Do: func() (err error) {
		entries, err = w.dir.List(name)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func (w *watched) Mkdir(name string) error {
	return w.call(Call{Kind: Mkdir, Name: name, Do: func() error { return w.dir.Mkdir(name) }})
}

func (w *watched) Rename(old, new string) error {
	return w.call(Call{Kind: Rename, Name: new, Do: func() error { return w.dir.Rename(old, new) }})
}

func (w *watched) SyncDir(name string) error {
	return w.call(Call{Kind: SyncDir, Name: name, Do: func() error { return w.dir.SyncDir(name) }})
}

func (w *watched) Close() error { return w.dir.Close() }

type watchedFile struct {
	vfs.File
	name string
	fs   *watched
}

func (f *watchedFile) ReadAt(p []byte, offset int64) (n int, err error) {
	err = f.fs.call(Call{Kind: Read, Name: f.name, File: f.File, Offset: offset, Do: func() (err error) {
		n, err = f.File.ReadAt(p, offset)
		return err
	}})
	return n, err
}

func (f *watchedFile) WriteAt(p []byte, offset int64) (n int, err error) {
	c := Call{Kind: Write, Name: f.name, File: f.File, Data: p, Offset: offset, Do: func() (err error) {
		n, err = f.File.WriteAt(p, offset)
		return err
	}}
	fault := f.fs.before(c)
	switch fault.Effect {
	case Whole:
		err = c.Do()
	case Part:
		n, err = f.File.WriteAt(p[:min(fault.Bytes, len(p))], offset)
	case Nothing:
		if fault.Err == nil {
			n = len(p)
		}
	}
	if fault.Err != nil {
		err = pathError("write", f.name, fault.Err)
	}
	return n, err
}

func (f *watchedFile) Sync() error {
	c := Call{Kind: Sync, Name: f.name, File: f.File, Do: f.File.Sync}
	fault := f.fs.before(c)
	var err error
	if fault.Effect == Whole {
		err = c.Do()
	} else if fault.Err != nil {
		pick := f.fs.pick
		if fault.Effect == Nothing {
			pick = func(int) int { return 0 }
		}
		f.FailSync(pick)
	}
	if fault.Err != nil {
		return pathError("sync", f.name, fault.Err)
	}
	return err
}

// FailSync passes on to the file of a Disk. Other files have no memory that could
// be left clean.
func (f *watchedFile) FailSync(pick func(n int) int) {
	if inner, ok := f.File.(interface{ FailSync(pick func(n int) int) }); ok {
		inner.FailSync(pick)
	}
}

func (f *watchedFile) Truncate(size int64) error {
	return f.fs.call(Call{Kind: Truncate, Name: f.name, File: f.File, Offset: size, Do: func() error { return f.File.Truncate(size) }})
}

func (f *watchedFile) Current() (current bool, err error) {
	err = f.fs.call(Call{Kind: Current, Name: f.name, File: f.File, Do: func() (err error) {
		current, err = f.File.Current()
		return err
	}})
	return current, err
}

func (f *watchedFile) Map(length int) (m *vfs.Mapping, err error) {
	err = f.fs.call(Call{Kind: Map, Name: f.name, File: f.File, Do: func() (err error) {
		m, err = f.File.Map(length)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (f *watchedFile) Size() (size int64, err error) {
	err = f.fs.call(Call{Kind: Size, Name: f.name, File: f.File, Do: func() (err error) {
		size, err = f.File.Size()
		return err
	}})
	return size, err
}

func (f *watchedFile) Close() error {
	return f.fs.call(Call{Kind: Close, Name: f.name, File: f.File, Do: f.File.Close})
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
