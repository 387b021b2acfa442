package vfstest

import (
	"fmt"
	"iter"
	"slices"
)

// Clone returns a copy of the disk and of the memory in front of it: what other
// processes find after one was killed without a power cut. Nothing is open in it.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	dirs, files := d.tree()
	to := newCopies(dirs, files)
	for i, f := range files {
		to.files[i] = f.clone()
	}
	for i, x := range dirs {
		to.dirs[i].live = to.names(x.live)
		to.dirs[i].disk = to.names(x.disk)
		for _, c := range x.pending {
			to.dirs[i].pending = append(to.dirs[i].pending, to.change(c))
		}
	}
	return &Disk{root: to.dirs[0]}
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
// them when there are at most most. Otherwise each is of one of five kinds: the
// oldest, the newest, one with few things lost, one with few things kept, and any.
// They take turns, and are drawn when most is too small for all of them. pick(n)
// returns a number in [0, n).
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
			kind := k % kinds
			if most < kinds {
				kind = pick(kinds)
			}
			if !yield(d.CrashAt(sample(kind, options, pick))) {
				return
			}
		}
	}
}

// CrashAt returns the state with the given choice.
func (d *Disk) CrashAt(choice []int) Crash {
	d.mu.Lock()
	defer d.mu.Unlock()
	dirs, files := d.tree()
	to := newCopies(dirs, files)
	rest := choice
	for i, f := range files {
		to.files[i] = f.after(rest)
		rest = rest[1+len(f.dirty):]
	}
	for i, x := range dirs {
		onDisk := to.names(x.disk)
		for _, c := range x.pending {
			if kept := rest[0]; kept == 1 {
				to.change(c).apply(&onDisk)
			}
			rest = rest[1:]
		}
		to.dirs[i].disk, to.dirs[i].live = onDisk, slices.Clone(onDisk)
	}
	return Crash{Disk: &Disk{root: to.dirs[0]}, Choice: slices.Clone(choice)}
}

// options returns the number of states of each thing that is not synced: the files
// first, then the names.
func (d *Disk) options() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	dirs, files := d.tree()
	all := make([]int, 0, 4*len(files))
	for _, f := range files {
		all = f.options(all)
	}
	for _, x := range dirs {
		for range x.pending {
			all = append(all, 2)
		}
	}
	return all
}

// copies are the directories and files that stand for those of another disk.
type copies struct {
	oldDirs, dirs   []*dir
	oldFiles, files []*file
}

func newCopies(dirs []*dir, files []*file) copies {
	to := copies{oldDirs: dirs, dirs: make([]*dir, len(dirs)), oldFiles: files, files: make([]*file, len(files))}
	for i := range dirs {
		to.dirs[i] = &dir{}
	}
	return to
}

func (to copies) node(old node) node {
	switch old := old.(type) {
	case *file:
		return to.files[slices.Index(to.oldFiles, old)]
	case *dir:
		return to.dirs[slices.Index(to.oldDirs, old)]
	default:
		panic(fmt.Sprintf("vfstest: there is a %T in the tree", old))
	}
}

func (to copies) names(old names) names {
	n := make(names, len(old))
	for i, x := range old {
		n[i] = named{x.name, to.node(x.node)}
	}
	return n
}

func (to copies) change(c nameChange) nameChange {
	return nameChange{name: c.name, old: c.old, node: to.node(c.node)}
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

// The kinds of states that Crashes yields.
const (
	oldest  = iota // all is lost that can be
	newest         // nothing is lost
	fewLost        // one or two of those that can be lost are
	fewKept        // one or two are kept
	mixed          // each at random
	kinds
)

// sample returns a state of that kind.
func sample(kind int, options []int, pick func(n int) int) []int {
	choice := make([]int, len(options))
	keep := func(i int) { choice[i] = options[i] - 1 }
	if kind == newest || kind == fewLost {
		for i := range options {
			keep(i)
		}
	}
	switch kind {
	case fewLost:
		for range 1 + pick(2) {
			i := unsettled(options, pick)
			choice[i] = pick(options[i] - 1)
		}
	case fewKept:
		for range 1 + pick(2) {
			keep(unsettled(options, pick))
		}
	case mixed:
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
