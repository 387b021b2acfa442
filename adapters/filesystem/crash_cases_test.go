package filesystem

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// freeLock is a lock that nobody else wants.
type freeLock struct{}

func (freeLock) acquire(context.Context, time.Time, <-chan struct{}, func()) (bool, error) {
	return false, nil
}

func (freeLock) try() (bool, error) { return true, nil }
func (freeLock) wanted() bool       { return false }
func (freeLock) release() error     { return nil }

// open is Open on any file system and lock. Nothing is done in the background.
func open(ctx context.Context, path string, dir vfs.FS, lock locker, options Options) (*Store, error) {
	s := newStore(path, dir, lock, options)
	s.spawn = func(func()) {}
	return s.open(ctx)
}

// openOn opens the store on a simulated directory.
func openOn(t testing.TB, dir vfs.FS, o Options) (*Store, error) {
	t.Helper()
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return open(t.Context(), simDir, dir, freeLock{}, o)
}

func mustOpenOn(t testing.TB, dir vfs.FS, o Options) *Store {
	t.Helper()
	s, err := openOn(t, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustAppend(t testing.TB, s *Store, events ...domain.Event) domain.Positions {
	t.Helper()
	at, err := s.Append(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// mustHold fails t unless the store on disk holds events of the given types, in
// this order.
func mustHold(t testing.TB, disk *vfstest.Disk, types ...string) {
	t.Helper()
	s := mustOpenOn(t, disk.FS(), Options{})
	log, err := readAll(s)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range log {
		got = append(got, e.Type)
	}
	if strings.Join(got, " ") != strings.Join(types, " ") {
		t.Errorf("the store holds %v, want %v", got, types)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// oldest returns what a power cut leaves that loses all that can be lost.
func oldest(d *vfstest.Disk) *vfstest.Disk {
	for crash := range d.Crashes(1, func(int) int { return 0 }) {
		return crash.Disk
	}
	return nil
}

// until kills the process before the first call of kind on name.
func until(disk *vfstest.Disk, kind vfstest.Kind, name string) vfs.FS {
	return vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == kind && c.Name == name {
			panic(killed{})
		}
		return vfstest.Fault{}
	})
}

// dies runs call, in which the process must die.
func dies(t testing.TB, call func()) {
	t.Helper()
	defer func() {
		if _, ok := recover().(killed); !ok {
			t.Fatal("the process did not come to the call before which it was to die")
		}
	}()
	call()
}

func TestAStoreWhoseMakerDiedIsDurableForTheNextProcess(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	dies(t, func() {
		_, err := openOn(t, until(disk, vfstest.SyncDir, "."), Options{})
		t.Errorf("Open() returned: %v", err)
	})
	s := mustOpenOn(t, disk.FS(), Options{})
	mustAppend(t, s, domain.Event{Type: "A"})
	mustHold(t, oldest(disk), "A")
}

func TestADirectoryOfEventsThatAPowerCutTookIsDurableAgain(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	s := mustOpenOn(t, disk.FS(), Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	manifest, _ := disk.Content(manifestName)
	half := vfstest.New()
	half.Damage(manifestName, manifest)

	s = mustOpenOn(t, half.FS(), Options{})
	mustAppend(t, s, domain.Event{Type: "A"})
	mustHold(t, oldest(half), "A")
}

func TestASegmentThatWasBegunIsGoneOnWithUnderALargerLimit(t *testing.T) {
	t.Parallel()
	large := domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)}
	for _, tt := range []struct {
		name  string
		fault vfstest.Fault
	}{
		{"nothing of its first batch was written", vfstest.Fault{Err: syscall.ENOSPC, Effect: vfstest.Nothing}},
		{"part of its first batch was written", vfstest.Fault{Err: syscall.ENOSPC, Effect: vfstest.Part, Bytes: 250}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk := vfstest.New()
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, notUndone(func(c vfstest.Call) vfstest.Fault {
				if c.Kind == vfstest.Write && c.Name == segmentName(2) {
					return tt.fault
				}
				return vfstest.Fault{}
			})), Options{SegmentSize: minSegmentSize})
			mustAppend(t, s, large)
			if _, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
				t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
			}
			other := mustOpenOn(t, disk.FS(), Options{SegmentSize: maxSegmentSize})
			mustAppend(t, other, domain.Event{Type: "A"})
			mustAppend(t, other, domain.Event{Type: "B"})
			mustHold(t, disk, "Large", "A", "B")
		})
	}
}

func TestAReaderSeesNoSegmentThatIsNotCommittedYet(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	large := domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)}
	writer := mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	mustAppend(t, writer, large)

	// The follower reads the second segment; then the third cannot be opened, and it
	// forgets the second again.
	var follower *Store
	var during view
	follower = mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Open && c.Name == segmentName(3) && follower != nil {
			during = follower.snapshot()
			return vfstest.Fault{Err: syscall.EMFILE, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	}), Options{})
	mustAppend(t, writer, large)
	mustAppend(t, writer, large)
	if _, err := follower.Head(t.Context()); !errors.Is(err, syscall.EMFILE) {
		t.Fatalf("Head() = %v, want EMFILE", err)
	}
	if during.head != 1 || len(during.segments) != 1 {
		t.Errorf("a snapshot up to position %d holds %d segments, want 1 and 1: the others may still be taken back", during.head, len(during.segments))
	}
}

// Catching up may fail behind a segment that it has read already, and then forgets it:
// the one before is the last again, and events behind the head stand in it.
func TestNothingIsSealedThatCatchingUpMayStillTakeBack(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	writer := mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	mustAppend(t, writer, domain.Event{Type: "Small"})
	var follower *Store
	failed := false
	follower = mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Open && c.Name == segmentName(4) && len(follower.segments) == 2 && !failed {
			failed = true
			follower.sealAll()
			return vfstest.Fault{Err: syscall.EMFILE, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	}), Options{})
	for range 3 {
		mustAppend(t, writer, domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
	}
	writer.sealAll()
	if _, err := follower.Head(t.Context()); !errors.Is(err, syscall.EMFILE) {
		t.Fatalf("Head() = %v, want EMFILE", err)
	}
	if head, err := follower.Head(t.Context()); head != 4 || err != nil {
		t.Errorf("Head() = %d, %v; want 4", head, err)
	}
}

// A power cut may lose the first sector of an append and keep the others: in a file
// that is filled ahead, what is left of it then stands behind newlines.
func TestOpenFindsAnUnfinishedAppendBehindNewlines(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	s := mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	mustAppend(t, s, domain.Event{Type: "A"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	events, _ := disk.Content(segmentName(1))
	left := `xxxxx"}` + "\n" + `{"commit":{"first":2,"last":2,"bytes":5000,"crc32c":"00000000"`
	disk.Damage(segmentName(1), append(events, strings.Repeat("\n", 3500)+left...))

	s = mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	if repairs := s.Repairs(); len(repairs) != 1 || repairs[0].Offset != int64(len(events)) {
		t.Errorf("Open repaired %+v, want what stands behind byte %d", repairs, len(events))
	}
	for range 2 { // into the next segment
		mustAppend(t, s, domain.Event{Type: "B", Data: []byte(`"` + strings.Repeat("y", minSegmentSize-len(events)-300) + `"`)})
	}
	mustAppend(t, s, domain.Event{Type: "C"})
	mustHold(t, disk, "A", "B", "B", "C")
}

// A disk may lose a part of the fill of a segment, and the segment that follows may
// have been begun just then.
func TestOpenOverlooksWhatIsLeftOfFillInFrontOfASegmentThatWasBegun(t *testing.T) {
	t.Parallel()
	header := string(journal.AppendHeader(nil, journal.Header{}))
	for _, tt := range []struct{ name, begun string }{
		{"nothing of it", ""},
		{"a part of its header", header[:20]},
		{"zeros and newlines", strings.Repeat("\x00", 512) + strings.Repeat("\n", 512)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk := vfstest.New()
			s := mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
			mustAppend(t, s, domain.Event{Type: "A", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			events, _ := disk.Content(segmentName(1))
			disk.Damage(segmentName(1), append(events, strings.Repeat("\x00", 300)+strings.Repeat("\n", 500)...))
			disk.Damage(segmentName(2), []byte(tt.begun))
			s = mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
			mustAppend(t, s, domain.Event{Type: "B"})
			mustHold(t, disk, "A", "B")
		})
	}
}

// Who cuts off an unfinished append may die before the sync. Nothing is left to cut off
// for the next process then, and a power cut brings the append back.
func TestAnUnfinishedAppendDoesNotComeBackInFrontOfTheNextSegment(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	s := mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	mustAppend(t, s, domain.Event{Type: "A", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	events, _ := disk.Content(segmentName(1))
	ledger, _ := disk.Content(ledgerName)
	disk.Damage(ledgerName, ledger)
	disk.Damage(segmentName(1), append(events, `{"position":2,"recordedAt":"20`...))
	dies(t, func() {
		_, err := openOn(t, until(disk, vfstest.Sync, segmentName(1)), Options{})
		t.Errorf("Open() returned: %v", err)
	})
	s = mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	mustAppend(t, s, domain.Event{Type: "B"})
	mustHold(t, oldest(disk), "A", "B")
}
