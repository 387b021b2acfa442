package filesystem

import (
	"bytes"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

// Here are the mistakes in the use of files.

// lie lets a call do nothing and return nil.
var lie = vfstest.Fault{Effect: vfstest.Nothing}

// instead lets a call return err in place of what it would have done.
func instead(err error) vfstest.Fault { return vfstest.Fault{Err: err, Effect: vfstest.Nothing} }

func isSegment(c vfstest.Call) bool { return strings.HasSuffix(c.Name, segmentExt) }
func isIndex(c vfstest.Call) bool   { return strings.HasPrefix(c.Name, indexesDir+"/") }

// isFill reports whether c writes fill.
func isFill(c vfstest.Call) bool {
	return c.Kind == vfstest.Write && isSegment(c) && len(bytes.TrimLeft(c.Data, "\n")) == 0
}

// lies makes a mistake of the calls that which selects: they do nothing.
func lies(which func(*world, vfstest.Call) bool) func(*world) decider {
	return func(w *world) decider {
		return func(c vfstest.Call) vfstest.Fault {
			if which(w, c) {
				return lie
			}
			return vfstest.Fault{}
		}
	}
}

// isRewrite reports whether c writes to a segment what readers see there already.
func isRewrite(w *world, c vfstest.Call) bool {
	if c.Kind != vfstest.Write || !isSegment(c) || isFill(c) {
		return false
	}
	content, _ := w.disk.Content(c.Name)
	end := c.Offset + int64(len(c.Data))
	return end <= int64(len(content)) && bytes.Equal(content[c.Offset:end], c.Data)
}

func recoveryUnsynced(w *world) decider {
	recovering := false
	return func(c vfstest.Call) vfstest.Fault {
		switch {
		case c.Kind == vfstest.Write && isSegment(c):
			recovering = isRewrite(w, c)
		case c.Kind == vfstest.Sync && recovering:
			return lie
		}
		return vfstest.Fault{}
	}
}

// syncAfter puts the syncs of segments off until the next call that late selects, or
// until the segment is closed.
func syncAfter(late func(vfstest.Call) bool) func(*world) decider {
	return func(*world) decider {
		var due []func() error
		return func(c vfstest.Call) vfstest.Fault {
			switch {
			case c.Kind == vfstest.Sync && isSegment(c):
				due = append(due, c.File.Sync)
				return lie
			case late(c) || (c.Kind == vfstest.Close && isSegment(c)):
				for _, do := range due {
					if err := do(); err != nil {
						return instead(err)
					}
				}
				due = nil
			}
			return vfstest.Fault{}
		}
	}
}

// wrongSync syncs the segment that was synced last in place of one that begins
// behind it, once.
func wrongSync(*world) decider {
	var last vfstest.Call
	return func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || !isSegment(c) {
			return vfstest.Fault{}
		}
		before := last
		if last = c; before.File == nil || before.Name >= c.Name {
			return vfstest.Fault{}
		}
		_ = before.File.Sync() // that file may have been closed meanwhile
		return lie
	}
}

func retriedSync(*world) decider {
	return func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || !isSegment(c) {
			return vfstest.Fault{}
		}
		err := c.File.Sync()
		if err != nil {
			err = c.File.Sync()
		}
		return instead(err)
	}
}

func ignoredSync(*world) decider {
	return func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || !isSegment(c) {
			return vfstest.Fault{}
		}
		_ = c.File.Sync() // that is the mistake
		return lie
	}
}

// cutUnsynced forgets the sync that follows a cut without a write in between.
func cutUnsynced(*world) decider {
	var cut vfs.File
	return func(c vfstest.Call) vfstest.Fault {
		switch {
		case c.Kind == vfstest.Truncate && isSegment(c):
			cut = c.File
		case c.Kind == vfstest.Write && c.File == cut:
			cut = nil
		case c.Kind == vfstest.Sync && cut != nil && c.File == cut:
			cut = nil
			return lie
		}
		return vfstest.Fault{}
	}
}

// recoveryCutsMore cuts one batch more off when a cut is the first that happens to a
// file: who undoes his own append has written before.
func recoveryCutsMore(w *world) decider {
	var written []vfs.File
	return func(c vfstest.Call) vfstest.Fault {
		switch {
		case c.Kind == vfstest.Write && isSegment(c):
			written = append(written, c.File)
		case c.Kind == vfstest.Truncate && c.Name == w.lastSegment() && c.Offset > 0 && !slices.Contains(written, c.File):
			return instead(c.File.Truncate(w.batchBefore(c.Name, c.Offset)))
		}
		return vfstest.Fault{}
	}
}

// batchBefore returns where the last batch begins that ends at end at the latest.
func (w *world) batchBefore(name string, end int64) int64 {
	content, _ := w.disk.Content(name)
	lines := bytes.SplitAfter(content[:min(end, int64(len(content)))], []byte("\n"))
	for at := end; len(lines) > 1; lines = lines[:len(lines)-1] {
		at -= int64(len(lines[len(lines)-1]))
		if before := lines[len(lines)-2]; at < end && !bytes.HasPrefix(before, []byte(`{"position":`)) {
			return at
		}
	}
	return end
}

func fillOverEvents(*world) decider {
	return func(c vfstest.Call) vfstest.Fault {
		if !isFill(c) {
			return vfstest.Fault{}
		}
		_, err := c.File.WriteAt(c.Data, max(0, c.Offset-200))
		return instead(err)
	}
}

// fillAtRememberedSize believes that a file is as long as who fills it has made it.
func fillAtRememberedSize(*world) decider {
	sizes := map[vfs.File]int64{}
	return func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Write || !isSegment(c) {
			return vfstest.Fault{}
		}
		at, known := sizes[c.File]
		if !isFill(c) || !known {
			sizes[c.File] = max(at, c.Offset+int64(len(c.Data)))
			return vfstest.Fault{}
		}
		sizes[c.File] = at + int64(len(c.Data))
		_, err := c.File.WriteAt(c.Data, at)
		return instead(err)
	}
}

// endCutsMore cuts a byte more off a segment that is at its end.
func endCutsMore(w *world) decider {
	var written []vfs.File
	return func(c vfstest.Call) vfstest.Fault {
		switch {
		case c.Kind == vfstest.Write && isSegment(c):
			written = append(written, c.File)
		case c.Kind == vfstest.Truncate && isSegment(c) && !slices.Contains(written, c.File) &&
			(c.Name != w.lastSegment() || c.Offset >= minSegmentSize):
			return instead(c.File.Truncate(c.Offset - 1))
		}
		return vfstest.Fault{}
	}
}

// indexedTooEarly gives the index file of the last segment its name before what was
// written behind that segment is synced.
func indexedTooEarly(w *world) decider {
	return func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || !isSegment(c) || w.active.store == nil {
			return vfstest.Fault{}
		}
		s := w.active.store
		if seg := s.active(); seg != nil && !s.isSealed(seg) && c.Name > segmentName(seg.first) {
			seg.end = s.mark()
			_ = s.writeIndex(seg.memory, s.infoOf(seg), func(do func() error) error { return do() }) // another time, then
		}
		return vfstest.Fault{}
	}
}
