package domain

import "slices"

// room is memory for the copies that are made of a batch: few large pieces cost
// less than one for each event. Nobody can append to a copy and reach the next one.
type room struct {
	tags []Tag  // what is left of the room for tags
	data []byte // what is in use of the room for data
	left int    // bytes of data still to come
}

// mostData bounds a piece of memory that more than one event shares.
const mostData = 64 << 10

func newRoom(events []Event) room {
	var r room
	tags := 0
	for i := range events {
		tags += len(events[i].Tags)
		r.left += len(events[i].Data)
	}
	r.tags = make([]Tag, tags)
	return r
}

// set returns a sorted copy of in without duplicates; nil for no tags.
func (r *room) set(in []Tag) []Tag {
	if len(in) == 0 {
		return nil
	}
	n := copy(r.tags, in)
	own := r.tags[:n:n]
	r.tags = r.tags[n:]
	for i := 1; i < n; i++ {
		if own[i-1] >= own[i] {
			slices.Sort(own)
			return slices.Clip(slices.Compact(own))
		}
	}
	return own
}

// keep returns a copy of data without the given number of bytes of loose space.
func (r *room) keep(data []byte, spaces int) []byte {
	size := len(data) - spaces
	if cap(r.data)-len(r.data) < size {
		r.data = make([]byte, 0, max(size, min(r.left-spaces, mostData)))
	}
	r.left -= len(data)
	from := len(r.data)
	r.data = appendCompact(r.data, data, spaces)
	return slices.Clip(r.data[from:])
}
