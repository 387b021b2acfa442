package memory

import "slices"

// keyList lists keys in their order, and sorts only what was added since it was
// last read. Keys that went stay in it for a while: who reads it asks whether a key
// still belongs. The lock of the store guards it.
type keyList struct {
	size   int      // keys that belong
	sorted []string // without duplicates
	added  []string // since sorted was made, in any order; may repeat keys and hold keys of sorted
}

// add lists a key that does not belong yet. From now on belongs says that it does.
func (l *keyList) add(key string, belongs func(key string) bool) {
	l.size++
	l.added = append(l.added, key)
	if l.overfull() {
		l.tidy(belongs)
	}
}

// drop takes note that one key less belongs, and returns how many are left.
func (l *keyList) drop() int {
	l.size--
	return l.size
}

// inOrder returns the keys in their order, some that do not belong among them. The
// next call of any method may overwrite them.
func (l *keyList) inOrder(belongs func(key string) bool) []string {
	if len(l.added) > 0 || l.overfull() {
		l.tidy(belongs)
	}
	return l.sorted
}

// overfull says that more keys went than are left.
func (l *keyList) overfull() bool { return len(l.sorted)+len(l.added) > 2*l.size+64 }

func (l *keyList) tidy(belongs func(key string) bool) {
	if l.overfull() {
		gone := func(key string) bool { return !belongs(key) }
		l.sorted = slices.DeleteFunc(l.sorted, gone)
		l.added = slices.DeleteFunc(l.added, gone)
	}
	slices.Sort(l.added)
	l.sorted = merged(l.sorted, slices.Compact(l.added))
	l.added = nil
}

// merged returns the keys of two lists that are in order and without duplicates.
func merged(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	out := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case b[0] < a[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			a = a[1:]
		}
	}
	return append(append(out, a...), b...)
}
