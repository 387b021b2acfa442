package vfstest

import (
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// handle is the directory as one process has it open.
type handle struct {
	disk   *Disk
	closed bool
}

func (h *handle) lock() (*Disk, func(), error) {
	h.disk.mu.Lock()
	if h.closed {
		h.disk.mu.Unlock()
		return nil, nil, fs.ErrClosed
	}
	return h.disk, h.disk.mu.Unlock, nil
}

func (h *handle) Open(name string, flag int) (vfs.File, error) {
	d, unlock, err := h.lock()
	if err != nil {
		return nil, pathError("open", name, err)
	}
	defer unlock()
	parent, base := d.parent(name)
	if parent == nil {
		return nil, pathError("open", name, fs.ErrNotExist)
	}
	var f *file
	switch n := parent.live[base].(type) {
	case *file:
		f = n
	case *dir:
		return nil, &vfs.NotRegularError{Name: name, Mode: fs.ModeDir}
	default:
		if flag&os.O_CREATE == 0 {
			return nil, pathError("open", name, fs.ErrNotExist)
		}
		f = &file{}
		parent.change(nameChange{name: base, node: f})
		d.version++
	}
	if flag&os.O_TRUNC != 0 && len(f.live) > 0 {
		f.truncate(0)
		d.version++
	}
	d.handles++
	return &openFile{disk: d, file: f, name: name, writable: flag&os.O_RDWR != 0}, nil
}

func (h *handle) List(name string) ([]fs.DirEntry, error) {
	d, unlock, err := h.lock()
	if err != nil {
		return nil, pathError("list", name, err)
	}
	defer unlock()
	x, ok := d.find(name).(*dir)
	if !ok {
		return nil, pathError("list", name, fs.ErrNotExist)
	}
	var all []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(x.live)) {
		_, isDir := x.live[name].(*dir)
		all = append(all, entry{name, isDir})
	}
	return all, nil
}

func (h *handle) Mkdir(name string) error {
	d, unlock, err := h.lock()
	if err != nil {
		return pathError("mkdir", name, err)
	}
	defer unlock()
	parent, base := d.parent(name)
	if parent == nil {
		return pathError("mkdir", name, fs.ErrNotExist)
	}
	switch parent.live[base].(type) {
	case *dir:
		return nil
	case *file:
		return pathError("mkdir", name, fs.ErrExist)
	}
	parent.change(nameChange{name: base, node: newDir()})
	d.version++
	return nil
}

func (h *handle) Rename(old, new string) error {
	d, unlock, err := h.lock()
	if err != nil {
		return pathError("rename", old, err)
	}
	defer unlock()
	from, oldBase := d.parent(old)
	to, newBase := d.parent(new)
	if from == nil || from != to {
		return pathError("rename", old, syscall.EXDEV)
	}
	n, ok := from.live[oldBase]
	if !ok {
		return pathError("rename", old, fs.ErrNotExist)
	}
	from.change(nameChange{name: newBase, old: oldBase, node: n})
	d.version++
	return nil
}

func (h *handle) SyncDir(name string) error {
	d, unlock, err := h.lock()
	if err != nil {
		return pathError("sync", name, err)
	}
	defer unlock()
	x, ok := d.find(name).(*dir)
	if !ok {
		return pathError("sync", name, fs.ErrNotExist)
	}
	x.sync()
	d.version++
	return nil
}

func (h *handle) Close() error {
	_, unlock, err := h.lock()
	if err != nil {
		return pathError("close", ".", err)
	}
	defer unlock()
	h.closed = true
	return nil
}

// openFile is a file as one process has it open.
type openFile struct {
	disk     *Disk
	file     *file
	name     string
	writable bool
	closed   bool
}

func (o *openFile) lock(op string, write bool) (func(), error) {
	o.disk.mu.Lock()
	switch {
	case o.closed:
		o.disk.mu.Unlock()
		return nil, pathError(op, o.name, fs.ErrClosed)
	case write && !o.writable:
		o.disk.mu.Unlock()
		return nil, pathError(op, o.name, syscall.EBADF)
	case write:
		o.disk.version++
	}
	return o.disk.mu.Unlock, nil
}

func (o *openFile) ReadAt(p []byte, offset int64) (int, error) {
	unlock, err := o.lock("read", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if offset >= int64(len(o.file.live)) {
		return 0, io.EOF
	}
	n := copy(p, o.file.live[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (o *openFile) WriteAt(p []byte, offset int64) (int, error) {
	unlock, err := o.lock("write", true)
	if err != nil {
		return 0, err
	}
	defer unlock()
	o.file.write(p, int(offset))
	return len(p), nil
}

func (o *openFile) Truncate(size int64) error {
	unlock, err := o.lock("truncate", true)
	if err != nil {
		return err
	}
	defer unlock()
	o.file.truncate(int(size))
	return nil
}

func (o *openFile) Sync() error {
	unlock, err := o.lock("sync", false)
	if err != nil {
		return err
	}
	defer unlock()
	o.disk.version++
	o.file.sync()
	return nil
}

// FailSync does what a sync that fails does to the file. The wrapper that lets
// calls fail uses it.
func (o *openFile) FailSync(pick func(n int) int) {
	o.disk.mu.Lock()
	defer o.disk.mu.Unlock()
	o.disk.version++
	o.file.failSync(pick)
}

func (o *openFile) Size() (int64, error) {
	unlock, err := o.lock("stat", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return int64(len(o.file.live)), nil
}

func (o *openFile) Current() (bool, error) {
	unlock, err := o.lock("stat", false)
	if err != nil {
		return false, err
	}
	defer unlock()
	return o.disk.find(o.name) == node(o.file), nil
}

func (o *openFile) Map(length int) (*vfs.Mapping, error) {
	unlock, err := o.lock("map", false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if length < 1 || length > len(o.file.live) {
		return nil, pathError("map", o.name, syscall.EINVAL)
	}
	return vfs.Copied(slices.Clone(o.file.live[:length])), nil
}

func (o *openFile) Close() error {
	unlock, err := o.lock("close", false)
	if err != nil {
		return err
	}
	defer unlock()
	o.closed = true
	o.disk.handles--
	return nil
}

// entry is what List returns.
type entry struct {
	name string
	dir  bool
}

func (e entry) Name() string { return e.name }
func (e entry) IsDir() bool  { return e.dir }

func (e entry) Type() fs.FileMode {
	if e.dir {
		return fs.ModeDir
	}
	return 0
}

func (e entry) Info() (fs.FileInfo, error) {
	return nil, pathError("stat", e.name, syscall.ENOSYS)
}
