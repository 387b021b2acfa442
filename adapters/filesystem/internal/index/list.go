package index

// memoryList walks over a slice. It remembers where it stands, so that a walk
// costs next to nothing for each step and a leap grows with the logarithm of its
// width. It begins at the end, where conditions look.
type memoryList struct {
	events []uint32 // at least one
	behind int      // the walk stands before the event with this index
}

func (l *memoryList) seek(event, step int) (int, error) {
	low, high := l.around(event)
	for low < high {
		if middle := (low + high) / 2; int(l.events[middle]) < event {
			low = middle + 1
		} else {
			high = middle
		}
	}
	l.behind = low
	switch {
	case l.behind < len(l.events) && (step == forwards || int(l.events[l.behind]) == event):
		return int(l.events[l.behind]), nil
	case step == backwards && l.behind > 0:
		return int(l.events[l.behind-1]), nil
	}
	return none, nil
}

// around returns bounds for the index of the first event that is not less than
// event: it is in [low, high]. It leaps away from where the walk stands, each time
// twice as far.
func (l *memoryList) around(event int) (low, high int) {
	n := len(l.events)
	if l.behind < n && int(l.events[l.behind]) < event {
		low = l.behind + 1
		for leap := 1; ; leap *= 2 {
			if high = low + leap - 1; high >= n {
				return low, n
			}
			if int(l.events[high]) >= event {
				return low, high
			}
			low = high + 1
		}
	}
	high = l.behind
	for leap := 1; ; leap *= 2 {
		if low = high - leap; low < 0 {
			return 0, high
		}
		if int(l.events[low]) < event {
			return low + 1, high
		}
		high = low
	}
}

// union walks over the events of several lists.
type union []list

// openAll returns the list of all events that carry one of the terms.
func openAll(from dictionary, terms []term) list {
	if len(terms) == 1 {
		return from.open(terms[0])
	}
	u := make(union, len(terms))
	for i, t := range terms {
		u[i] = from.open(t)
	}
	return u
}

func (u union) seek(event, step int) (int, error) {
	nearest := none
	for _, l := range u {
		next, err := l.seek(event, step)
		if err != nil {
			return none, err
		}
		if next != none && (nearest == none || (nearest-next)*step > 0) {
			nearest = next
		}
	}
	return nearest, nil
}
