package vfstest

import (
	"bytes"
	"slices"
)

// Sector is the number of bytes that a disk writes as a whole or not at all.
const Sector = 512

// file is the content of a file as readers see it, and as it is on the disk. Bytes are
// shared with other files until one of them changes.
type file struct {
	live content

	disk content // may be shorter or longer than size: missing bytes are zero
	size int     // on the disk

	dirty []dirtySector // in order of number
	sizes []int         // sizes since the last sync that are not on the disk yet
}

// dirtySector is a sector that was written since it was clean.
type dirtySector struct {
	number   int
	versions [][]byte // its contents since then, which never change
}

// newest is the version that a sync brings to the disk.
func (s dirtySector) newest() []byte { return s.versions[len(s.versions)-1] }

// content is bytes that may be shared.
type content struct {
	bytes  []byte
	shared bool
}

// share returns the same bytes a second time.
func (c *content) share() content {
	c.shared = true
	return *c
}

// is reports whether c and d are the same bytes in the same place.
func (c *content) is(d *content) bool {
	return len(c.bytes) == len(d.bytes) && (len(c.bytes) == 0 || &c.bytes[0] == &d.bytes[0])
}

// own makes the bytes ones that may be changed, up to length of them or more.
func (c *content) own(length int) {
	if c.shared {
		owned := make([]byte, len(c.bytes), max(length, len(c.bytes)))
		copy(owned, c.bytes)
		c.bytes, c.shared = owned, false
	}
}

// grow appends zeros up to length.
func (c *content) grow(length int) {
	c.own(length)
	if more := length - len(c.bytes); more > 0 {
		c.bytes = append(c.bytes, make([]byte, more)...)
	}
}

var noBytes [Sector]byte

// holds reports whether sector i of c, filled up with zeros, is s.
func (c *content) holds(i int, s []byte) bool {
	own := c.bytes[min(i*Sector, len(c.bytes)):min((i+1)*Sector, len(c.bytes))]
	return bytes.Equal(own, s[:len(own)]) && bytes.Equal(noBytes[len(own):], s[len(own):])
}

// newFile returns a file that holds b, on the disk as well.
func newFile(b []byte) *file {
	held := content{bytes: slices.Clone(b), shared: true}
	return &file{live: held, disk: held, size: len(b)}
}

// find returns where in dirty sector i stands or would stand.
func (f *file) find(i int) (at int, there bool) {
	if n := len(f.dirty); n == 0 || f.dirty[n-1].number < i {
		return n, false
	}
	return slices.BinarySearchFunc(f.dirty, i, func(s dirtySector, i int) int { return s.number - i })
}

// touch notes the sectors in [from, to) as written. One that holds what it held before
// has nothing to lose, and counts as not written.
func (f *file) touch(from, to int) {
	if from >= to {
		return
	}
	first := from / Sector
	copied := make([]byte, ((to-1)/Sector-first+1)*Sector) // filled up with zeros
	copy(copied, f.live.bytes[min(first*Sector, len(f.live.bytes)):])
	for i := first; i*Sector < to; i++ {
		s := copied[(i-first)*Sector:][:Sector:Sector]
		switch at, there := f.find(i); {
		case !there && !f.isClean(i, s):
			f.dirty = slices.Insert(f.dirty, at, dirtySector{i, [][]byte{s}})
		case there && !bytes.Equal(f.dirty[at].newest(), s):
			f.dirty[at].versions = append(f.dirty[at].versions, s)
		}
	}
}

// isClean reports whether sector i holds s on the disk, whatever becomes of the size.
func (f *file) isClean(i int, s []byte) bool {
	return f.disk.holds(i, s) && f.sized().holds(i, s)
}

// sized is what stands on the disk up to the size that stands there.
func (f *file) sized() *content {
	return &content{bytes: f.disk.bytes[:min(f.size, len(f.disk.bytes))]}
}

// due is the size that the next sync would bring to the disk.
func (f *file) due() int {
	if n := len(f.sizes); n > 0 {
		return f.sizes[n-1]
	}
	return f.size
}

func (f *file) write(p []byte, offset int) {
	if len(p) == 0 {
		return
	}
	end := offset + len(p)
	from := min(offset, len(f.live.bytes))
	f.live.grow(end)
	copy(f.live.bytes[offset:], p)
	if end > f.due() {
		f.sizes = append(f.sizes, end)
	}
	f.touch(from, end)
}

func (f *file) truncate(size int) {
	before := len(f.live.bytes)
	if size > before {
		f.live.grow(size)
	} else {
		f.live.own(0)
		clear(f.live.bytes[size:])
		f.live.bytes = f.live.bytes[:size]
	}
	f.sizes = append(f.sizes, size)
	f.touch(min(size, before), max(size, before))
}

// put brings one sector to the disk.
func (f *file) put(s dirtySector) {
	f.disk.grow((s.number + 1) * Sector)
	copy(f.disk.bytes[s.number*Sector:], s.newest())
}

func (f *file) sync() {
	for _, s := range f.dirty {
		f.put(s)
	}
	f.size = f.due()
	f.dirty, f.sizes = nil, nil
}

// failSync is a sync that fails: part of the content may have been written out, and
// all of it counts as clean afterwards. The size may be on the disk, may still
// wait for a sync that succeeds, or may be forgotten too.
func (f *file) failSync(pick func(n int) int) {
	for _, s := range f.dirty {
		if pick(2) == 1 {
			f.put(s)
		}
	}
	f.dirty = nil
	switch pick(3) {
	case 0:
		// A size that became smaller is not content: the file system keeps it in mind.
		if f.due() >= f.size {
			f.sizes = nil
		}
	case 1:
		f.size = f.due()
		f.sizes = nil
	}
}

func (f *file) evict(pick func(n int) int) {
	onDisk := f.sized()
	for i := 0; i*Sector < len(f.live.bytes); i++ {
		if _, dirty := f.find(i); dirty {
			continue
		}
		from, to := i*Sector, min((i+1)*Sector, len(f.live.bytes))
		s := make([]byte, Sector)
		copy(s, f.live.bytes[from:to])
		if !onDisk.holds(i, s) && pick(2) == 1 {
			f.live.own(0)
			clear(f.live.bytes[from:to])
			copy(f.live.bytes[from:to], onDisk.bytes[min(from, len(onDisk.bytes)):])
		}
	}
}

// after returns the file as a power cut leaves it. choice has one number for each
// of options.
func (f *file) after(choice []int) *file {
	size := f.size
	if n := choice[0]; n > 0 {
		size = f.sizes[n-1]
	}
	left := f.disk.share()
	if size > len(left.bytes) {
		left.grow(size)
	}
	left.bytes = left.bytes[:size:size]
	for k, s := range f.dirty {
		if n := choice[1+k]; n > 0 && s.number*Sector < size {
			left.own(0)
			copy(left.bytes[s.number*Sector:], s.versions[n-1])
		}
	}
	live := left.share()
	return &file{live: live, disk: left, size: size}
}

// options returns the number of states that the size and each dirty sector may be
// in after a power cut: 0 is the oldest, the last is the newest.
func (f *file) options(all []int) []int {
	all = append(all, 1+len(f.sizes))
	for _, s := range f.dirty {
		all = append(all, 1+len(s.versions))
	}
	return all
}

func (f *file) clone() *file {
	c := &file{live: f.live.share(), disk: f.disk.share(), size: f.size, sizes: slices.Clone(f.sizes), dirty: slices.Clone(f.dirty)}
	for i := range c.dirty {
		c.dirty[i].versions = slices.Clip(c.dirty[i].versions) // lists only grow
	}
	return c
}
