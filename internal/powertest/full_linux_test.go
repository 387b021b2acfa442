package powertest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/powertest"
)

// smallDisk is a file system that has room for little, and later for more.
type smallDisk struct {
	dir     string
	enlarge func() error
	segment int64
	seed    uint64
	told    lie
	witness powertest.Witness
}

// newSmallDisk makes a disk in memory with the given room, in the words of mount.
func newSmallDisk(t *testing.T, room string) *smallDisk {
	t.Helper()
	needPower(t, "no disk was full")
	d := &smallDisk{dir: filepath.Join(t.TempDir(), "memory"), segment: 8 << 10}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mountMemory(t, d.dir, room)
	d.enlarge = func() error {
		return unix.Mount("tmpfs", d.dir, "tmpfs", unix.MS_REMOUNT, "size=32m,nr_inodes=10000")
	}
	return d
}

// newSmallDevice makes a disk of ext4, which finds room for what was written only
// later, when it writes it back. It has about room bytes, and a few MB later.
func newSmallDevice(t *testing.T, room int64) *smallDisk {
	t.Helper()
	needPower(t, "no device was full", "mount", "mkfs.ext4")
	needLoop(t)
	dir := t.TempDir()
	d := &smallDisk{dir: filepath.Join(dir, "mounted"), segment: 8 << 10}
	makeImage(t, filepath.Join(dir, "image"), 12<<20, "ext4", "-m", "0")
	mounted(t, filepath.Join(dir, "image"), d.dir, "loop")
	ballast := filepath.Join(d.dir, "ballast")
	var free unix.Statfs_t
	f, err := os.Create(ballast)
	if err == nil {
		err = unix.Statfs(d.dir, &free)
	}
	if err == nil {
		err = errors.Join(unix.Fallocate(int(f.Fd()), 0, 0, int64(free.Bavail)*free.Bsize-room), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	d.enlarge = func() error { return os.Remove(ballast) }
	return d
}

func (d *smallDisk) store() string { return filepath.Join(d.dir, "store") }

// start starts a writer that appends until there is no room.
func (d *smallDisk) start(t *testing.T, number int) *process {
	t.Helper()
	return startWriter(t, &d.witness, writerSetup{
		Dir: d.store(), Number: number, Lanes: 3, SegmentSize: d.segment, LockTimeout: 5 * time.Second, Failures: 3, Seed: d.seed, Lie: d.told,
	})
}

// look checks what is on the full disk, without changing it.
func (d *smallDisk) look(t *testing.T) error {
	t.Helper()
	expected := d.witness.Expectation()
	if len(expected.Acknowledged) == 0 {
		return nil
	}
	if _, err := filesystem.Verify(t.Context(), d.store()); err != nil {
		return fmt.Errorf("verify on the full disk: %w", err)
	}
	store, err := filesystem.OpenReadOnly(t.Context(), d.store(), filesystem.Options{})
	if err != nil {
		return fmt.Errorf("open on the full disk: %w", err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err = expected.Judge(read(t.Context(), store, domain.All()))
	return err
}

// fillUp lets a writer fill the disk, and a second one try where there is no room.
// Then there is room, and the one that is left goes on, or another if none is.
func (d *smallDisk) fillUp(t *testing.T) error {
	t.Helper()
	p := d.start(t, 1)
	working := p.idle()
	if err := d.look(t); err != nil {
		return err
	}
	if d.seed%2 == 0 || !working { // the second opens the store on the full disk
		_ = p.end() // it may have found no room to make a store
		if p = d.start(t, 2); !p.idle() {
			working = false
			_ = p.end() // it may have found no room to open one
		} else {
			working = true
		}
		if err := d.look(t); err != nil {
			return err
		}
	}
	if err := d.enlarge(); err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	if working {
		before := len(d.witness.Expectation().Acknowledged)
		if !p.ask("more", 20) || !p.idle() {
			return fmt.Errorf("the writer did not go on: %w", p.end())
		}
		if err := p.end(); err != nil {
			return err
		}
		if more := len(d.witness.Expectation().Acknowledged) - before; more < 30 {
			return fmt.Errorf("of 60 appends with room for them, %d were acknowledged: %q", more, d.witness.Failures())
		}
	}
	_, err := examine(t.Context(), d.store(), d.witness.Expectation(), d.segment)
	return err
}

// everyPage is up to where each number of pages is tried, in KiB: several segments
// of each size begin and are full below it, and then the same happens again.
const everyPage = 256

// rooms returns disks in the words of mount: with each number of pages up to
// everyPage, and beyond that, up to some MB, with a few sizes; and with room for so
// many files.
func rooms(sizes int) (rooms []string) {
	const page = 4
	for room := 2 * page; room <= everyPage; room += page {
		rooms = append(rooms, fmt.Sprintf("size=%dk", room))
	}
	for n := range sizes {
		if room := 8 + n*n*page; room > everyPage { // 908 KiB with 16 sizes
			rooms = append(rooms, fmt.Sprintf("size=%dk", room))
		}
		rooms = append(rooms, fmt.Sprintf("size=8m,nr_inodes=%d", 2+n))
	}
	return rooms
}

func TestNothingAcknowledgedIsLostWhenTheDiskIsFull(t *testing.T) {
	needPower(t, "no disk was full")
	rooms := rooms(amount(t, "OPOSSUM_POWER_DISKS", 16))
	failures, kept := 0, 0
	for n, room := range rooms {
		for i, segment := range []int64{8 << 10, 64 << 10} {
			t.Run(fmt.Sprintf("%s/segment=%d", room, segment), func(t *testing.T) {
				d := newSmallDisk(t, room)
				d.segment, d.seed = segment, uint64(n/2+i) // see fillUp: odd and even do not do the same
				if err := d.fillUp(t); err != nil {
					t.Error(err)
				}
				failures += len(d.witness.Failures())
				kept += len(d.witness.Expectation().Acknowledged)
			})
		}
	}
	t.Logf("%d disks ran full: %d appends failed, %d were acknowledged and all there", 2*len(rooms), failures, kept)
	if failures == 0 || kept == 0 {
		t.Error("too little of that happened")
	}
}

func TestNothingAcknowledgedIsLostWhenADeviceIsFull(t *testing.T) {
	failures, kept := 0, 0
	for n := range (amount(t, "OPOSSUM_POWER_DISKS", 16) + 1) / 2 {
		d := newSmallDevice(t, int64(24+n%16*(n%16)*8)<<10)
		d.segment, d.seed = []int64{8 << 10, 64 << 10}[n/2%2], uint64(n)
		if err := d.fillUp(t); err != nil {
			t.Errorf("device %d, segments of %d bytes: %v", n, d.segment, err)
		}
		unmount(t, d.dir)
		failures += len(d.witness.Failures())
		kept += len(d.witness.Expectation().Acknowledged)
	}
	t.Logf("devices below ext4 ran full: %d appends failed, %d were acknowledged and all there", failures, kept)
	if failures == 0 || kept == 0 {
		t.Error("too little of that happened")
	}
}

func TestAFullDiskCatchesWritersThatLie(t *testing.T) {
	d := newSmallDisk(t, "size=200k")
	d.told = blind
	err := d.fillUp(t)
	if err == nil {
		t.Error("a writer that is blind survived a full disk, so that proves nothing")
	}
	t.Logf("caught: %v", err)
}
