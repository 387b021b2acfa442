package filesystem_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

// mishap is something that happens to the file of a store under a name.
type mishap struct {
	name string
	do   func(t *testing.T, p *patient, name string)
	// seen says whether Verify must notice it, for files of which it must notice the
	// loss.
	seen bool
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// oneFile are mishaps that concern one file. Each of them happens to each file.
func oneFile(older, foreign map[string][]byte) []mishap {
	replaced := func(by map[string][]byte) func(*testing.T, *patient, string) {
		return func(t *testing.T, p *patient, name string) {
			t.Helper()
			if text, there := by[name]; there {
				writeFile(t, p.path(name), text)
			}
		}
	}
	doubled := func(as func(p *patient, name string) string) func(*testing.T, *patient, string) {
		return func(t *testing.T, p *patient, name string) {
			t.Helper()
			if to := as(p, name); p.whole[to] == nil {
				writeFile(t, p.path(to), p.whole[name])
			}
		}
	}
	// numbered is name with another position in it.
	numbered := func(position string) func(*patient, string) string {
		return func(_ *patient, name string) string {
			return filepath.Join(filepath.Dir(name), position+filepath.Ext(name))
		}
	}
	return []mishap{
		{"removed", func(t *testing.T, p *patient, name string) { t.Helper(); must(t, os.Remove(p.path(name))) }, true},
		{"emptied", func(t *testing.T, p *patient, name string) { t.Helper(); writeFile(t, p.path(name), nil) }, true},
		{"filled with zeros", func(t *testing.T, p *patient, name string) {
			t.Helper()
			writeFile(t, p.path(name), make([]byte, len(p.whole[name])))
		}, true},
		{"written twice, one after the other", func(t *testing.T, p *patient, name string) {
			t.Helper()
			writeFile(t, p.path(name), slices.Concat(p.whole[name], p.whole[name]))
		}, true},
		{"longer by zeros", func(t *testing.T, p *patient, name string) {
			t.Helper()
			writeFile(t, p.path(name), append(slices.Clone(p.whole[name]), make([]byte, 4096)...))
		}, false},
		{"blanked by newlines in the middle", func(t *testing.T, p *patient, name string) { t.Helper(); p.blank(t, name, 4) }, true},
		{"blanked by newlines from a commit to its end", func(t *testing.T, p *patient, name string) { t.Helper(); p.blank(t, name, 1<<20) }, true},
		{"replaced by an older one", replaced(older), false},
		{"replaced by that of another store", replaced(foreign), false},
		{"replaced by a directory", func(t *testing.T, p *patient, name string) { t.Helper(); replaceByDir(name)(t, p.dir) }, true},
		{"replaced by a full directory", func(t *testing.T, p *patient, name string) {
			t.Helper()
			replaceByDir(name)(t, p.dir)
			writeFile(t, filepath.Join(p.path(name), filepath.Base(name)), p.whole[name])
		}, true},
		{"doubled as a backup", doubled(func(_ *patient, name string) string { return name + ".bak" }), false},
		{"doubled among the events", doubled(func(_ *patient, name string) string { return filepath.Join("events", filepath.Base(name)) }), false},
		{"doubled in the folder of the store", doubled(func(_ *patient, name string) string { return filepath.Base(name) }), false},
		{"doubled as the next one", doubled(func(p *patient, name string) string {
			return numbered(fmt.Sprintf("%020d", len(p.events)+1))(p, name)
		}), false},
		{"doubled as a later one", doubled(numbered("00000000000000009999")), false},
		{"doubled as one within another", doubled(numbered("00000000000000000003")), false},
		{"doubled as number zero", doubled(numbered("00000000000000000000")), false},
	}
}

// twoFiles are mishaps that concern a file and another one.
var twoFiles = []struct {
	name string
	do   func(t *testing.T, p *patient, a, b string)
	// tail says that it only adds to the file, which an unfinished append does, too.
	tail bool
}{
	{"swapped with", func(t *testing.T, p *patient, a, b string) {
		t.Helper()
		writeFile(t, p.path(a), p.whole[b])
		writeFile(t, p.path(b), p.whole[a])
	}, false},
	{"overwritten by", func(t *testing.T, p *patient, a, b string) { t.Helper(); writeFile(t, p.path(a), p.whole[b]) }, false},
	{"moved over by", func(t *testing.T, p *patient, a, b string) { t.Helper(); must(t, os.Rename(p.path(b), p.path(a))) }, false},
	{"followed by the text of", func(t *testing.T, p *patient, a, b string) {
		t.Helper()
		writeFile(t, p.path(a), slices.Concat(p.whole[a], p.whole[b]))
	}, true},
}

// links are mishaps that not every system can have.
var links = []mishap{
	{"replaced by a link to itself", func(t *testing.T, p *patient, name string) { t.Helper(); replaceByLink(name)(t, p.dir) }, true},
	{"replaced by a link to nothing", func(t *testing.T, p *patient, name string) {
		t.Helper()
		must(t, os.Remove(p.path(name)))
		if err := os.Symlink(filepath.Join(p.dir, "nothing"), p.path(name)); err != nil {
			t.Skipf("skipped: symbolic links cannot be made here: %v", err)
		}
	}, true},
}

// isTruth says whether a file cannot be made again from the others.
func isTruth(name string) bool { return isSegmentFile(name) || name == "store.json" }

func isSegmentFile(name string) bool { return filepath.Ext(name) == ".jsonl" }

// all lets each mishap happen to each file, in a short run to every other one.
func (p *patient) all(t *testing.T, mishaps []mishap) {
	t.Helper()
	step, tried, noticed := min(stride(t, 1), 2), 0, 0
	for n, m := range mishaps {
		for i, name := range p.names() {
			if (n+i)%step > 0 {
				continue
			}
			what := name + " " + m.name
			tried++
			seen := p.suffer(t, what, func() { m.do(t, p, name) })
			if seen {
				noticed++
			} else if m.seen && isTruth(name) {
				t.Errorf("%s: Verify finds nothing wrong", what)
			}
		}
	}
	t.Logf("%d mishaps: %d noticed, %d harmless", tried, noticed, tried-noticed)
}

func TestNoFileThatIsLostOrReplacedIsReadOrBuried(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	foreign := newPatient(t).whole // equal events, another id
	older := p.whole
	p.grow(t)
	p.all(t, oneFile(older, foreign))
}

func TestNoFileThatIsALinkIsReadOrBuried(t *testing.T) {
	t.Parallel()
	newPatient(t).all(t, links)
}

func TestNoFileThatIsMixedUpWithAnotherIsReadOrBuried(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	names := p.names()
	segments := p.segments()
	last := segments[len(segments)-1]
	step, tried, noticed := stride(t, 7), 0, 0
	for n, m := range twoFiles {
		for i, a := range names {
			for j, b := range names {
				switch {
				case i == j || (n+i*len(names)+j)%step > 0:
					continue
				case a == "ledger" && b == last && m.name == "moved over by":
					// Both are gone then. What says how many events there were is the ledger, or the
					// last segment itself; Report.Ledger is there to tell of that.
					continue
				}
				what := strings.Join([]string{a, m.name, b}, " ")
				tried++
				seen := p.suffer(t, what, func() { m.do(t, p, a, b) })
				unfinished := m.tail && a == last
				if seen {
					noticed++
				} else if isTruth(a) && len(p.whole[b]) > 0 && !unfinished {
					t.Errorf("%s: Verify finds nothing wrong", what)
				}
			}
		}
	}
	t.Logf("%d mishaps: %d noticed, %d harmless", tried, noticed, tried-noticed)
}

// blank writes newlines over lines of a file, as many as there are or fewer, from
// behind the commit line in its middle on, or from its middle when it has none. It
// keeps its length: this is what a file looks like that was filled ahead.
func (p *patient) blank(t *testing.T, name string, most int) {
	t.Helper()
	text := slices.Clone(p.whole[name])
	from := len(text) / 2
	if at := bytes.Index(text[from:], []byte(`{"commit":`)); at >= 0 {
		from += at + bytes.IndexByte(text[from+at:], '\n') + 1
	}
	rest := text[from:]
	for n, line := range slices.Collect(bytes.Lines(rest)) {
		if n < most {
			copy(line, bytes.Repeat([]byte("\n"), len(line)))
		}
	}
	writeFile(t, p.path(name), text)
}

// grow appends to the store and remembers that as whole.
func (p *patient) grow(t *testing.T) {
	t.Helper()
	store, err := filesystem.Open(t.Context(), p.dir, filesystem.Options{SegmentSize: patientSize / 6, Clock: fixedClock{}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		mustAppend(t, store, rotEvents(1000+n)...)
	}
	must(t, store.Close())
	p.remember(t)
}
