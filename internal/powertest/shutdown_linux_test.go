package powertest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/opossum-go/opossum/internal/powertest"
)

const (
	fsShutdown      = 0x8004587d // FS_IOC_SHUTDOWN
	withoutLogFlush = 2          // what the journal of the file system has not written is lost
)

// victim is a file system that is shut down below the writers of one store.
type victim struct {
	image, dir, kind string
	random           *rand.Rand
	seed             uint64
	rounds           int // so far
	writers          int // so far, of the present store
	segmentSize      int64
	witness          *powertest.Witness // of the present store
	survived, others int
}

func newVictim(t *testing.T, kind string) *victim {
	t.Helper()
	needPower(t, kind+" was not shut down", "mount", "mkfs."+kind)
	needLoop(t)
	dir := t.TempDir()
	v := &victim{image: filepath.Join(dir, "image"), dir: filepath.Join(dir, "mounted"), kind: kind}
	v.random, v.seed = seeded(t)
	makeImage(t, v.image, innerFile[kind].size, kind)
	return v
}

// shutDown makes the file system forget what it has not written, and fail from
// then on.
func (v *victim) shutDown(t *testing.T) {
	t.Helper()
	root, err := os.Open(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	err = unix.IoctlSetPointerInt(int(root.Fd()), fsShutdown, withoutLogFlush)
	if err := errors.Join(err, root.Close()); err != nil {
		t.Fatalf("shut %s down: %v", v.kind, err)
	}
}

// round lets processes write to the store until their file system is shut down,
// and examines what is there after it was mounted again. A store lives for some
// rounds, so that the processes of the next one recover together.
func (v *victim) round(t *testing.T, processes int, told lie) error {
	t.Helper()
	mounted(t, v.image, v.dir, innerFile[v.kind].mount)
	store := fmt.Sprintf("store%d", v.rounds/5)
	if v.rounds%5 == 0 {
		v.segmentSize = []int64{32 << 10, 8 << 10, 256 << 10}[v.rounds/5%3]
		v.witness, v.writers = &powertest.Witness{}, 0
		if v.rounds > 0 {
			remove(t, filepath.Join(v.dir, fmt.Sprintf("store%d", v.rounds/5-1)))
		}
	}
	if told != "" && v.rounds%5 == 0 { // what was written honestly must not be what is found missing
		writeHonestly(t, v.witness, filepath.Join(v.dir, store), v.segmentSize)
	}
	v.rounds++
	var started []*process
	for range processes {
		started = append(started, startWriter(t, v.witness, writerSetup{
			Dir: filepath.Join(v.dir, store), Number: v.writers, Lanes: 3, SegmentSize: v.segmentSize, LockTimeout: patience, Failures: 2, Seed: v.seed + uint64(v.rounds), Lie: told,
		}))
		v.writers++
	}
	if v.random.IntN(4) > 0 { // otherwise while they open the store
		for _, p := range started {
			if !p.acknowledged(1 + v.random.IntN(15)) {
				t.Fatalf("a writer ended: %v", p.end())
			}
		}
	}
	pause(v.random, 20*time.Millisecond)
	failures := v.witness.Failures()
	expected := v.witness.Expectation()
	v.shutDown(t)
	for _, p := range started {
		p.kill()
	}
	if len(failures) > 0 {
		t.Errorf("nothing was wrong with the disk before it was shut down, and appends failed: %q", failures)
	}
	unmount(t, v.dir)

	mounted(t, v.image, v.dir, innerFile[v.kind].mount)
	expected = expected.Until(v.witness.Expectation())
	found, err := examine(t.Context(), filepath.Join(v.dir, store), expected, v.segmentSize)
	if err == nil {
		v.witness.Settle(found.all())
	}
	unmount(t, v.dir)
	v.survived += len(expected.Acknowledged)
	v.others += len(found.Batches) - len(expected.Acknowledged)
	return err
}

func testShutdowns(t *testing.T, kind string) {
	t.Helper()
	v := newVictim(t, kind)
	for range amount(t, "OPOSSUM_POWER_SHUTDOWNS", 50) {
		if err := v.round(t, 4, ""); err != nil {
			t.Fatalf("shutdown %d of %s: %v", v.rounds, kind, err)
		}
	}
	t.Logf("%d shutdowns of %s below 4 processes: %d acknowledged batches were all there, %d others were whole", v.rounds, kind, v.survived, v.others)
	if v.survived == 0 {
		t.Error("nothing was acknowledged before any shutdown")
	}
}

func TestNothingAcknowledgedIsLostWhenExt4IsShutDown(t *testing.T) { testShutdowns(t, "ext4") }

func TestNothingAcknowledgedIsLostWhenXFSIsShutDown(t *testing.T) { testShutdowns(t, "xfs") }

func TestAShutdownCatchesWritersThatLie(t *testing.T) {
	for _, told := range []lie{deaf, early} {
		t.Run(string(told), func(t *testing.T) {
			v := newVictim(t, "ext4")
			const rounds = 20
			for range rounds {
				if err := v.round(t, 2, told); err != nil {
					t.Logf("caught at shutdown %d: %v", v.rounds, err)
					return
				}
			}
			t.Errorf("a writer that is %s survived %d shutdowns, so they prove nothing", told, rounds)
		})
	}
}
