package filesystem

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// The syncs over a whole append fail, so that memory holds it torn while the disk has it
// whole, and the system drops what it holds between two looks of whoever recovers.
func TestWhatChangesWhileItIsLookedAtIsNotCalledDamage(t *testing.T) {
	t.Parallel()
	disk, looks := vfstest.New(), -1
	s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Read && c.Name == segmentName(1) && looks >= 0 {
			if looks++; looks == 3 { // one byte, all, and then what is wrong with it
				disk.Evict(func(int) int { return 1 })
			}
		}
		return vfstest.Fault{}
	}), Options{NoFillAhead: true})
	mustAppend(t, s, domain.Event{Type: "First"})
	ledger, _ := disk.Content(ledgerName)
	other := mustOpenOn(t, disk.FS(), Options{NoFillAhead: true})
	mustAppend(t, other, domain.Event{Type: "Second", Data: []byte(`"` + strings.Repeat("x", 2*vfstest.Sector) + `"`)})
	disk.Damage(ledgerName, ledger) // it died before it told of it
	f, err := vfstest.Watch(disk.FS(), func(int) int { return 0 }, func(c vfstest.Call) vfstest.Fault {
		if c.Kind == vfstest.Sync {
			return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
		}
		return vfstest.Fault{}
	}).Open(segmentName(1), os.O_RDWR)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := disk.Content(segmentName(1))
	const lost = 40 // bytes of the commit line
	if _, err := f.WriteAt(newlines(lost), int64(len(content)-lost)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Sync() = %v, want EIO", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	looks = 0
	mustAppend(t, s, domain.Event{Type: "Third"})
	if again, _ := disk.Content(segmentName(1)); looks < 3 || !bytes.HasPrefix(again, content) {
		t.Errorf("after %d looks the second append is not in memory again", looks)
	}
	mustHold(t, disk, "First", "Second", "Third")
}

// The disk has the first append of a segment whole, and memory has nothing of it, as each
// sync since has failed. The system drops what it holds at one of the calls of the read
// that settles it.
func TestWhatChangesWhileASegmentThatWasBegunIsLookedAtIsNotCalledDamage(t *testing.T) {
	const most = 30 // calls
	dropped := 0
	for at := 1; at <= most; at++ {
		t.Run(fmt.Sprint("at call ", at), func(t *testing.T) {
			disk, failing, written, calls := vfstest.New(), false, false, -1
			s := mustOpenOn(t, vfstest.Watch(disk.FS(), nil, func(c vfstest.Call) vfstest.Fault {
				if c.Name != segmentName(1) {
					return vfstest.Fault{}
				}
				if calls >= 0 {
					if calls++; calls == at {
						disk.Evict(func(int) int { return 1 })
						dropped++
					}
				}
				if !failing || c.Kind != vfstest.Sync {
					return vfstest.Fault{}
				}
				if !written {
					disk.WriteBack(func(int) int { return 1 })
					written = true
				}
				return vfstest.Fault{Err: syscall.EIO, Effect: vfstest.Nothing}
			}), Options{NoFillAhead: true})
			failing = true
			if _, err := s.Append(t.Context(), []domain.Event{{Type: "Lost"}}); !errors.Is(err, ports.ErrUnknownOutcome) {
				t.Fatalf("Append() = %v, want ErrUnknownOutcome", err)
			}
			if _, err := readAll(s); !errors.Is(err, syscall.EIO) {
				t.Fatalf("a read that cannot settle = %v, want EIO", err)
			}
			failing, calls = false, 0
			log, err := readAll(s)
			if err != nil {
				t.Fatalf("the read that settles: %v", err)
			}
			if again, err := readAll(s); err != nil || len(again) != len(log) {
				t.Errorf("the next read shows %d events, %v; want %d as before", len(again), err, len(log))
			}
		})
	}
	if dropped < 8 || dropped == most {
		t.Errorf("the read has %d calls or more, want 8 to %d", dropped, most-1)
	}
}
