package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// typeWidth returns the bytes of one number in the column of so many types.
func typeWidth(types int) int {
	switch {
	case types <= 1<<8:
		return 1
	case types <= 1<<16:
		return 2
	default:
		return 4
	}
}

// lineSize returns the length of one row of the line table.
func lineSize(lengthWidth int) int { return 8 + lengthWidth }

// Encode returns the index file of the segment, which info describes. Equal
// segments have equal files. It needs shared access.
func (m *Memory) Encode(info Info) ([]byte, error) {
	if info.First != m.First() || info.Last != m.Last() {
		return nil, fmt.Errorf("an index of positions %d to %d cannot be written for a segment with %d to %d",
			m.First(), m.Last(), info.First, info.Last)
	}
	if len(info.Store) > maxStoreBytes {
		return nil, fmt.Errorf("an index file cannot hold a store id of %d bytes; %d is the most", len(info.Store), maxStoreBytes)
	}
	h := header{Info: info, lengthWidth: m.lengthWidth()}
	types, tags := m.types.sorted(), m.tags.sorted()
	// About right for short lists; the rest grows.
	file := make([]byte, HeaderSize, HeaderSize+16*len(m.entries)+40*(len(types)+len(tags)))
	file = m.appendColumn(file, types)
	file = m.appendLines(file, h.lengthWidth)
	var err error
	if file, h.types, err = appendTerms(file, types, seedOf(&info)); err != nil {
		return nil, err
	}
	if file, h.tags, err = appendTerms(file, tags, seedOf(&info)); err != nil {
		return nil, err
	}
	body := len(file)
	file = appendSums(file, file[HeaderSize:])
	h.sums = checksum(file[body:])
	h.put(file)
	return file, nil
}

// lengthWidth returns the bytes that the length of every line fits in.
func (m *Memory) lengthWidth() int {
	longest, width := uint32(0), 1
	for _, e := range m.entries {
		longest = max(longest, e.Length)
	}
	for ; longest > math.MaxUint8; longest >>= 8 {
		width++
	}
	return width
}

// appendColumn appends the type of each event as its place among the sorted types.
func (m *Memory) appendColumn(dst []byte, sorted []namedList) []byte {
	places := make([]uint32, len(sorted))
	for place, t := range sorted {
		places[t.id] = uint32(place)
	}
	width := typeWidth(len(sorted))
	for event := range m.entries {
		id, _ := m.column.at(event)
		dst = appendUint(dst, places[id], width)
	}
	return dst
}

func (m *Memory) appendLines(dst []byte, lengthWidth int) []byte {
	for _, e := range m.entries {
		dst = binary.LittleEndian.AppendUint32(dst, e.Offset)
		dst = binary.LittleEndian.AppendUint32(dst, e.CRC)
		dst = appendUint(dst, e.Length, lengthWidth)
	}
	return dst
}

// appendUint appends the width low bytes of n, the lowest first.
func appendUint(dst []byte, n uint32, width int) []byte {
	for range width {
		dst = append(dst, byte(n))
		n >>= 8
	}
	return dst
}

// readUint reads what appendUint wrote; data holds nothing else.
func readUint(data []byte) uint32 {
	n := uint32(0)
	for i, b := range data {
		n |= uint32(b) << (8 * i)
	}
	return n
}

// appendTerms appends a dictionary.
func appendTerms(dst []byte, sorted []namedList, seed uint64) ([]byte, sizes, error) {
	s := sizes{terms: len(sorted), slots: slotsFor(len(sorted))}
	var lists []byte
	for _, t := range sorted {
		s.names += len(t.name)
		lists = appendList(lists, t.events)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(s.names))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(lists)))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(t.events)))
		dst = binary.LittleEndian.AppendUint32(dst, t.events[len(t.events)-1])
	}
	s.lists = len(lists)
	if int64(s.names) > math.MaxUint32 || int64(s.lists) > math.MaxUint32 {
		return nil, sizes{}, fmt.Errorf("an index file cannot hold names of %d bytes and lists of %d bytes; %d is the most", s.names, s.lists, uint32(math.MaxUint32))
	}
	dst = appendSlots(dst, sorted, s.slots, seed)
	for _, t := range sorted {
		dst = append(dst, t.name...)
	}
	return append(dst, lists...), s, nil
}

// appendSlots appends the hash slots. A term is in the first slot from the place of
// its hash on that was free.
func appendSlots(dst []byte, sorted []namedList, slots int, seed uint64) []byte {
	idBits := bits.Len(uint(len(sorted)))
	table := make([]uint32, slots)
	for place, t := range sorted {
		h := hash(seed, t.name)
		at := int(h) & (slots - 1)
		for table[at] != 0 {
			at = (at + 1) & (slots - 1)
		}
		table[at] = fingerprint(h, idBits)<<idBits | uint32(place+1)
	}
	for _, slot := range table {
		dst = binary.LittleEndian.AppendUint32(dst, slot)
	}
	return dst
}
