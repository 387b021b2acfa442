package powertest_test

import (
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/powertest"
)

// sufferAndCut lets a writer suffer f, then perhaps another process recover the
// store and show what it found, and then cuts the device off. So a sync that failed
// has consequences, and so has one that a recovery forgets.
func (b *bench) sufferAndCut(t *testing.T, f fault, told lie, recovered bool) error {
	t.Helper()
	b.cuts++
	b.segmentSize = 16 << 10
	store := filepath.Join(b.inner, "store")
	witness := &powertest.Witness{}
	writeHonestly(t, witness, store, b.segmentSize)
	setup := writerSetup{
		Dir: store, Number: 1, Lanes: 3, Batches: 8, SegmentSize: b.segmentSize, Failures: 3, Seed: b.seed + uint64(b.cuts), Lie: told,
	}
	writers := []*process{startWriter(t, witness, setup, f.strace(filepath.Join(filepath.Dir(b.inner), "trace"))...)}
	writers[0].idle() // or dead
	if recovered {
		reader := startWriter(t, witness, writerSetup{Dir: store, SegmentSize: b.segmentSize}) // has no lanes
		if !reader.idle() {
			t.Fatalf("nobody could recover the store: %v", reader.end())
		}
		writers = append(writers, reader)
	}
	expected := witness.Expectation()
	b.survived += len(expected.Acknowledged)
	b.failed += len(witness.Failures())
	if expected.Shown > lastOf(expected) {
		b.shown++
	}
	image, copied := filepath.Join(b.outer, "image"), filepath.Join(b.outer, "cut")
	if err := cloneFile(image, copied); err != nil {
		t.Fatal(err)
	}
	for _, p := range writers {
		p.kill()
	}
	remove(t, store)
	mounted(t, copied, b.cut, innerFile[b.kind].again)
	_, err := examine(t.Context(), filepath.Join(b.cut, "store"), expected, b.segmentSize)
	unmount(t, b.cut)
	remove(t, copied)
	return err
}

// lastOf returns the last position that was acknowledged.
func lastOf(expected powertest.Expectation) (last domain.Position) {
	for _, positions := range expected.Acknowledged {
		last = max(last, positions.Last)
	}
	return last
}

func TestNothingAcknowledgedIsLostWhenSyncsFailBeforeTheDeviceIsCutOff(t *testing.T) {
	needPower(t, "no sync failed", "strace")
	b := newBench(t, "ext4", "")
	for range amount(t, "OPOSSUM_POWER_CALLS", 1) {
		for _, call := range []string{"fdatasync", "fsync", "pwrite64", "ftruncate"} {
			for _, name := range errorNames[:4] {
				first := 1 + b.random.IntN(3)
				f := fault{call: call, what: "error=" + name, first: first}
				if b.random.IntN(2) == 0 {
					f.last = first
				}
				if call == "ftruncate" { // made against a write that failed
					f.also = &fault{call: "fdatasync", what: "error=EIO", first: first, last: first}
				}
				if err := b.sufferAndCut(t, f, "", b.random.IntN(2) == 0); err != nil {
					t.Errorf("%v: %v", f, err)
				}
			}
		}
	}
	t.Logf("%d cuts after system calls had failed: %d appends failed, %d acknowledged batches were all there", b.cuts, b.failed, b.survived)
	if b.failed == 0 || b.survived == 0 {
		t.Error("too little of that happened")
	}
}

func TestWhatARecoveryShowedIsThereWhenTheDeviceIsCutOff(t *testing.T) {
	needPower(t, "no recovery was cut off", "strace")
	b := newBench(t, "ext4", "")
	for range 12 * amount(t, "OPOSSUM_POWER_CALLS", 1) {
		// The writer dies when its events are written and not yet synced.
		n := 1 + b.random.IntN(3)
		f := fault{call: "fdatasync", what: "signal=SIGKILL", first: n, last: n}
		if err := b.sufferAndCut(t, f, "", true); err != nil {
			t.Errorf("%v: %v", f, err)
		}
	}
	t.Logf("%d cuts after a recovery, %d of which had shown what was not acknowledged", b.cuts, b.shown)
	if b.shown == 0 {
		t.Error("no recovery had anything to adopt")
	}
}

func TestAFailingSyncBeforeACutCatchesWritersThatLie(t *testing.T) {
	needPower(t, "no sync failed", "strace")
	b := newBench(t, "ext4", "")
	err := b.sufferAndCut(t, fault{call: "fdatasync", what: "error=EIO", first: 2}, blind, false)
	if err == nil {
		t.Error("a writer that is blind survived failing syncs and a cut, so they prove nothing")
	}
	t.Logf("caught: %v", err)
}
