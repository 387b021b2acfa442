package powertest_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/powertest"
)

// machine is a disk on which kernels run until they are killed.
type machine struct {
	dir, disk, mount string
	random           *rand.Rand
	seed             uint64
	rounds, cuts     int
	writers          int // so far
	segmentSize      int64
	witness          *powertest.Witness // of the present store
	survived, others int
	repaired         int
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	needPower(t, "no kernel was killed", "mount", "mkfs.ext4", kernelProgram)
	needLoop(t)
	dir := t.TempDir()
	m := &machine{dir: dir, disk: filepath.Join(dir, "disk"), mount: filepath.Join(dir, "mounted")}
	m.random, m.seed = seeded(t)
	makeRoot(t, filepath.Join(dir, "root"))
	makeImage(t, m.disk, 128<<20, "ext4")
	return m
}

// round starts a machine that writes to the store, kills its kernel, and examines
// what is on its disk. A store lives for some rounds.
func (m *machine) round(t *testing.T, told lie) error {
	t.Helper()
	const roundsOfAStore = 5
	store := fmt.Sprintf("store%d", m.rounds/roundsOfAStore)
	if m.rounds%roundsOfAStore == 0 {
		m.segmentSize = []int64{32 << 10, 8 << 10, 256 << 10}[m.rounds/roundsOfAStore%3]
		m.witness = &powertest.Witness{}
		if told != "" { // what was written honestly must not be what is found missing
			mounted(t, m.disk, m.mount, "loop")
			writeHonestly(t, m.witness, filepath.Join(m.mount, store), m.segmentSize)
			unmount(t, m.mount)
		}
	}
	m.rounds++
	acknowledgements := 1 + m.random.IntN(60)
	if told == "" && m.random.IntN(5) == 0 {
		acknowledgements = 0 // while the store is opened
	}
	expected := m.cut(t, m.witness, store, told, acknowledgements)
	if told == "" && m.rounds%4 == 0 { // the next machine has to recover, and does not come far
		expected = m.cut(t, powertest.NewWitness(expected), store, told, m.random.IntN(2))
	}

	mounted(t, m.disk, m.mount, "loop")
	found, err := examine(t.Context(), filepath.Join(m.mount, store), expected, m.segmentSize)
	if err == nil {
		m.witness.Settle(found.all())
	}
	if m.rounds%roundsOfAStore == 0 {
		remove(t, filepath.Join(m.mount, store))
	}
	unmount(t, m.mount)
	m.survived += len(expected.Acknowledged)
	m.others += len(found.Batches) - len(expected.Acknowledged)
	m.repaired += found.repaired
	return err
}

// cut kills the kernel of a machine some time after a number of acknowledgements
// were heard outside. It returns what is expected of its disk.
func (m *machine) cut(t *testing.T, witness *powertest.Witness, store string, told lie, acknowledgements int) powertest.Expectation {
	t.Helper()
	options := "noauto_da_alloc"
	if m.random.IntN(2) == 0 {
		options += ",data=writeback"
	}
	m.writers++
	setup := writerSetup{
		Dir: filepath.Join(ownDisk, store), Number: m.writers, Lanes: 6, SegmentSize: m.segmentSize, LockTimeout: patience,
		Seed: m.seed + uint64(m.cuts), Lie: told, Kernel: &ownKernel{Disk: m.disk, Options: options, Root: filepath.Join(m.dir, "root")},
	}
	if told == deaf {
		setup.Batches = 100 // nothing holds it back
	}
	p := startWriter(t, witness, setup)
	if !p.wait(func(r powertest.Report) bool { return r.Kind == powertest.Marked }) {
		if err := p.end(); m.cuts == 0 {
			t.Skipf("skipped: no kernel was killed: none starts here: %v", err)
		} else {
			t.Fatalf("the kernel ended: %v", err)
		}
	}
	if !p.acknowledged(acknowledgements) {
		t.Fatalf("the kernel ended: %v", p.end())
	}
	pause(m.random, 60*time.Millisecond)
	failures, expected := witness.Failures(), witness.Expectation()
	p.kill()
	m.cuts++
	if len(failures) > 0 {
		t.Errorf("nothing was wrong with the disk, and appends failed: %q", failures)
	}
	return expected.Until(witness.Expectation())
}

func TestNothingAcknowledgedIsLostWhenTheKernelIsKilled(t *testing.T) {
	cuts := amount(t, "OPOSSUM_POWER_KERNELS", 20)
	m := newMachine(t)
	for m.cuts < cuts {
		if err := m.round(t, ""); err != nil {
			t.Fatalf("cut %d by killing the kernel: %v", m.cuts, err)
		}
	}
	t.Logf("%d kernels were killed, %d of them while or after they recovered from that: %d acknowledged batches were all there, %d others were whole, %d were unfinished and cut off",
		m.cuts, m.cuts-m.rounds, m.survived, m.others, m.repaired)
	if m.survived == 0 {
		t.Error("nothing was acknowledged before any cut")
	}
}

func TestTheDeathOfAKernelCatchesWritersThatLie(t *testing.T) {
	amount(t, "OPOSSUM_POWER_KERNELS", 20)
	for _, told := range []lie{deaf, early} {
		t.Run(string(told), func(t *testing.T) {
			m := newMachine(t)
			const rounds = 8
			for range rounds {
				if err := m.round(t, told); err != nil {
					t.Logf("caught at kernel %d: %v", m.rounds, err)
					return
				}
			}
			t.Errorf("a writer that is %s survived %d deaths of its kernel, so they prove nothing", told, rounds)
		})
	}
}
