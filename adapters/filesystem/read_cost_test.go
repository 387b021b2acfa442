package filesystem

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/allocated"
	"github.com/opossum-go/opossum/ports"
)

const (
	costEvents = 50_000
	rareTag    = domain.Tag("rare:1") // of each thousandth event
)

// costlyStore makes a store of costEvents events of some 300 bytes. Index files of
// all segments but the last are there when it returns.
func costlyStore(t *testing.T, segmentSize int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	events := make([]domain.Event, 1000)
	for i := range events {
		events[i] = domain.Event{
			Type: fmt.Sprint("Type", i%20), Tags: []domain.Tag{domain.Tag(fmt.Sprint("a:", i%100)), "b:2"},
			Data: []byte(`{"x":"` + strings.Repeat("x", 60) + `"}`),
		}
	}
	events[500].Tags = append(events[500].Tags, rareTag)
	s, err := Open(t.Context(), dir, Options{SegmentSize: segmentSize})
	if err != nil {
		t.Fatal(err)
	}
	for range costEvents / len(events) {
		mustAppend(t, s, events...)
	}
	mustCloseSealed(t, s)
	return dir
}

// mustCloseSealed closes s when all its segments but the last have their index files. Close
// alone waits for them only for a moment.
func mustCloseSealed(t *testing.T, s *Store) {
	t.Helper()
	s.sealAll()
	for _, seg := range s.segments[:len(s.segments)-1] {
		if !s.isSealed(seg) {
			t.Errorf("the segment that begins at %d was not sealed", seg.first)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// countedFS counts the bytes of the files in a directory that are read with calls,
// and where the system tells, the bytes of mapped files that are touched, in pages.
type countedFS struct {
	vfs.FS
	t       *testing.T
	dir     string
	read    atomic.Int64
	open    atomic.Int64 // segments that are open
	touched int64
	own     uint64 // bytes that were allocated for counting
	tells   bool   // the system tells what was touched
}

func (c *countedFS) Open(name string, flag int) (vfs.File, error) {
	f, err := c.FS.Open(name, flag)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, segmentExt) {
		c.open.Add(1)
	}
	return countedFile{f, c, name}, nil
}

// reset begins to count from zero.
func (c *countedFS) reset() {
	c.look()
	c.read.Store(0)
	c.touched, c.own = 0, 0
}

// look counts what was touched since the last look.
func (c *countedFS) look() {
	c.t.Helper()
	if !c.tells {
		return
	}
	var err error
	c.own += allocated.By(func() {
		c.touched += referenced(c.t, c.dir)
		err = forgetReferenced()
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// forgetReferenced begins a new count of what is touched. It fails where the system
// does not count.
func forgetReferenced() error {
	// 1 forgets which pages were touched, and 4 has the processor forget what it knows of
	// them, so that it notes the next time.
	for _, what := range []string{"1", "4"} {
		if err := os.WriteFile("/proc/self/clear_refs", []byte(what), 0); err != nil {
			return err
		}
	}
	return nil
}

// referenced returns how many bytes of the files below dir this process has touched
// through mappings, in pages.
func referenced(t *testing.T, dir string) (touched int64) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	ours := false
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case strings.Contains(words[0], "-"): // a mapping begins
			ours = len(words) > 5 && strings.HasPrefix(words[5], dir+string(filepath.Separator))
		case ours && words[0] == "Referenced:":
			kilobytes, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				t.Fatalf("smaps says %q", lines.Text())
			}
			touched += kilobytes << 10
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return touched
}

type countedFile struct {
	vfs.File
	fs   *countedFS
	name string
}

func (f countedFile) Close() error {
	if strings.HasSuffix(f.name, segmentExt) {
		f.fs.open.Add(-1)
	}
	return f.File.Close()
}

func (f countedFile) ReadAt(b []byte, from int64) (int, error) {
	n, err := f.File.ReadAt(b, from)
	f.fs.read.Add(int64(n))
	return n, err
}

// Map brings all pages in before it counts: the system does so with pages around the
// one that is wanted, as many as it likes.
func (f countedFile) Map(length int) (*vfs.Mapping, error) {
	f.fs.look()
	m, err := f.File.Map(length)
	if err == nil {
		runtime.KeepAlive(bytes.Count(m.Data, []byte{'\n'}))
		touched := f.fs.touched
		f.fs.look()
		f.fs.touched = touched
	}
	return m, err
}

// openCounted opens the store in dir with nothing in the background.
func openCounted(t *testing.T, dir string) (*Store, *countedFS) {
	t.Helper()
	root, err := vfs.OS(dir)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	c := &countedFS{FS: root, t: t, dir: dir}
	if err := forgetReferenced(); err == nil {
		c.tells = true
	} else {
		t.Logf("what is touched of mapped files is not counted: %v", err)
	}
	s, err := open(t.Context(), dir, c, newProcessLock(root, dir, options.LockTimeout), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, c
}

// take reads at most so many events and returns how many there were.
func take(s *Store, query domain.Query, o ports.ReadOptions, most int) (int, error) {
	result, err := s.Read(context.Background(), query, o)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, err := range result.Events {
		if err != nil {
			return n, err
		}
		if n++; n == most {
			break
		}
	}
	return n, nil
}

// costlyStores are the two forms in which events lie: all in the last segment, and
// nearly all in sealed ones.
func costlyStores(t *testing.T, test func(t *testing.T, dir string, sealed bool)) {
	t.Helper()
	t.Run("in the last segment", func(t *testing.T) { test(t, costlyStore(t, maxSegmentSize), false) })
	t.Run("in sealed segments", func(t *testing.T) { test(t, costlyStore(t, 4<<20), true) })
}

// costlyRead is a read of a costly store.
type costlyRead struct {
	name    string
	query   domain.Query
	options ports.ReadOptions
	most    int // events that are looked at; 0 means all
	want    int
}

// cost reads and checks what that costs.
func (r costlyRead) cost(t *testing.T, s *Store, fs *countedFS) {
	t.Helper()
	const (
		lineBytes = 350 // more than any event here has
		// What every read may cost beside its events.
		aRead  = 32 << 10
		aTouch = 64 << 10
	)
	fs.reset()
	var n int
	var err error
	heap := allocated.By(func() { n, err = take(s, r.query, r.options, r.most) }) - fs.own
	fs.look()
	if err != nil || n != r.want {
		t.Fatalf("got %d events, %v, want %d", n, err, r.want)
	}
	for _, cost := range []struct {
		what      string
		got, most int64
	}{
		{"read %d bytes with calls", fs.read.Load(), int64(aRead + n*lineBytes)},
		{"touched %d bytes of mapped files", fs.touched, int64(aTouch + n*lineBytes)},
		{"allocated %d bytes", int64(heap), int64(aRead + n*4*lineBytes)},
	} {
		t.Logf(cost.what, cost.got)
		if cost.got > cost.most {
			t.Errorf(cost.what+" for %d events, want at most %d", cost.got, n, cost.most)
		}
	}
}

func TestAReadCostsWhatItReturnsAndNotWhatTheStoreHolds(t *testing.T) {
	rare := domain.NewQuery(domain.Tagged(rareTag))
	tests := []costlyRead{
		{"the last event", domain.All(), ports.ReadOptions{Backwards: true, Limit: 1}, 0, 1},
		{"the first event", domain.All(), ports.ReadOptions{Limit: 1}, 0, 1},
		{"what is behind a position near the end", domain.All(), ports.ReadOptions{After: costEvents - 2}, 0, 2},
		{"what is in front of a position near the start", domain.All(), ports.ReadOptions{Before: 3}, 0, 2},
		{"backwards from the middle", domain.All(), ports.ReadOptions{Before: costEvents / 2, Backwards: true, Limit: 20}, 0, 20},
		{"from the middle", domain.All(), ports.ReadOptions{After: costEvents / 2, Limit: 200}, 0, 200},
		{"everything, given up after the first event", domain.All(), ports.ReadOptions{}, 1, 1},
		{"everything backwards, given up after the first event", domain.All(), ports.ReadOptions{Backwards: true}, 1, 1},
		{"the last one of a rare tag", rare, ports.ReadOptions{Backwards: true, Limit: 1}, 0, 1},
		{"the first ones of a rare tag", rare, ports.ReadOptions{Limit: 3}, 0, 3},
		{"a rare tag behind a position", rare, ports.ReadOptions{After: costEvents - 2000}, 0, 2},
		{"the last one of a type", domain.NewQuery(domain.OfTypes("Type7")), ports.ReadOptions{Backwards: true, Limit: 1}, 0, 1},
		{"the last event in front of the middle", domain.All(), ports.ReadOptions{Before: costEvents / 2, Backwards: true, Limit: 1}, 0, 1},
		{"the last one of a rare tag in front of the middle", rare, ports.ReadOptions{Before: costEvents / 2, Backwards: true, Limit: 1}, 0, 1},
		{"nothing", domain.NewQuery(domain.Tagged("c:3")), ports.ReadOptions{}, 0, 0},
	}
	costlyStores(t, func(t *testing.T, dir string, sealed bool) {
		var s *Store
		var fs *countedFS
		if !sealed {
			s, fs = openCounted(t, dir)
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				s, fs := s, fs
				if sealed { // its segments are opened when they are used first
					s, fs = openCounted(t, dir)
					tt.cost(t, s, fs)
				}
				tt.cost(t, s, fs)
			})
		}
		t.Run("everything, so that what is counted means something", func(t *testing.T) {
			s, fs := openCounted(t, dir)
			fs.reset()
			if n, err := take(s, domain.All(), ports.ReadOptions{}, 0); err != nil || n != costEvents {
				t.Fatalf("got %d events, %v, want %d", n, err, costEvents)
			}
			fs.look()
			const least = costEvents * 200
			if got := fs.read.Load() + fs.touched; got < least && fs.tells {
				t.Errorf("read %d bytes with calls and touched %d of mapped files, want at least %d together", fs.read.Load(), fs.touched, least)
			}
		})
	})
}

func TestASegmentThatIsNotMappedIsReadPieceByPiece(t *testing.T) {
	dir := costlyStore(t, 4<<20)
	s, fs := openCounted(t, dir)
	s.options.UnsafeNetworkDrive = true
	sealed, bytes := 0, int64(0)
	for _, seg := range s.segments {
		if s.isSealed(seg) {
			sealed, bytes = sealed+1, bytes+seg.info.Bytes
		}
	}
	fs.reset()
	if n, err := take(s, domain.NewQuery(domain.Tagged(rareTag)), ports.ReadOptions{}, 0); err != nil || n != costEvents/1000 {
		t.Fatalf("got %d events, %v, want %d", n, err, costEvents/1000)
	}
	if got := fs.read.Load(); got > bytes/2 { // index files are read as a whole
		t.Errorf("%d bytes were read for an event in a thousand of %d bytes", got, bytes)
	}
	for _, backwards := range []bool{false, true} {
		fs.reset()
		if n, err := take(s, domain.All(), ports.ReadOptions{Backwards: backwards}, 0); err != nil || n != costEvents {
			t.Fatalf("got %d events, %v, want %d", n, err, costEvents)
		}
		if got := fs.read.Load(); got < bytes/2 {
			t.Errorf("%d bytes were read for all of %d bytes: the rest is in memory", got, bytes)
		}
	}
	if err := os.Truncate(s.file(segmentName(1)), 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := take(s, domain.All(), ports.ReadOptions{}, 0); !errors.Is(err, ports.ErrCorrupt) {
		t.Errorf("a segment that was cut is read with %v, want ErrCorrupt", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closed := 0
	for _, seg := range s.segments {
		if seg.open == nil || seg.open.file == nil {
			continue
		}
		if _, err := seg.open.file.ReadAt(make([]byte, 1), 0); errors.Is(err, os.ErrClosed) {
			closed++
		}
	}
	if closed != sealed || sealed == 0 {
		t.Errorf("%d of %d files are closed", closed, sealed)
	}
}

func TestASegmentThatIsMappedIsNotKeptOpen(t *testing.T) {
	dir := costlyStore(t, 256<<10)
	for _, tt := range []struct {
		name   string
		unsafe bool // then nothing is mapped
	}{{"mapped", false}, {"not mapped", true}} {
		t.Run(tt.name, func(t *testing.T) {
			s, fs := openCounted(t, dir)
			s.options.UnsafeNetworkDrive = tt.unsafe
			sealed := 0
			for _, seg := range s.segments {
				if s.isSealed(seg) {
					sealed++
				}
			}
			before := fs.open.Load() // for the last one
			if n, err := take(s, domain.All(), ports.ReadOptions{}, 0); err != nil || n != costEvents {
				t.Fatalf("got %d events, %v, want %d", n, err, costEvents)
			}
			want := before
			if tt.unsafe {
				want += int64(sealed)
			}
			t.Logf("%d sealed segments, %d segments open, %d before they were read", sealed, fs.open.Load(), before)
			if got := fs.open.Load(); got != want || before > 2 || sealed < 10 {
				t.Errorf("%d segments are open after %d sealed ones were read, %d before; want %d", got, sealed, before, want)
			}
		})
	}
}

func TestReadingTakesTwoAllocationsForEachEventAtMost(t *testing.T) {
	if underRace {
		t.Skip("skipped: the race detector allocates too")
	}
	costlyStores(t, func(t *testing.T, dir string, _ bool) {
		s, _ := openCounted(t, dir)
		for _, tt := range []struct {
			name    string
			query   domain.Query
			options ports.ReadOptions
			want    int
		}{
			{"everything", domain.All(), ports.ReadOptions{}, costEvents},
			{"everything backwards", domain.All(), ports.ReadOptions{Backwards: true}, costEvents},
			{"behind a position", domain.All(), ports.ReadOptions{After: costEvents / 10}, costEvents - costEvents/10},
			{"up to a limit", domain.All(), ports.ReadOptions{Limit: costEvents / 2}, costEvents / 2},
			{"a type", domain.NewQuery(domain.OfTypes("Type7")), ports.ReadOptions{}, costEvents / 20},
			{"a type backwards", domain.NewQuery(domain.OfTypes("Type7")), ports.ReadOptions{Backwards: true}, costEvents / 20},
			{"a type with a tag", domain.NewQuery(domain.OfTypes("Type7").Tagged("b:2")), ports.ReadOptions{}, costEvents / 20},
			{"a tag", domain.NewQuery(domain.Tagged("a:7")), ports.ReadOptions{}, costEvents / 100},
			{"a tag backwards", domain.NewQuery(domain.Tagged("a:7")), ports.ReadOptions{Backwards: true}, costEvents / 100},
			{"a rare tag", domain.NewQuery(domain.Tagged(rareTag)), ports.ReadOptions{}, costEvents / 1000},
		} {
			t.Run(tt.name, func(t *testing.T) {
				n := 0
				var err error
				got := testing.AllocsPerRun(1, func() { n, err = take(s, tt.query, tt.options, 0) })
				if err != nil || n != tt.want {
					t.Fatalf("got %d events, %v, want %d", n, err, tt.want)
				}
				// What is not for one event alone, such as pages, is part of it.
				t.Logf("%.2f allocations for each event", got/float64(n))
				if got > float64(2*n) {
					t.Errorf("%.0f allocations for %d events, want two for each at most", got, n)
				}
			})
		}
	})
}

func TestALineWithoutALengthEndsNoProgram(t *testing.T) {
	t.Parallel()
	s := mustOpenOn(t, vfstest.New().FS(), Options{})
	mustAppend(t, s, domain.Event{Type: "A"})
	s.segments[0].memory.Entries()[0] = journal.Entry{} // as a damaged index could say
	if log, err := readAll(s); err == nil {
		t.Errorf("read %v, want an error", log)
	}
}
