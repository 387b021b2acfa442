package vfstest

import (
	"bytes"
	"maps"
	"slices"
)

// Sector is the number of bytes that a disk writes as a whole or not at all.
const Sector = 512

// file is the content of a file as readers see it, and as it is on the disk.
type file struct {
	live []byte

	disk []byte // may be shorter or longer than size: missing bytes are zero
	size int    // on the disk

	dirty map[int][][]byte // by number of the sector: its contents since it was clean
	sizes []int            // sizes since the last sync that are not on the disk yet
}

// sector returns sector i of content, filled up with zeros.
func sector(content []byte, i int) []byte {
	s := make([]byte, Sector)
	if from := i * Sector; from < len(content) {
		copy(s, content[from:])
	}
	return s
}

// touch notes the sectors in [from, to) as written.
func (f *file) touch(from, to int) {
	if f.dirty == nil {
		f.dirty = map[int][][]byte{}
	}
	for i := from / Sector; i*Sector < to; i++ {
		f.dirty[i] = append(f.dirty[i], sector(f.live, i))
	}
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
	from := min(offset, len(f.live))
	if end > len(f.live) {
		f.live = append(f.live, make([]byte, end-len(f.live))...)
	}
	copy(f.live[offset:], p)
	if end > f.due() {
		f.sizes = append(f.sizes, end)
	}
	f.touch(from, end)
}

func (f *file) truncate(size int) {
	before := len(f.live)
	if size > before {
		f.live = append(f.live, make([]byte, size-before)...)
	} else {
		clear(f.live[size:])
		f.live = f.live[:size]
	}
	f.sizes = append(f.sizes, size)
	f.touch(min(size, before), max(size, before))
}

// put brings one sector to the disk.
func (f *file) put(i int, content []byte) {
	if end := (i + 1) * Sector; end > len(f.disk) {
		f.disk = append(f.disk, make([]byte, end-len(f.disk))...)
	}
	copy(f.disk[i*Sector:], content)
}

func (f *file) sync() {
	for i, versions := range f.dirty {
		f.put(i, versions[len(versions)-1])
	}
	f.size = f.due()
	f.dirty, f.sizes = nil, nil
}

// failSync is a sync that fails: part of the content may have been written out, and
// all of it counts as clean afterwards. The size may be on the disk, may still
// wait for a sync that succeeds, or may be forgotten too.
func (f *file) failSync(pick func(n int) int) {
	for _, i := range slices.Sorted(maps.Keys(f.dirty)) {
		if versions := f.dirty[i]; pick(2) == 1 {
			f.put(i, versions[len(versions)-1])
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
	for i := 0; i*Sector < len(f.live); i++ {
		if _, dirty := f.dirty[i]; dirty {
			continue
		}
		onDisk := sector(f.disk[:min(f.size, len(f.disk))], i)
		if !bytes.Equal(sector(f.live, i), onDisk) && pick(2) == 1 {
			copy(f.live[i*Sector:], onDisk)
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
	content := make([]byte, size)
	copy(content, f.disk)
	for k, i := range slices.Sorted(maps.Keys(f.dirty)) {
		if n := choice[1+k]; n > 0 && i*Sector < size {
			copy(content[i*Sector:], f.dirty[i][n-1])
		}
	}
	return &file{live: content, disk: slices.Clone(content), size: size}
}

// options returns the number of states that the size and each dirty sector may be
// in after a power cut: 0 is the oldest, the last is the newest.
func (f *file) options() []int {
	all := []int{1 + len(f.sizes)}
	for _, i := range slices.Sorted(maps.Keys(f.dirty)) {
		all = append(all, 1+len(f.dirty[i]))
	}
	return all
}

func (f *file) clone() *file {
	c := &file{live: slices.Clone(f.live), disk: slices.Clone(f.disk), size: f.size, sizes: slices.Clone(f.sizes)}
	if f.dirty != nil {
		c.dirty = make(map[int][][]byte, len(f.dirty))
		for i, versions := range f.dirty {
			c.dirty[i] = slices.Clip(versions) // contents never change, lists only grow
		}
	}
	return c
}
