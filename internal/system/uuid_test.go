package system_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/opossum-go/opossum/internal/system"
)

func TestIDsAreUUIDsOfVersion7ThatSortByTheTimeTheyWereMade(t *testing.T) {
	t.Parallel()
	before := time.Now().Truncate(time.Millisecond)
	ids := make([]string, 20_000) // more than one helping of randomness
	for i := range ids {
		ids[i] = system.UUIDs{}.NewID()
	}
	for _, n := range []int{0, 1, 2, 63, 64, 65, 1000} { // many at a time, and one between
		many := system.UUIDs{}.NewIDs(n)
		if len(many) != n {
			t.Fatalf("NewIDs(%d) made %d ids", n, len(many))
		}
		ids = slices.Concat(ids, many, []string{system.UUIDs{}.NewID()})
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("the ids are not different and sorted")
	}
	for _, text := range ids {
		id, err := uuid.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if id.Version() != 7 || id.Variant() != uuid.RFC4122 || id.String() != text {
			t.Fatalf("%s is of version %d and variant %v", text, id.Version(), id.Variant())
		}
	}
	first := uuid.MustParse(ids[0])
	seconds, nanos := first.Time().UnixTime()
	// Within a process that makes many the time may run ahead a little.
	if made := time.Unix(seconds, nanos); made.Before(before) || made.After(time.Now().Add(time.Minute)) {
		t.Errorf("an id says it was made at %v, want about %v", made, before)
	}
}

func TestNoIDIsMadeTwice(t *testing.T) {
	t.Parallel()
	const makers, each = 8, 5000
	made := make([][]string, makers)
	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			for len(made[i]) < each {
				if i%2 == 0 {
					made[i] = append(made[i], system.UUIDs{}.NewID())
				} else {
					made[i] = append(made[i], system.UUIDs{}.NewIDs(100)...)
				}
			}
		})
	}
	group.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(made...)))
	if len(slices.Compact(all)) != makers*each {
		t.Error("an id was made twice")
	}
	random := map[string]bool{}
	for _, id := range all[:1000] {
		random[id[19:]] = true
	}
	if len(random) < 1000 {
		t.Errorf("1000 ids have only %d different random parts", len(random))
	}
}

func BenchmarkNewID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		system.UUIDs{}.NewID()
	}
}

func BenchmarkNewIDs(b *testing.B) {
	const n = 1000
	b.ReportAllocs()
	for b.Loop() {
		system.UUIDs{}.NewIDs(n)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/id")
}
