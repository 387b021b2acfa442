package filesystem_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// jumpyClock stands still, goes on, and jumps up to ten years in either direction.
// It remembers what it said.
type jumpyClock struct {
	mu     sync.Mutex // guards the fields below
	random *rand.Rand
	now    time.Time
	said   map[time.Time]bool
}

func newJumpyClock(seed uint64) *jumpyClock {
	return &jumpyClock{random: rand.New(rand.NewPCG(seed, 10)), now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), said: map[time.Time]bool{}}
}

const tenYears = 10 * 365 * 24 * time.Hour

func (c *jumpyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.random.IntN(6) {
	case 0: // stands still
	case 1:
		c.now = c.now.Add(-tenYears + time.Duration(c.random.Int64N(int64(2*tenYears))))
	case 2:
		c.now = c.now.Add(-time.Duration(c.random.IntN(5)))
	default:
		c.now = c.now.Add(time.Duration(c.random.IntN(1_500_000_000)))
	}
	c.said[c.now] = true
	zones := []*time.Location{time.UTC, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)}
	return c.now.In(zones[c.random.IntN(len(zones))])
}

func (c *jumpyClock) saidAt(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said[now]
}

// Each handle has a clock of its own, as processes of several machines have whose
// clocks are set while they run.
func TestRecordedAtNeverGoesBackwardsHoweverClocksJump(t *testing.T) {
	t.Parallel()
	const handles, reopened, appends = 3, 3, 15
	for seed := range uint64(rounds(t, 2, 1)) {
		dir := filepath.Join(t.TempDir(), "store")
		var clocks []*jumpyClock
		for life := range uint64(reopened) {
			var writers sync.WaitGroup
			for h := range uint64(handles) {
				clock := newJumpyClock(seed<<8 + life<<4 + h)
				clocks = append(clocks, clock)
				store, err := filesystem.Open(t.Context(), dir, filesystem.Options{SegmentSize: 4 << 10, Clock: clock})
				if err != nil {
					t.Fatal(err)
				}
				writers.Go(func() {
					var together sync.WaitGroup
					for w := range 2 { // two appends at a time share commits
						together.Go(func() {
							for n := range appends {
								if _, err := store.Append(t.Context(), rotEvents(n+w)); err != nil {
									t.Errorf("seed %d: %v", seed, err)
								}
							}
						})
					}
					together.Wait()
					if err := store.Close(); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
				})
			}
			writers.Wait()
		}
		events := eventsOf(t, dir)
		if most := handles * reopened * 2 * appends; len(events) < most {
			t.Fatalf("seed %d: the store holds %d events of %d appends", seed, len(events), most)
		}
		checkTimes(t, fmt.Sprintf("seed %d", seed), events, clocks)
	}
}

// checkTimes wants times that never go backwards, each of them told by a clock.
func checkTimes(t *testing.T, what string, events []domain.SequencedEvent, clocks []*jumpyClock) {
	t.Helper()
	distinct, last := 0, time.Time{}
	for _, e := range events {
		if e.RecordedAt.Before(last) {
			t.Fatalf("%s: position %d was recorded at %v, the one before at %v", what, e.Position, e.RecordedAt, last)
		}
		if e.RecordedAt.Location() != time.UTC {
			t.Errorf("%s: position %d was recorded at %v, want it in UTC", what, e.Position, e.RecordedAt)
		}
		if e.RecordedAt.Equal(last) {
			continue
		}
		distinct, last = distinct+1, e.RecordedAt
		told := false
		for _, clock := range clocks {
			told = told || clock.saidAt(e.RecordedAt)
		}
		if !told {
			t.Errorf("%s: position %d was recorded at %v, which no clock ever said", what, e.Position, e.RecordedAt)
		}
	}
	if distinct < 3 {
		t.Errorf("%s: %d events have %d different times, too few to tell", what, len(events), distinct)
	}
}

func TestEventsOfAClockThatStandsStillHaveOneTime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	for range 3 {
		store, err := filesystem.Open(t.Context(), dir, filesystem.Options{Clock: fixedClock{}})
		if err != nil {
			t.Fatal(err)
		}
		mustAppend(t, store, rotEvents(2)...)
		mustAppend(t, store, rotEvents(2)...)
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range eventsOf(t, dir) {
		if want := (fixedClock{}).Now(); !e.RecordedAt.Equal(want) || !e.Metadata.OccurredAt.Equal(want) {
			t.Errorf("position %d was recorded at %v and occurred at %v, want %v", e.Position, e.RecordedAt, e.Metadata.OccurredAt, want)
		}
	}
}
