package vfstest_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
)

const sector = vfstest.Sector

// first always picks 0.
func first(int) int { return 0 }

func text(c byte, n int) string { return strings.Repeat(string(c), n) }

func mustOpen(t *testing.T, dir vfs.FS, name string) vfs.File {
	t.Helper()
	f, err := dir.Open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustWrite(t *testing.T, f vfs.File, text string, offset int64) {
	t.Helper()
	if n, err := f.WriteAt([]byte(text), offset); n != len(text) || err != nil {
		t.Fatalf("WriteAt() = %d, %v", n, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// durable returns a disk with a file a that holds content and is synced.
func durable(t *testing.T, content string) (*vfstest.Disk, vfs.FS, vfs.File) {
	t.Helper()
	disk := vfstest.New()
	dir := disk.FS()
	f := mustOpen(t, dir, "a")
	mustWrite(t, f, content, 0)
	must(t, f.Sync())
	must(t, dir.SyncDir("."))
	return disk, dir, f
}

// states returns what the file a can hold after a power cut: short forms of all
// contents, sorted. A file that is gone is "gone".
func states(disk *vfstest.Disk) []string {
	all := map[string]bool{}
	for crash := range disk.Crashes(10_000, first) {
		all[content(crash.Disk)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// content writes the file a with one character for each run of equal bytes within a
// sector, "." for zero.
func content(disk *vfstest.Disk) string {
	b, ok := disk.Content("a")
	if !ok {
		return "gone"
	}
	var short []byte
	for part := range slices.Chunk(b, sector) {
		short = append(short, slices.Compact(slices.Clone(part))...)
	}
	return string(bytes.ReplaceAll(short, []byte{0}, []byte(".")))
}

func TestAPowerCutLeavesEveryMixOfWhatIsNotSynced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, dir vfs.FS, f vfs.File)
		want string
	}{
		{"nothing was done", func(*testing.T, vfs.FS, vfs.File) {}, "aa"},
		{"one sector was written", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', sector), 0)
		}, "aa ba"},
		{"two sectors were written", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', 2*sector), 0)
		}, "aa ab ba bb"},
		{"one sector was written twice", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', sector), 0)
			mustWrite(t, f, text('c', sector), 0)
		}, "aa ba ca"},
		{"part of a sector was written in two steps", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', 10), 0)
			mustWrite(t, f, text('c', 10), 10)
		}, "aa baa bcaa"},
		{"a sector was added", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', sector), 2*sector)
		}, "aa aa. aab"},
		{"a sector was added behind a hole", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', sector), 3*sector)
		}, "aa aa.. aa.b"},
		{"two sectors were added one after the other", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', sector), 2*sector)
			mustWrite(t, f, text('c', sector), 3*sector)
		}, "aa aa. aa.. aa.c aab aab. aabc"},
		{"the file was made shorter", func(t *testing.T, _ vfs.FS, f vfs.File) {
			must(t, f.Truncate(sector))
		}, "a a. aa"},
		{"everything was synced", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', 3*sector), 0)
			must(t, f.Truncate(sector))
			must(t, f.Sync())
		}, "b"},
		{"it was synced and written again", func(t *testing.T, _ vfs.FS, f vfs.File) {
			mustWrite(t, f, text('b', sector), 0)
			must(t, f.Sync())
			mustWrite(t, f, text('c', sector), 0)
		}, "ba ca"},
		{"it was renamed", func(t *testing.T, dir vfs.FS, _ vfs.File) {
			must(t, dir.Rename("a", "b"))
		}, "aa gone"},
		{"it was replaced", func(t *testing.T, dir vfs.FS, _ vfs.File) {
			g := mustOpen(t, dir, "b")
			mustWrite(t, g, "x", 0)
			must(t, g.Sync())
			must(t, dir.Rename("b", "a"))
		}, "aa x"},
		{"it was replaced before the new one was synced", func(t *testing.T, dir vfs.FS, _ vfs.File) {
			g := mustOpen(t, dir, "b")
			mustWrite(t, g, "x", 0)
			must(t, dir.Rename("b", "a"))
		}, " . aa x"},
		{"it was renamed and the directory synced", func(t *testing.T, dir vfs.FS, _ vfs.File) {
			must(t, dir.Rename("a", "b"))
			must(t, dir.SyncDir("."))
		}, "gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk, dir, f := durable(t, text('a', 2*sector))
			tt.do(t, dir, f)
			if got := strings.Join(states(disk), " "); got != tt.want {
				t.Errorf("a power cut leaves %q, want %q", got, tt.want)
			}
		})
	}
}

func TestANameIsNotSyncedWithItsFile(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	dir := disk.FS()
	f := mustOpen(t, dir, "a")
	mustWrite(t, f, "x", 0)
	must(t, f.Sync())
	if got := strings.Join(states(disk), " "); got != "gone x" {
		t.Errorf("a power cut leaves %q, want %q", got, "gone x")
	}
}

func TestALostDirectoryTakesItsFilesAlong(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	dir := disk.FS()
	must(t, dir.Mkdir("d"))
	f := mustOpen(t, dir, "d/a")
	mustWrite(t, f, "x", 0)
	must(t, f.Sync())
	must(t, dir.SyncDir("d"))
	kept := 0
	for crash := range disk.Crashes(10, first) {
		_, err := crash.FS().List("d")
		_, file := crash.Content("d/a")
		if file != (err == nil) {
			t.Errorf("choice %v: the directory is there: %v, its file: %v", crash.Choice, err == nil, file)
		}
		if file {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("the directory survives %d of two power cuts, want 1", kept)
	}
	must(t, dir.SyncDir("."))
	for crash := range disk.Crashes(10, first) {
		if _, ok := crash.Content("d/a"); !ok {
			t.Error("a directory is lost that was synced")
		}
	}
}

func TestAFailedSyncLeavesMemoryCleanAndTheDiskBehind(t *testing.T) {
	t.Parallel()
	disk, _, _ := durable(t, text('a', sector))
	fails := true
	dir := vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Sync && fails {
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	})
	f := mustOpen(t, dir, "a")
	mustWrite(t, f, text('b', sector), 0)
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Sync() = %v, want EIO", err)
	}
	fails = false
	must(t, f.Sync())
	if got := content(disk); got != "b" {
		t.Errorf("readers see %q, want b", got)
	}
	if got := strings.Join(states(disk), " "); got != "a" {
		t.Errorf("after a sync that succeeded a power cut leaves %q, want a: nobody wrote it again", got)
	}
	if got := content(disk.Clone()); got != "b" {
		t.Errorf("another process sees %q, want b", got)
	}
	forgetful := disk.Clone()
	forgetful.Evict(func(int) int { return 1 })
	if got := content(forgetful); got != "a" {
		t.Errorf("after the memory was dropped readers see %q, want a", got)
	}
	mustWrite(t, f, text('b', sector), 0)
	must(t, f.Sync())
	if got := strings.Join(states(disk), " "); got != "b" {
		t.Errorf("written again and synced: a power cut leaves %q, want b", got)
	}
}

func TestMemoryThatIsDirtyIsNotDropped(t *testing.T) {
	t.Parallel()
	disk, _, f := durable(t, text('a', sector))
	mustWrite(t, f, text('b', sector), 0)
	disk.Evict(func(int) int { return 1 })
	if got := content(disk); got != "b" {
		t.Errorf("readers see %q, want b", got)
	}
}

func TestWhatWasWrittenOutNoPowerCutTakesBack(t *testing.T) {
	t.Parallel()
	disk, _, f := durable(t, text('a', sector))
	mustWrite(t, f, text('b', sector), 0)
	before := disk.Version()
	disk.WriteBack(func(int) int { return 0 })
	if got := strings.Join(states(disk), " "); got != "a b" || disk.Version() != before {
		t.Errorf("the disk holds %q in version %d, want a b in %d as before", got, disk.Version(), before)
	}
	disk.WriteBack(func(int) int { return 1 })
	if got := strings.Join(states(disk), " "); got != "b" || disk.Version() == before {
		t.Errorf("the disk holds %q in version %d, want b in another than %d", got, disk.Version(), before)
	}
}

func TestACloneGoesItsOwnWay(t *testing.T) {
	t.Parallel()
	disk, _, f := durable(t, text('a', sector))
	mustWrite(t, f, text('b', sector), 0)
	other := disk.Clone()
	g := mustOpen(t, other.FS(), "a")
	mustWrite(t, g, text('c', sector), 0)
	must(t, f.Sync())
	if got := strings.Join(states(disk), " "); got != "b" {
		t.Errorf("the first disk holds %q, want b", got)
	}
	if got := strings.Join(states(other), " "); got != "a b c" {
		t.Errorf("the clone holds %q, want what was not synced in it: a b c", got)
	}
}

func TestSampledCrashesAreAmongAllAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	disk, dir, f := durable(t, text('a', 3*sector))
	mustWrite(t, f, text('b', 3*sector), 0)
	mustWrite(t, f, text('c', 4*sector), 0)
	mustOpen(t, dir, "b")
	all := map[string]bool{}
	for _, state := range states(disk) {
		all[state] = true
	}
	n := 0
	sampled := map[string]bool{}
	for crash := range disk.Crashes(40, rand.New(rand.NewPCG(1, 2)).IntN) {
		state := content(crash.Disk)
		if !all[state] {
			t.Errorf("sampled state %q is none of all %d", state, len(all))
		}
		if again := content(disk.CrashAt(crash.Choice).Disk); again != state {
			t.Errorf("choice %v gave %q, now it gives %q", crash.Choice, state, again)
		}
		if n++; n == 1 && state != "aaa" || n == 2 && state != "cccc" {
			t.Errorf("crash %d is %q; the oldest and the newest come first", n, state)
		}
		sampled[state] = true
	}
	if n != 40 || len(sampled) < 10 {
		t.Errorf("%d crashes with %d different states", n, len(sampled))
	}
}

// A harness that looks at two or three states of each moment must meet all kinds too.
func TestFewSamplesAreOfAllKinds(t *testing.T) {
	t.Parallel()
	disk, _, f := durable(t, text('a', 8*sector))
	mustWrite(t, f, text('b', 8*sector), 0)
	pick := rand.New(rand.NewPCG(1, 2)).IntN
	met := map[string]int{}
	for range 100 {
		for crash := range disk.Crashes(3, pick) {
			switch lost := strings.Count(content(crash.Disk), "a"); lost {
			case 8:
				met["oldest"]++
			case 0:
				met["newest"]++
			case 1, 2:
				met["few lost"]++
			case 6, 7:
				met["few kept"]++
			default:
				met["mixed"]++
			}
		}
	}
	if len(met) != 5 {
		t.Errorf("300 samples are %v, want all of five kinds", met)
	}
}

func TestCallsFailAsTheyAreTold(t *testing.T) {
	t.Parallel()
	disk, _, _ := durable(t, "aaaa")
	var told vfstest.Fault
	var kind vfstest.Kind
	dir := vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == kind {
			return told
		}
		return vfstest.Fault{}
	})
	f := mustOpen(t, dir, "a")
	buf := make([]byte, 2)
	calls := map[vfstest.Kind]func() error{
		vfstest.Open:     func() error { _, err := dir.Open("a", os.O_RDONLY); return err },
		vfstest.Create:   func() error { _, err := dir.Open("new", os.O_RDWR|os.O_CREATE); return err },
		vfstest.List:     func() error { _, err := dir.List("."); return err },
		vfstest.Mkdir:    func() error { return dir.Mkdir("d") },
		vfstest.Rename:   func() error { return dir.Rename("a", "a") },
		vfstest.SyncDir:  func() error { return dir.SyncDir(".") },
		vfstest.Read:     func() error { _, err := f.ReadAt(buf, 0); return err },
		vfstest.Write:    func() error { _, err := f.WriteAt(buf, 0); return err },
		vfstest.Sync:     func() error { return f.Sync() },
		vfstest.Truncate: func() error { return f.Truncate(4) },
		vfstest.Size:     func() error { _, err := f.Size(); return err },
		vfstest.Current:  func() error { _, err := f.Current(); return err },
		vfstest.Close:    func() error { return mustOpen(t, dir, "a").Close() },
	}
	for k, call := range calls {
		kind = k
		for _, effect := range []vfstest.Effect{vfstest.Nothing, vfstest.Part, vfstest.Whole} {
			told = vfstest.Fault{Err: syscall.ENOSPC, Effect: effect}
			var at *fs.PathError
			if err := call(); !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &at) || at.Op != string(k) {
				t.Errorf("%s with effect %d = %v, want ENOSPC", k, effect, err)
			}
		}
		told = vfstest.Fault{}
		if err := call(); err != nil {
			t.Errorf("%s without a fault = %v", k, err)
		}
	}
}

func TestAWriteCanStopHalfWay(t *testing.T) {
	t.Parallel()
	disk, _, _ := durable(t, "aaaa")
	dir := vfstest.Watch(disk.FS(), nil, vfstest.Nth(vfstest.Write, 2, false, vfstest.Fault{Err: syscall.ENOSPC, Effect: vfstest.Part, Bytes: 3}))
	f := mustOpen(t, dir, "a")
	mustWrite(t, f, "b", 0)
	if n, err := f.WriteAt([]byte("cccccc"), 0); n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("WriteAt() = %d, %v; want 3, ENOSPC", n, err)
	}
	if b, _ := disk.Content("a"); string(b) != "ccca" {
		t.Errorf("the file holds %q, want ccca", b)
	}
	mustWrite(t, f, "d", 0)
}

func TestAFaultForEverDoesNotEnd(t *testing.T) {
	t.Parallel()
	disk, _, _ := durable(t, "a")
	dir := vfstest.Watch(disk.FS(), nil, vfstest.Nth(vfstest.SyncDir, 2, true, vfstest.Fault{Err: syscall.EROFS, Effect: vfstest.Nothing}))
	must(t, dir.SyncDir("."))
	for range 3 {
		if err := dir.SyncDir("."); !errors.Is(err, syscall.EROFS) {
			t.Errorf("SyncDir() = %v, want EROFS", err)
		}
	}
}

func TestALieReturnsNoError(t *testing.T) {
	t.Parallel()
	disk, _, _ := durable(t, text('a', sector))
	dir := vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Sync || c.Kind == vfstest.Truncate {
			return vfstest.Fault{Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	})
	f := mustOpen(t, dir, "a")
	mustWrite(t, f, text('b', sector), 0)
	must(t, f.Truncate(0))
	must(t, f.Sync())
	if got := strings.Join(states(disk), " "); got != "a b" {
		t.Errorf("a power cut leaves %q, want %q", got, "a b")
	}
}

func TestAHandleIsOfNoUseAfterItsClose(t *testing.T) {
	t.Parallel()
	disk, dir, f := durable(t, "aaaa")
	if got := disk.Handles(); got != 1 {
		t.Errorf("%d files are open, want 1", got)
	}
	must(t, f.Close())
	if got := disk.Handles(); got != 0 {
		t.Errorf("%d files are open, want none", got)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("ReadAt() = %v, want fs.ErrClosed", err)
	}
	if err := f.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Close() = %v, want fs.ErrClosed", err)
	}
	must(t, dir.Close())
	if _, err := dir.Open("a", os.O_RDONLY); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Open() = %v, want fs.ErrClosed", err)
	}
	read, err := disk.FS().Open("a", os.O_RDONLY)
	must(t, err)
	if _, err := read.WriteAt([]byte("b"), 0); !errors.Is(err, syscall.EBADF) {
		t.Errorf("WriteAt a file open for reading = %v, want EBADF", err)
	}
}
