package index

import (
	"encoding/binary"
	"fmt"
)

const (
	runLength = 128 // events in one run of a list
	skipSize  = 8
)

// runsOf returns the number of runs of a list with so many events.
func runsOf(count int) int { return (count + runLength - 1) / runLength }

// skipsSize returns the length of the skip table of a list. A list of one run has none.
func skipsSize(count int) int {
	if count <= runLength {
		return 0
	}
	return runsOf(count) * skipSize
}

// leastListSize returns the shortest length of a list with so many events.
func leastListSize(count int) int {
	if count == 1 {
		return 0
	}
	return skipsSize(count) + count
}

// appendList appends a list. The only event of a list of one is in its entry.
func appendList(dst []byte, events []uint32) []byte {
	if len(events) == 1 {
		return dst
	}
	skips := len(dst)
	dst = append(dst, make([]byte, skipsSize(len(events)))...)
	runs, before := len(dst), none
	for from := 0; from < len(events); from += runLength {
		run := events[from:min(from+runLength, len(events))]
		for _, event := range run {
			dst = binary.AppendUvarint(dst, uint64(int(event)-before-1))
			before = int(event)
		}
		if len(events) > runLength {
			binary.LittleEndian.PutUint32(dst[skips:], uint32(before))
			binary.LittleEndian.PutUint32(dst[skips+4:], uint32(len(dst)-runs))
			skips += skipSize
		}
	}
	return dst
}

// storedList walks over a list in a file. It holds one run, taken apart.
type storedList struct {
	blocks *blocks
	term   term
	run    int        // the run that is taken apart; none at the beginning
	before int        // the last event of the run before it, none for the first run
	walk   memoryList // over the events of the run
}

func newStoredList(b *blocks, of term) *storedList {
	return &storedList{blocks: b, term: of, run: none}
}

func (l *storedList) seek(event, step int) (int, error) {
	switch {
	case event > l.term.last && step == forwards, event < 0:
		return none, nil
	case event >= l.term.last:
		return l.term.last, nil
	case l.term.count == 1:
		if step == forwards {
			return l.term.last, nil
		}
		return none, nil
	}
	if l.run == none || event <= l.before || event > int(l.walk.events[len(l.walk.events)-1]) {
		if err := l.enter(event); err != nil {
			return none, err
		}
	}
	// The run ends with an event that is not less, so walking forwards finds one. The
	// one before it is less.
	next, err := l.walk.seek(event, step)
	if next == none {
		next = l.before
	}
	return next, err
}

// enter takes the first run apart that ends with event or later. There is one, as
// event is not after the last one of the list, unless the file lies about that.
func (l *storedList) enter(event int) error {
	low, high := 0, runsOf(l.term.count)-1
	if l.run != none && l.run < high && event > l.before {
		low = l.run + 1
		// A walk goes on with the run that follows.
		if last, _, err := l.skip(low); err != nil {
			return err
		} else if last >= event {
			high = low
		}
	}
	for low < high {
		middle := (low + high) / 2
		last, _, err := l.skip(middle)
		if err != nil {
			return err
		}
		if last < event {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if err := l.decode(low); err != nil {
		return err
	}
	if last := int(l.walk.events[len(l.walk.events)-1]); event <= l.before || event > last {
		return damaged(l.term.from, fmt.Sprintf("a list up to event %d with event %d in the bounds of a run", l.term.last, event),
			fmt.Sprintf("a run from event %d to %d", l.before+1, last))
	}
	return nil
}

// skip returns the last event of a run, and where the run ends, in bytes from the
// start of the first one.
func (l *storedList) skip(run int) (last, end int, err error) {
	if l.term.count <= runLength {
		return l.term.last, l.term.to - l.term.from, nil
	}
	data, err := l.blocks.read(l.term.from+run*skipSize, skipSize)
	if err != nil {
		return 0, 0, err
	}
	return int(binary.LittleEndian.Uint32(data)), int(binary.LittleEndian.Uint32(data[4:])), nil
}

func (l *storedList) decode(run int) error {
	l.run = none // until it has proved to be good
	before, start := none, 0
	var err error
	if run > 0 {
		if before, start, err = l.skip(run - 1); err != nil {
			return err
		}
	}
	last, end, err := l.skip(run)
	if err != nil {
		return err
	}
	runs := l.term.from + skipsSize(l.term.count)
	count := min(runLength, l.term.count-run*runLength)
	if start > end || end > l.term.to-runs || end-start < count || last > l.term.last {
		return damaged(l.term.from+run*skipSize, fmt.Sprintf("a run of %d events up to event %d at most, within %d bytes", count, l.term.last, l.term.to-runs),
			fmt.Sprintf("one up to event %d from byte %d to %d", last, start, end))
	}
	data, err := l.blocks.read(runs+start, min(end-start, count*binary.MaxVarintLen32))
	if err != nil {
		return err
	}
	if cap(l.walk.events) < count {
		l.walk.events = make([]uint32, 0, count)
	}
	l.walk.events = l.walk.events[:0]
	at, previous := 0, before
	for range count {
		delta, n := binary.Uvarint(data[at:])
		if n <= 0 || delta > uint64(last) || previous+1+int(delta) > last {
			return damaged(runs+start+at, fmt.Sprintf("an event after event %d, up to event %d", previous, last), "something else")
		}
		at += n
		previous += 1 + int(delta)
		l.walk.events = append(l.walk.events, uint32(previous))
	}
	if previous != last || at != end-start {
		return damaged(runs+start, fmt.Sprintf("%d events up to event %d in %d bytes", count, last, end-start),
			fmt.Sprintf("up to event %d in %d bytes", previous, at))
	}
	l.run, l.before, l.walk.behind = run, before, count
	return nil
}
