package vfstest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Clone returns a copy of the disk and of the memory in front of it: what other
// processes find after one was killed without a power cut. Nothing is open in it.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.copyWith(func(f *file, _ int) *file { return f.clone() }, func(x, to *dir, moved func(node) node) {
		for name, n := range x.live {
			to.live[name] = moved(n)
		}
		for name, n := range x.disk {
			to.disk[name] = moved(n)
		}
		for _, c := range x.pending {
			to.pending = append(to.pending, nameChange{name: c.name, old: c.old, node: moved(c.node)})
		}
	})
}

// Crash is what a power cut left behind.
type Crash struct {
	*Disk
	// Choice says which of the possible states it is: one number for each thing that
	// was not synced, from 0 for the oldest state. The same disk and choice give the
	// same crash.
	Choice []int
}

// Crashes yields states that a power cut at this moment can leave behind: all of
// them when there are at most most, otherwise the oldest, the newest and random
// others. pick(n) returns a number in [0, n).
func (d *Disk) Crashes(most int, pick func(n int) int) iter.Seq[Crash] {
	return func(yield func(Crash) bool) {
		options := d.options()
		if count(options, most) <= most {
			choice := make([]int, len(options))
			for ok := true; ok; ok = next(choice, options) {
				if !yield(d.CrashAt(choice)) {
					return
				}
			}
			return
		}
		for k := range most {
			if !yield(d.CrashAt(sample(k, options, pick))) {
				return
			}
		}
	}
}

// CrashAt returns the state with the given choice.
func (d *Disk) CrashAt(choice []int) Crash {
	d.mu.Lock()
	defer d.mu.Unlock()
	var files [][]int // choices of the files, in order
	rest := choice
	for _, f := range d.files() {
		n := len(f.options())
		files, rest = append(files, rest[:n]), rest[n:]
	}
	after := d.copyWith(func(f *file, i int) *file { return f.after(files[i]) }, func(x, to *dir, moved func(node) node) {
		for name, n := range x.disk {
			to.disk[name] = moved(n)
		}
		for _, c := range x.pending {
			if kept := rest[0]; kept == 1 {
				nameChange{name: c.name, old: c.old, node: moved(c.node)}.apply(to.disk)
			}
			rest = rest[1:]
		}
		maps.Copy(to.live, to.disk)
	})
	return Crash{Disk: after, Choice: slices.Clone(choice)}
}

// options returns the number of states of each thing that is not synced: the files
// first, then the names.
func (d *Disk) options() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []int
	for _, f := range d.files() {
		all = append(all, f.options()...)
	}
	d.eachDir(func(x *dir) {
		for range x.pending {
			all = append(all, 2)
		}
	})
	return all
}

// copyWith copies the tree: file makes a file from the one with number i, and fill
// the names of a directory from the old one.
func (d *Disk) copyWith(newFile func(f *file, i int) *file, fill func(x, to *dir, moved func(node) node)) *Disk {
	to := map[node]node{}
	for i, f := range d.files() {
		to[f] = newFile(f, i)
	}
	d.eachDir(func(x *dir) { to[x] = newDir() })
	moved := func(n node) node { return to[n] }
	d.eachDir(func(x *dir) {
		target, ok := to[x].(*dir)
		if !ok {
			panic(fmt.Sprintf("vfstest: %T is no directory", to[x]))
		}
		fill(x, target, moved)
	})
	root, _ := to[d.root].(*dir)
	return &Disk{root: root}
}

// count returns the number of choices, or more than most when there are more.
func count(options []int, most int) int {
	n := 1
	for _, o := range options {
		if n *= o; n > most {
			return n
		}
	}
	return n
}

// next counts choice up; it returns false after the last one.
func next(choice, options []int) bool {
	for i := range choice {
		if choice[i]++; choice[i] < options[i] {
			return true
		}
		choice[i] = 0
	}
	return false
}

// sample returns the oldest state, the newest one, and then random ones: few
// things lost, few things kept, or each at random.
func sample(k int, options []int, pick func(n int) int) []int {
	choice := make([]int, len(options))
	newest := func(i int) { choice[i] = options[i] - 1 }
	switch {
	case k == 0:
	case k == 1:
		for i := range options {
			newest(i)
		}
	case k%3 == 0: // one or two of those that can be lost are
		for i := range options {
			newest(i)
		}
		for range 1 + pick(2) {
			i := unsettled(options, pick)
			choice[i] = pick(options[i])
		}
	case k%3 == 1: // one or two are kept
		for range 1 + pick(2) {
			newest(unsettled(options, pick))
		}
	default:
		for i, n := range options {
			choice[i] = pick(n)
		}
	}
	return choice
}

// unsettled returns a random index with more than one option.
func unsettled(options []int, pick func(n int) int) int {
	var open []int
	for i, n := range options {
		if n > 1 {
			open = append(open, i)
		}
	}
	return open[pick(len(open))]
}
