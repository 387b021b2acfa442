package projectiontorture_test

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// killed counts what was done. Safe for concurrent use.
type killed struct {
	began time.Time

	mu        sync.Mutex // guards the fields below
	rounds    int
	pairs     int
	kills     int
	during    map[phase]int
	inside    map[call]int // the process told of the beginning of a call, and not of its end
	atSwap    map[string]int
	takeovers int // the other process ran everything to the head
	wholes    int // everything was at the head and was judged
	ends      int // processes were told to end in the middle of their work
	repeated  int // deliveries
}

func newTally() *killed {
	return &killed{began: time.Now(), during: make(map[phase]int), inside: make(map[call]int), atSwap: make(map[string]int)}
}

func (k *killed) add(what func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	what()
}

func (k *killed) round(pair bool) {
	k.add(func() {
		k.rounds++
		if pair {
			k.pairs++
		}
	})
}

func (k *killed) kill(during phase, inside call, m *moment) {
	k.add(func() {
		k.kills++
		k.during[during]++
		if frozen := m != nil && m.Freeze && during == m.Phase; inside != "" && !frozen {
			k.inside[inside]++
		}
		if during != atSwap || m == nil {
			return
		}
		switch {
		case m.After:
			k.atSwap["after"]++
		case m.Freeze:
			k.atSwap["before"]++
		case inside == swap:
			k.atSwap["inside"]++
		default:
			k.atSwap["just after"]++
		}
	})
}

func (k *killed) takeover()     { k.add(func() { k.takeovers++; k.wholes++ }) }
func (k *killed) end()          { k.add(func() { k.ends++ }) }
func (k *killed) whole()        { k.add(func() { k.wholes++ }) }
func (k *killed) repeats(n int) { k.add(func() { k.repeated += n }) }

// String tells what was counted.
func (k *killed) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d rounds (%d with two processes), %d kills in %.1f s:", k.rounds, k.pairs, k.kills, time.Since(k.began).Seconds())
	for _, p := range []phase{opening, catchUp, live, rebuild, atSwap, idle} {
		fmt.Fprintf(&b, " %d %s,", k.during[p], p)
	}
	fmt.Fprintf(&b, "\ninside of a call: %d commit, %d swap, %d begin, %d drop; at swap: %d before, %d inside, %d after, %d just after\n",
		k.inside[commit], k.inside[swap], k.inside[begin], k.inside[drop],
		k.atSwap["before"], k.atSwap["inside"], k.atSwap["after"], k.atSwap["just after"])
	fmt.Fprintf(&b, "%d times everything was at the head and judged, %d of them after a takeover; %d processes ended by themselves; %d deliveries were repeated", k.wholes, k.takeovers, k.ends, k.repeated)
	return b.String()
}
