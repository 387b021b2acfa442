package powertest_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/powertest"
)

// bench is a device that can be cut off: a file system in an image, which lies on
// a file system that can copy the image at one moment.
type bench struct {
	kind        string
	outer       string // where the image lies
	inner       string // where its file system is mounted
	cut         string // where a copy is mounted
	random      *rand.Rand
	seed        uint64
	stores      int
	segmentSize int64 // of the present store
	cuts        int   // so far
	again       int   // those of them after which the copy was cut off, too
	failed      int   // appends that failed because of a fault
	shown       int   // recoveries that showed something before the cut
	survived    int   // acknowledged batches that were there, over all cuts
	repaired    int   // unfinished batches that were cut off, over all cuts
	others      int   // batches that survived without having been acknowledged, over all cuts
}

// innerFile is what a kind of file system inside is made with.
var innerFile = map[string]struct {
	size         int64
	mount, again string
}{
	// Without the delays that are kind to programs which forget a sync.
	"ext4": {128 << 20, "loop,noauto_da_alloc", "loop,noauto_da_alloc"},
	"xfs":  {320 << 20, "loop", "loop,nouuid"},
}

// newBench makes a device with a file system of the given kind. Words in options
// are added to those it is mounted with.
func newBench(t *testing.T, kind, options string) *bench {
	t.Helper()
	needPower(t, "the device below "+kind+" was not cut off", "mount", "mkfs.xfs", "mkfs."+kind)
	needLoop(t)
	b := &bench{kind: kind}
	b.random, b.seed = seeded(t)
	dir := t.TempDir()
	b.outer, b.inner, b.cut = filepath.Join(dir, "outer"), filepath.Join(dir, "inner"), filepath.Join(dir, "cut")
	makeImage(t, filepath.Join(dir, "disk"), 480<<20, "xfs", "-m", "reflink=1")
	mounted(t, filepath.Join(dir, "disk"), b.outer, "loop")
	makeImage(t, filepath.Join(b.outer, "image"), innerFile[kind].size, kind)
	mounted(t, filepath.Join(b.outer, "image"), b.inner, innerFile[kind].mount+options)
	return b
}

// cutOff copies the device while p writes to the store at path below it, and
// examines what is on the copy.
func (b *bench) cutOff(t *testing.T, p *process, path string) error {
	t.Helper()
	expected := p.witness.Expectation()
	copied := filepath.Join(b.outer, "cut")
	if err := cloneFile(filepath.Join(b.outer, "image"), copied); err != nil {
		t.Fatal(err)
	}
	if !p.mark() {
		t.Fatalf("the writer ended: %v", p.end())
	}
	expected = expected.Until(p.witness.Expectation())
	// It need not compete with the examination.
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	b.cuts++
	if b.cuts%4 == 0 {
		copied, expected = b.cutAgain(t, copied, path, expected)
	}
	mounted(t, copied, b.cut, innerFile[b.kind].again)
	found, err := examine(t.Context(), filepath.Join(b.cut, path), expected, b.segmentSize)
	unmount(t, b.cut)
	remove(t, copied)
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	b.survived += len(expected.Acknowledged)
	b.repaired += found.repaired
	b.others += len(found.Batches) - len(expected.Acknowledged)
	return err
}

// cutAgain cuts the copy off, too, while a writer recovers the store on it or has
// just begun to go on. It returns the second copy and what is expected of it.
func (b *bench) cutAgain(t *testing.T, first, path string, expected powertest.Expectation) (string, powertest.Expectation) {
	t.Helper()
	b.again++
	mounted(t, first, b.cut, innerFile[b.kind].again)
	p := startWriter(t, powertest.NewWitness(expected), writerSetup{
		Dir: filepath.Join(b.cut, path), Number: 500, Lanes: 3, SegmentSize: b.segmentSize, LockTimeout: patience, Seed: b.seed,
	})
	pause(b.random, 40*time.Millisecond)
	expected = p.witness.Expectation()
	if err := cloneFile(first, first+" again"); err != nil {
		t.Fatal(err)
	}
	if !p.mark() {
		t.Fatalf("the writer on the copy ended: %v", p.end())
	}
	expected = expected.Until(p.witness.Expectation())
	p.kill()
	unmount(t, b.cut)
	remove(t, first)
	return first + " again", expected
}

// run cuts the device off in many moments of a number of stores: some while the
// store is made, most while it is written, some while it recovers from the death
// of its writer. It calls judge with the outcome of each examination.
func (b *bench) run(t *testing.T, cuts int, told lie, judge func(err error) bool) {
	t.Helper()
	const cutsOfAWriter, writersOfAStore = 5, 2
	for b.cuts < cuts {
		b.segmentSize = []int64{32 << 10, 8 << 10, 256 << 10}[b.stores%3]
		b.stores++
		name := fmt.Sprintf("store%d", b.stores)
		witness := &powertest.Witness{}
		if told != "" { // what was written honestly must not be what is found missing
			writeHonestly(t, witness, filepath.Join(b.inner, name), b.segmentSize)
		}
		for number := 0; number < writersOfAStore && b.cuts < cuts; number++ {
			setup := writerSetup{
				Dir: filepath.Join(b.inner, name), Number: number, Lanes: 6, SegmentSize: b.segmentSize, LockTimeout: patience, Seed: b.seed + uint64(b.stores), Lie: told,
			}
			if told == deaf {
				setup.Batches = 100 // nothing holds it back
			}
			p := startWriter(t, witness, setup)
			for i := 0; i < cutsOfAWriter && b.cuts < cuts; i++ {
				longest := 4 * time.Millisecond
				if i == 0 {
					longest = 30 * time.Millisecond // while the store is made, or recovers
				} else if !p.acknowledged(b.random.IntN(40)) {
					t.Fatalf("the writer ended: %v", p.end())
				}
				pause(b.random, longest)
				if !judge(b.cutOff(t, p, name)) {
					p.kill()
					return
				}
			}
			p.kill()
		}
		if failures := witness.Failures(); len(failures) > 0 {
			t.Errorf("nothing was wrong with the disk, and appends failed: %q", failures)
		}
		remove(t, filepath.Join(b.inner, name))
	}
}

func testCuts(t *testing.T, kind, options string, cuts int) {
	t.Helper()
	b := newBench(t, kind, options)
	b.run(t, cuts, "", func(err error) bool {
		if err != nil {
			t.Errorf("cut %d of the device below %s: %v", b.cuts, kind, err)
		}
		return err == nil
	})
	t.Logf("%d cuts of the device below %s%s, %d of them twice: %d acknowledged batches were all there, %d others were whole, %d were unfinished and cut off",
		b.cuts, kind, options, b.again, b.survived, b.others, b.repaired)
	if b.survived == 0 {
		t.Error("nothing was acknowledged before any cut")
	}
}

func TestNothingAcknowledgedIsLostWhenTheDeviceBelowExt4IsCutOff(t *testing.T) {
	cuts := amount(t, "OPOSSUM_POWER_CUTS_EXT4", 200)
	testCuts(t, "ext4", "", cuts-cuts/2)
	if cuts > 1 { // where a size may be written before the data that it promises
		testCuts(t, "ext4", ",data=writeback", cuts/2)
	}
}

func TestNothingAcknowledgedIsLostWhenTheDeviceBelowXFSIsCutOff(t *testing.T) {
	testCuts(t, "xfs", "", amount(t, "OPOSSUM_POWER_CUTS_XFS", 50))
}

func TestACutOfTheDeviceCatchesWritersThatLie(t *testing.T) {
	for _, told := range []lie{deaf, early} {
		t.Run(string(told), func(t *testing.T) {
			b := newBench(t, "ext4", "")
			const cuts = 40
			caught := false
			b.run(t, cuts, told, func(err error) bool {
				if err != nil {
					caught = true
					t.Logf("caught at cut %d: %v", b.cuts, err)
				}
				return err == nil
			})
			if !caught {
				t.Errorf("a writer that is %s survived %d cuts, so they prove nothing", told, cuts)
			}
		})
	}
}
