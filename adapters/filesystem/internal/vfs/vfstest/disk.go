// Package vfstest holds simulated file systems for tests: a disk in memory that
// forgets at a power cut what was not synced, and a wrapper that makes single
// calls fail, lie or stop half way. Only tests may import it.
package vfstest

import (
	"io/fs"
	"maps"
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
//
// Use New. Safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	root    *dir
	version uint64
	handles int
}

// New returns an empty disk.
func New() *Disk { return &Disk{root: newDir()} }

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
	return slices.Clone(f.live), true
}

// Damage replaces the content of the file name, in memory and on the disk, and
// creates the file when there is none. It is no call that can fail: it is what
// happens to disks.
func (d *Disk) Damage(name string, content []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.version++
	parent, base := d.parent(name)
	f := &file{live: slices.Clone(content), disk: slices.Clone(content), size: len(content)}
	parent.live[base], parent.disk[base] = f, f
}

// Remove takes the file name away, in memory and on the disk.
func (d *Disk) Remove(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.version++
	parent, base := d.parent(name)
	delete(parent.live, base)
	delete(parent.disk, base)
	parent.pending = slices.DeleteFunc(parent.pending, func(c nameChange) bool { return c.name == base })
}

// Evict lets the system drop content that it holds for clean although a failed
// sync never wrote it out: readers then see what is on the disk. pick(2) decides
// for each sector; 1 drops it.
func (d *Disk) Evict(pick func(n int) int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.files() {
		f.evict(pick)
	}
}

// node is a *dir or a *file.
type node any

type dir struct {
	live, disk map[string]node
	pending    []nameChange // since the last sync, oldest first
}

// nameChange gives a name to a node and, for a rename, takes the old one away.
type nameChange struct {
	name, old string
	node      node
}

func newDir() *dir { return &dir{live: map[string]node{}, disk: map[string]node{}} }

func (c nameChange) apply(names map[string]node) {
	if c.old != "" {
		delete(names, c.old)
	}
	names[c.name] = c.node
}

func (x *dir) change(c nameChange) {
	c.apply(x.live)
	x.pending = append(x.pending, c)
}

func (x *dir) sync() {
	x.disk = maps.Clone(x.live)
	x.pending = nil
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
		n = x.live[part]
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

// files returns all files that a power cut can leave reachable, always in the same
// order.
func (d *Disk) files() []*file {
	var all []*file
	d.eachDir(func(x *dir) {
		for _, n := range x.nodes() {
			if f, ok := n.(*file); ok && !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	})
	return all
}

func (d *Disk) eachDir(visit func(*dir)) {
	seen := map[*dir]bool{}
	var walk func(*dir)
	walk = func(x *dir) {
		if seen[x] {
			return
		}
		seen[x] = true
		visit(x)
		for _, n := range x.nodes() {
			if sub, ok := n.(*dir); ok {
				walk(sub)
			}
		}
	}
	walk(d.root)
}

// nodes returns what stands in x now, on the disk, or in between.
func (x *dir) nodes() []node {
	var all []node
	for _, names := range []map[string]node{x.live, x.disk} {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			all = append(all, names[name])
		}
	}
	for _, c := range x.pending {
		all = append(all, c.node)
	}
	return all
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
