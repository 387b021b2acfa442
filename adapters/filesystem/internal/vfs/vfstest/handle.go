package vfstest

import (
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// handle is the directory as one process has it open.
type handle struct {
	disk   *Disk
	closed bool
}

// lock takes the disk until its mu is unlocked. After an error it is not taken.
func (h *handle) lock(op, name string) (*Disk, error) {
	h.disk.mu.Lock()
	if h.closed {
		h.disk.mu.Unlock()
		return nil, pathError(op, name, fs.ErrClosed)
	}
	return h.disk, nil
}

func (h *handle) Open(name string, flag int) (vfs.File, error) {
	d, err := h.lock("open", name)
	if err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	parent, base := d.parent(name)
	if parent == nil {
		return nil, pathError("open", name, fs.ErrNotExist)
	}
	var f *file
	switch n := parent.live.get(base).(type) {
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
	if flag&os.O_TRUNC != 0 && len(f.live.bytes) > 0 {
		f.truncate(0)
		d.version++
	}
	d.handles++
	return &openFile{disk: d, file: f, name: name, writable: flag&os.O_RDWR != 0}, nil
}

func (h *handle) List(name string) ([]fs.DirEntry, error) {
	d, err := h.lock("list", name)
	if err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	x, ok := d.find(name).(*dir)
	if !ok {
		return nil, pathError("list", name, fs.ErrNotExist)
	}
	all := make([]fs.DirEntry, len(x.live))
	for i, n := range x.live {
		_, isDir := n.node.(*dir)
		all[i] = entry{n.name, isDir}
	}
	return all, nil
}

func (h *handle) Mkdir(name string) error {
	d, err := h.lock("mkdir", name)
	if err != nil {
		return err
	}
	defer d.mu.Unlock()
	parent, base := d.parent(name)
	if parent == nil {
		return pathError("mkdir", name, fs.ErrNotExist)
	}
	switch parent.live.get(base).(type) {
	case *dir:
		return nil
	case *file:
		return pathError("mkdir", name, fs.ErrExist)
	}
	parent.change(nameChange{name: base, node: &dir{}})
	d.version++
	return nil
}

func (h *handle) Rename(old, new string) error {
	d, err := h.lock("rename", old)
	if err != nil {
		return err
	}
	defer d.mu.Unlock()
	from, oldBase := d.parent(old)
	to, newBase := d.parent(new)
	if from == nil || from != to {
		return pathError("rename", old, syscall.EXDEV)
	}
	n := from.live.get(oldBase)
	if n == nil {
		return pathError("rename", old, fs.ErrNotExist)
	}
	from.change(nameChange{name: newBase, old: oldBase, node: n})
	d.version++
	return nil
}

func (h *handle) SyncDir(name string) error {
	d, err := h.lock("sync", name)
	if err != nil {
		return err
	}
	defer d.mu.Unlock()
	x, ok := d.find(name).(*dir)
	if !ok {
		return pathError("sync", name, fs.ErrNotExist)
	}
	x.sync()
	d.version++
	return nil
}

func (h *handle) Close() error {
	d, err := h.lock("close", ".")
	if err != nil {
		return err
	}
	defer d.mu.Unlock()
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

// lock takes the disk until its mu is unlocked. After an error it is not taken.
func (o *openFile) lock(op string, write bool) error {
	o.disk.mu.Lock()
	switch {
	case o.closed:
		o.disk.mu.Unlock()
		return pathError(op, o.name, fs.ErrClosed)
	case write && !o.writable:
		o.disk.mu.Unlock()
		return pathError(op, o.name, syscall.EBADF)
	case write:
		o.disk.version++
	}
	return nil
}

func (o *openFile) ReadAt(p []byte, offset int64) (int, error) {
	if err := o.lock("read", false); err != nil {
		return 0, err
	}
	defer o.disk.mu.Unlock()
	if offset >= int64(len(o.file.live.bytes)) {
		return 0, io.EOF
	}
	n := copy(p, o.file.live.bytes[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (o *openFile) WriteAt(p []byte, offset int64) (int, error) {
	if err := o.lock("write", true); err != nil {
		return 0, err
	}
	defer o.disk.mu.Unlock()
	o.file.write(p, int(offset))
	return len(p), nil
}

func (o *openFile) Truncate(size int64) error {
	if err := o.lock("truncate", true); err != nil {
		return err
	}
	defer o.disk.mu.Unlock()
	o.file.truncate(int(size))
	return nil
}

func (o *openFile) Sync() error {
	if err := o.lock("sync", false); err != nil {
		return err
	}
	defer o.disk.mu.Unlock()
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
	if err := o.lock("stat", false); err != nil {
		return 0, err
	}
	defer o.disk.mu.Unlock()
	return int64(len(o.file.live.bytes)), nil
}

func (o *openFile) Current() (bool, error) {
	if err := o.lock("stat", false); err != nil {
		return false, err
	}
	defer o.disk.mu.Unlock()
	return o.disk.find(o.name) == node(o.file), nil
}

func (o *openFile) Map(length int) (*vfs.Mapping, error) {
	if err := o.lock("map", false); err != nil {
		return nil, err
	}
	defer o.disk.mu.Unlock()
	if length < 1 || length > len(o.file.live.bytes) {
		return nil, pathError("map", o.name, syscall.EINVAL)
	}
	return vfs.Copied(o.file.live.share().bytes[:length:length]), nil
}

func (o *openFile) Close() error {
	if err := o.lock("close", false); err != nil {
		return err
	}
	defer o.disk.mu.Unlock()
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
