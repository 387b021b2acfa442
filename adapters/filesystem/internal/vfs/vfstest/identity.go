package vfstest

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// Identify writes to sum everything that sets d apart from other disks: each name, each
// byte, and what a power cut may leave of them. Two disks that write the same behave
// the same, whatever happens to them.
func (d *Disk) Identify(sum *maphash.Hash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dirs, files := d.tree()
	number := func(n int) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		_, _ = sum.Write(b[:]) // never fails
	}
	text := func(s string) {
		number(len(s))
		_, _ = sum.WriteString(s)
	}
	whole := func(b []byte) {
		number(len(b))
		_, _ = sum.Write(b)
	}
	target := func(n node) {
		switch n := n.(type) {
		case *dir:
			number(slices.Index(dirs, n))
		case *file:
			number(len(dirs) + slices.Index(files, n))
		}
	}
	for _, x := range dirs {
		for _, names := range []names{x.live, x.disk} {
			number(len(names))
			for _, n := range names {
				text(n.name)
				target(n.node)
			}
		}
		number(len(x.pending))
		for _, c := range x.pending {
			text(c.name)
			text(c.old)
			target(c.node)
		}
	}
	for _, f := range files {
		whole(f.live.bytes)
		if f.live.is(&f.disk) {
			number(-1)
		} else {
			whole(f.disk.bytes)
		}
		number(f.size)
		number(len(f.sizes))
		for _, size := range f.sizes {
			number(size)
		}
		number(len(f.dirty))
		for _, s := range f.dirty {
			number(s.number)
			number(len(s.versions))
			for _, v := range s.versions {
				whole(v)
			}
		}
	}
}
