// Package vfstest holds simulated file systems for tests: a disk in memory that
// forgets at a power cut what was not synced, and a wrapper that makes single
// calls fail, lie or stop half way. Only tests may import it.
package vfstest

import (
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// Disk is a directory on a simulated disk together with the memory in which the
// operating system keeps what was not written out yet. The model promises less
// than any real file system does:
//
//   - Content is written out in sectors of 512 bytes. Until the file is synced, each
//     sector that was written may stand on the disk as it was before or as it was
//     after any write since, independently of all others.
//   - The size of a file may likewise be any that it had since the last sync. Bytes
//     that the size covers and that were never written out are zero.
//   - Names that were created or renamed are on the disk only after SyncDir of their
//     directory. Until then any subset of them may be. Syncing a file does not sync
//     its name.
//   - A sync that fails leaves the memory clean: the content is still read back, but
//     no later sync writes it out unless it was written again, and at any time the
//     system may drop it and show what is on the disk (see [Disk.Evict]).
//   - What is not synced may be written out at any time (see [Disk.WriteBack]); a sync
//     that fails later takes nothing of it back.
//
// Use New. Safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	root    *dir
	version uint64
	handles int
}

// New returns an empty disk.
func New() *Disk { return &Disk{root: &dir{}} }

// Version changes with everything that may change what a power cut leaves behind.
func (d *Disk) Version() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.version
}

// Handles returns how many files are open.
func (d *Disk) Handles() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handles
}

// FS returns a handle on the directory, as a process has one.
func (d *Disk) FS() vfs.FS { return &handle{disk: d} }

// Content returns what a reader of the file name sees, and false when there is no
// such file.
func (d *Disk) Content(name string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.find(name).(*file)
	if !ok {
		return nil, false
	}
	return slices.Clone(f.live.bytes), true
}

// Damage replaces the content of the file name, in memory and on the disk, and
// creates the file when there is none. It is no call that can fail: it is what
// happens to disks.
func (d *Disk) Damage(name string, content []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.version++
	parent, base := d.parent(name)
	f := newFile(content)
	parent.live.set(base, f)
	parent.disk.set(base, f)
}

// Remove takes the file name away, in memory and on the disk.
func (d *Disk) Remove(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.version++
	parent, base := d.parent(name)
	parent.live.remove(base)
	parent.disk.remove(base)
	parent.pending = slices.DeleteFunc(parent.pending, func(c nameChange) bool { return c.name == base })
}

// Evict lets the system drop content that it holds for clean although a failed
// sync never wrote it out: readers then see what is on the disk. pick(2) decides
// for each sector; 1 drops it.
func (d *Disk) Evict(pick func(n int) int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, files := d.tree()
	for _, f := range files {
		f.evict(pick)
	}
}

// WriteBack lets the system write out what it holds, as it may at any time. pick(2)
// decides for each file; 1 writes it out as a sync would.
func (d *Disk) WriteBack(pick func(n int) int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, files := d.tree()
	for _, f := range files {
		if (len(f.dirty) > 0 || len(f.sizes) > 0) && pick(2) == 1 {
			d.version++
			f.sync()
		}
	}
}

// node is a *dir or a *file.
type node any

type dir struct {
	live, disk names
	pending    []nameChange // since the last sync, oldest first
}

// nameChange gives a name to a node and, for a rename, takes the old one away.
type nameChange struct {
	name, old string
	node      node
}

func (c nameChange) apply(to *names) {
	if c.old != "" {
		to.remove(c.old)
	}
	to.set(c.name, c.node)
}

func (x *dir) change(c nameChange) {
	c.apply(&x.live)
	x.pending = append(x.pending, c)
}

func (x *dir) sync() {
	x.disk = slices.Clone(x.live)
	x.pending = nil
}

// names are those in a directory, in order.
type names []named

type named struct {
	name string
	node node
}

func (n *names) find(name string) (at int, there bool) {
	return slices.BinarySearchFunc(*n, name, func(x named, name string) int { return strings.Compare(x.name, name) })
}

// get returns nil when there is no such name.
func (n *names) get(name string) node {
	if at, there := n.find(name); there {
		return (*n)[at].node
	}
	return nil
}

func (n *names) set(name string, to node) {
	at, there := n.find(name)
	if there {
		(*n)[at].node = to
		return
	}
	*n = slices.Insert(*n, at, named{name, to})
}

func (n *names) remove(name string) {
	if at, there := n.find(name); there {
		*n = slices.Delete(*n, at, at+1)
	}
}

// find returns the node called name, nil when there is none.
func (d *Disk) find(name string) node {
	var n node = d.root
	if name == "." {
		return n
	}
	for part := range strings.SplitSeq(name, "/") {
		x, ok := n.(*dir)
		if !ok {
			return nil
		}
		n = x.live.get(part)
	}
	return n
}

// parent returns the directory of name and the name in it; nil without one.
func (d *Disk) parent(name string) (*dir, string) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return d.root, name
	}
	x, _ := d.find(name[:i]).(*dir)
	return x, name[i+1:]
}

// tree returns all directories and files that a power cut can leave reachable, always
// in the same order.
func (d *Disk) tree() (dirs []*dir, files []*file) {
	dirs, files = make([]*dir, 0, 4), make([]*file, 0, 16)
	var walk func(*dir)
	meet := func(n node) {
		switch n := n.(type) {
		case *dir:
			walk(n)
		case *file:
			if !slices.Contains(files, n) {
				files = append(files, n)
			}
		}
	}
	walk = func(x *dir) {
		if slices.Contains(dirs, x) {
			return
		}
		dirs = append(dirs, x)
		for _, n := range x.live {
			meet(n.node)
		}
		for _, n := range x.disk {
			meet(n.node)
		}
		for _, c := range x.pending {
			meet(c.node)
		}
	}
	walk(d.root)
	return dirs, files
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
