package journal

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// Interner keeps one copy of each text that it is given, so that whoever keeps an
// event's type does not keep the line of the event. The zero Interner is empty and
// ready; it may be used by several goroutines and must not be copied.
type Interner struct {
	known atomic.Pointer[map[string]string] // never changed, only replaced
	mu    sync.Mutex                        // held to replace known
}

// mostInterned bounds the memory that unusual stores cost, and the work of
// replacing the map. Texts beyond it get copies of their own.
const mostInterned = 1024

// intern returns the copy that is kept of s.
func (in *Interner) intern(s string) string {
	if known := in.known.Load(); known != nil {
		if kept, ok := (*known)[s]; ok {
			return kept
		}
	}
	return in.add(strings.Clone(s))
}

func (in *Interner) add(s string) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	next := map[string]string{}
	if known := in.known.Load(); known != nil {
		if kept, ok := (*known)[s]; ok {
			return kept
		}
		if len(*known) >= mostInterned {
			return s
		}
		next = maps.Clone(*known)
	}
	next[s] = s
	in.known.Store(&next)
	return s
}
