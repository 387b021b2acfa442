package filesystem

import (
	"errors"
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
