package filesystem

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// failing lets the calls of one kind on segments fail while on is true.
func failing(on *bool, kind vfstest.Kind, effect vfstest.Effect) func(vfstest.Call) vfstest.Fault {
	return func(c vfstest.Call) vfstest.Fault {
		if *on && c.Kind == kind && c.Name != ledgerName {
			if kind == vfstest.Sync {
				*on = false // the sync after the truncate is another one
			}
			return vfstest.Fault{Err: syscall.EIO, Effect: effect, Bytes: 100}
		}
		return vfstest.Fault{}
	}
}

func TestAFailedAppendThatWasUndoneIsNotThere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		kind   vfstest.Kind
		effect vfstest.Effect
	}{
		{"the write failed", vfstest.Write, vfstest.Nothing},
		{"the write stopped half-way", vfstest.Write, vfstest.Part},
		{"the sync failed", vfstest.Sync, vfstest.Nothing},
		{"the sync did its work and failed", vfstest.Sync, vfstest.Whole},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk, on := vfstest.New(), false
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, failing(&on, tt.kind, tt.effect)), Options{})
			mustAppend(t, s, domain.Event{Type: "A"})
			on = true
			_, err := s.Append(t.Context(), []domain.Event{{Type: "B"}})
			if !errors.Is(err, syscall.EIO) || errors.Is(err, ports.ErrUnknownOutcome) {
				t.Errorf("Append() = %v, want EIO and that nothing was written", err)
			}
			on = false
			if log, err := readAll(s); len(log) != 1 || err != nil {
				t.Errorf("the store holds %v, %v; want A alone", log, err)
			}
			mustHold(t, oldest(disk), "A")
			mustAppend(t, s, domain.Event{Type: "B"})
			mustHold(t, disk, "A", "B")
			mustHold(t, oldest(disk), "A", "B")
		})
	}
}

func TestAReadSettlesAnAppendWithAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		kind   vfstest.Kind
		effect vfstest.Effect
		want   []string
	}{
		{"the write stopped half-way", vfstest.Write, vfstest.Part, []string{"A"}},
		{"the sync failed", vfstest.Sync, vfstest.Nothing, []string{"A", "B"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk, on, stuck := vfstest.New(), false, false
			fault := failing(&on, tt.kind, tt.effect)
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
				if stuck && (c.Kind == vfstest.Truncate || c.Kind == vfstest.Sync && !on) {
					return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
				}
				return fault(c)
			}), Options{})
			mustAppend(t, s, domain.Event{Type: "A"})
			on, stuck = true, true
			if _, err := s.Append(t.Context(), []domain.Event{{Type: "B"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
				t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
			}
			if log, err := readAll(s); !errors.Is(err, syscall.EIO) {
				t.Errorf("a read while nothing can be settled = %v, %v; want EIO", log, err)
			}
			on, stuck = false, false
			log, err := readAll(s)
			if len(log) != len(tt.want) || err != nil {
				t.Fatalf("the store holds %v, %v; want %v", log, err, tt.want)
			}
			mustHold(t, oldest(disk), tt.want...) // what was shown stays
			mustAppend(t, s, domain.Event{Type: "C"})
			mustHold(t, disk, append(tt.want, "C")...)
		})
	}
}

// The file that a segment was begun with is empty in memory only, and whole on the disk.
func TestWhatAReadDidNotFindInASegmentThatWasBegunDoesNotComeBack(t *testing.T) {
	t.Parallel()
	disk, syncs := vfstest.New(), -1
	s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || c.Name != segmentName(2) || syncs < 0 {
			return vfstest.Fault{}
		}
		if syncs++; syncs == 1 {
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Whole}
		}
		return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing} // it is not undone
	}), Options{SegmentSize: minSegmentSize})
	mustAppend(t, s, domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
	syncs = 0
	if _, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
		t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
	}
	syncs = -1
	log, err := readAll(s)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Large", "Lost"}[:len(log)]
	mustHold(t, oldest(disk), want...)
	mustAppend(t, s, domain.Event{Type: "Next"})
	mustHold(t, oldest(disk), append(want, "Next")...)
}

// The first sync fails when it has brought the append to the disk, and not the length of
// the file; that of its being undone fails without a trace. What the read did not find must
// not become an append when a power cut keeps the length of the file as the next one makes
// it, and not what that one writes.
func TestWhatAReadDidNotFindDoesNotComeBackUnderTheNextAppend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		segment domain.Position
		options Options
	}{
		{"behind other events", 1, Options{NoFillAhead: true}},
		{"in a segment that was begun", 2, Options{SegmentSize: minSegmentSize}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk, syncs, next := vfstest.New(), -1, false
			var cuts []*vfstest.Disk
			writes := func(n int) int { return n%2 ^ 1 } // of a sync that fails: each sector, and no length
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), writes, func(c vfstest.Call) vfstest.Fault {
				if c.Kind != vfstest.Sync || c.Name != segmentName(tt.segment) || syncs < 0 {
					return vfstest.Fault{}
				}
				switch syncs++; {
				case syncs == 1:
					return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Part}
				case syncs == 2:
					return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing} // it is not undone
				case next:
					for crash := range disk.Crashes(1000, func(int) int { return 0 }) {
						cuts = append(cuts, crash.Disk)
					}
				}
				return vfstest.Fault{}
			}), tt.options)
			mustAppend(t, s, domain.Event{Type: "First", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
			syncs = 0
			if _, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
				t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
			}
			log, err := readAll(s)
			if err != nil || len(log) != 1 {
				t.Fatalf("the read shows %d events, %v; want the first", len(log), err)
			}
			mustHold(t, oldest(disk), "First")
			want := int64(0)
			if tt.segment == 1 {
				want = s.mark().Offset
			}
			if content, _ := disk.Content(segmentName(tt.segment)); int64(len(content)) != want {
				t.Errorf("the segment has %d bytes, its events end at %d", len(content), want)
			}
			next = true
			mustAppend(t, s, domain.Event{Type: "Next", Data: []byte(`"` + strings.Repeat("x", 2*vfstest.Sector) + `"`)})
			mustNotHoldLost(t, cuts)
			mustHold(t, disk, "First", "Next")
		})
	}
}

// The write fails in front of its last byte, a newline that the fill has already, and the
// system writes out what is there before the append is undone.
func TestWhatIsWholeButForItsNewlineDoesNotComeBackUnderTheNextAppend(t *testing.T) {
	t.Parallel()
	for _, missing := range []int{1, 2} {
		t.Run(strconv.Itoa(missing), func(t *testing.T) {
			t.Parallel()
			disk, failing, settled := vfstest.New(), false, false
			var cuts []*vfstest.Disk
			failed := vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
				switch {
				case c.Name != segmentName(1):
				case failing && c.Kind == vfstest.Write:
					return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Part, Bytes: len(c.Data) - missing}
				case failing && c.Kind == vfstest.Truncate:
					disk.WriteBack(func(int) int { return 1 })
				case failing && c.Kind == vfstest.Sync:
					failing = false
					return failed
				case settled && c.Kind == vfstest.Sync:
					for crash := range disk.Crashes(1000, func(int) int { return 0 }) {
						cuts = append(cuts, crash.Disk)
					}
				}
				return vfstest.Fault{}
			}), Options{NoFillAhead: true})
			mustAppend(t, s, domain.Event{Type: "First"})
			if err := s.exclusively(t.Context(), s.fill); err != nil {
				t.Fatal(err)
			}
			if content, _ := disk.Content(segmentName(1)); int64(len(content)) <= s.mark().Offset {
				t.Fatalf("the segment has %d bytes and no fill", len(content))
			}
			failing = true
			if _, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
				t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
			}
			if log, err := readAll(s); err != nil || len(log) != 1 {
				t.Fatalf("the read shows %d events, %v; want the first", len(log), err)
			}
			settled = true
			mustAppend(t, s, domain.Event{Type: "Next", Data: []byte(`"` + strings.Repeat("x", 2*vfstest.Sector) + `"`)})
			mustNotHoldLost(t, cuts)
			mustHold(t, disk, "First", "Next")
		})
	}
}

// A disk that is full, where one call fails for a moment: whoever reads then asks for no
// room.
func TestAReadSettlesAnAppendThatFilledTheDisk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fails vfstest.Kind
		taken bool // what was cut off is no longer free
	}{
		{fails: vfstest.Truncate},
		{fails: vfstest.Sync, taken: true},
	} {
		t.Run(string(tt.fails), func(t *testing.T) {
			t.Parallel()
			disk, room, failing := vfstest.New(), int64(1<<62), false
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
				switch {
				case c.Name != segmentName(1):
				case c.Kind == vfstest.Write && c.Offset+int64(len(c.Data)) > room:
					return vfstest.Fault{Err: syscall.ENOSPC, Effect: vfstest.Part, Bytes: int(room - c.Offset)}
				case c.Kind == tt.fails && failing:
					failing = false
					return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
				case c.Kind == vfstest.Truncate && tt.taken:
					room = min(room, c.Offset)
				}
				return vfstest.Fault{}
			}), Options{NoFillAhead: true})
			mustAppend(t, s, domain.Event{Type: "First"})
			end := s.mark().Offset
			room, failing = end+100, true
			_, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}})
			if !errors.Is(err, ports.ErrUnknownOutcome) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("Append() = %v, want ErrUnknownOutcome and ENOSPC", err)
			}
			if log, err := readAll(s); len(log) != 1 || err != nil {
				t.Errorf("the read shows %d events, %v; want the first", len(log), err)
			}
			if content, _ := disk.Content(segmentName(1)); int64(len(content)) != end {
				t.Errorf("the segment has %d bytes, its events end at %d", len(content), end)
			}
			mustHold(t, oldest(disk), "First")
		})
	}
}

// Another store began the next segment, and died, before this one settles. The segment
// before has ended then: fill that is written behind its end, and torn by a power cut,
// would be damage.
func TestSettlingLeavesASegmentAloneThatAnotherStoreHasEnded(t *testing.T) {
	t.Parallel()
	disk, syncs, settling, cuts := vfstest.New(), -1, false, 0
	writes := func(n int) int { return n%2 ^ 1 } // of a sync that fails: each sector, and no length
	s := mustOpenOn(t, vfstest.Watch(disk.FS(), writes, func(c vfstest.Call) vfstest.Fault {
		if settling {
			for crash := range disk.Crashes(200, func(int) int { return 0 }) {
				mustNotHold(t, crash.Disk, "Lost")
				cuts++
			}
		}
		if c.Kind != vfstest.Sync || c.Name != segmentName(1) || syncs < 0 || settling {
			return vfstest.Fault{}
		}
		if syncs++; syncs == 1 {
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Part}
		}
		return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing} // it is not undone
	}), Options{NoFillAhead: true})
	mustAppend(t, s, domain.Event{Type: "First", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
	var other *Store
	other = mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if other != nil && c.Kind == vfstest.Write && c.Name == segmentName(2) {
			panic(killed{})
		}
		return vfstest.Fault{}
	}), Options{SegmentSize: minSegmentSize, NoFillAhead: true})
	syncs = 0
	if _, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
		t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
	}
	dies(t, func() { mustAppend(t, other, domain.Event{Type: "Other"}) })
	settling = true
	log, err := readAll(s)
	settling, syncs = false, -1
	if len(log) != 1 || err != nil || cuts == 0 {
		t.Fatalf("the read shows %d events, %v, after %d power cuts; want the first after some", len(log), err, cuts)
	}
	mustAppend(t, s, domain.Event{Type: "Next"})
	mustHold(t, oldest(disk), "First", "Next")
}

// The sync of an append panics. That of settling fails when it has brought the append to
// the disk, and not the length of the file; the system then drops what it holds for clean.
func TestWhatAReadDidNotFindAfterAPanicDoesNotComeBackUnderTheNextAppend(t *testing.T) {
	t.Parallel()
	disk, syncs, next := vfstest.New(), -1, false
	var cuts []*vfstest.Disk
	writes := func(n int) int { return n%2 ^ 1 } // of a sync that fails: each sector, and no length
	s := mustOpenOn(t, vfstest.Watch(disk.FS(), writes, func(c vfstest.Call) vfstest.Fault {
		if c.Kind != vfstest.Sync || c.Name != segmentName(1) || syncs < 0 {
			return vfstest.Fault{}
		}
		switch syncs++; {
		case syncs == 1:
			panic("sync")
		case syncs == 2:
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Part}
		case next:
			for crash := range disk.Crashes(1000, func(int) int { return 0 }) {
				cuts = append(cuts, crash.Disk)
			}
		}
		return vfstest.Fault{}
	}), Options{NoFillAhead: true})
	mustAppend(t, s, domain.Event{Type: "First"})
	syncs = 0
	func() {
		defer func() { _ = recover() }()
		_, _ = s.Append(t.Context(), []domain.Event{{Type: "Lost"}})
	}()
	if log, err := readAll(s); !errors.Is(err, syscall.EIO) {
		t.Fatalf("a read that cannot settle = %v, %v; want EIO", log, err)
	}
	disk.Evict(func(int) int { return 1 })
	if log, err := readAll(s); len(log) != 1 || err != nil {
		t.Fatalf("the read shows %d events, %v; want the first", len(log), err)
	}
	next = true
	mustAppend(t, s, domain.Event{Type: "Next", Data: []byte(`"` + strings.Repeat("x", 2*vfstest.Sector) + `"`)})
	mustNotHoldLost(t, cuts)
	mustHold(t, disk, "First", "Next")
}

// mustNotHoldLost wants the lost append in none of the power cuts before the sync of the
// next one.
func mustNotHoldLost(t *testing.T, cuts []*vfstest.Disk) {
	t.Helper()
	if len(cuts) < 8 {
		t.Fatalf("%d power cuts before the sync of the next append, want more", len(cuts))
	}
	for _, cut := range cuts {
		mustNotHold(t, cut, "Lost")
	}
}

// mustNotHold opens the store on disk and wants no event of that type in it.
func mustNotHold(t *testing.T, disk *vfstest.Disk, typ string) {
	t.Helper()
	s := mustOpenOn(t, disk.FS(), Options{})
	log, err := readAll(s)
	if err != nil || slices.ContainsFunc(log, func(e domain.SequencedEvent) bool { return e.Type == typ }) {
		t.Fatalf("after a power cut there stand %d events, %v, one of them %s", len(log), err, typ)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
