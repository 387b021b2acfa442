package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

const (
	// HeaderSize is the length of the header of an index file, in bytes. It is all
	// that [ReadInfo] needs.
	HeaderSize = 4096
	// Version is the version of the file format that the package comment describes.
	Version = 1

	magic         = "opossidx"
	formCanonical = 1 // all lines; otherwise 0
	maxStoreBytes = 1024
	maxSize       = math.MaxInt / 64 // of a part, so that no sum overflows
)

// Info is what an index file says of its segment.
type Info struct {
	Store       string          // id of the store, at most 1024 bytes
	First, Last domain.Position // of its events
	Bytes       int64           // length of what is committed in the segment file
	Start, End  journal.Chain   // before its first event and after its last one
	RecordedAt  time.Time       // of the last event, an instant in UTC
	Canonical   bool            // every line is known to be in canonical form
}

// events returns the number of events.
func (i *Info) events() int { return int(i.Last + 1 - i.First) }

// header is the first part of an index file: Info, and what the places of all
// other parts follow from.
type header struct {
	Info
	types, tags sizes
	lengthWidth int    // bytes of the length of a line
	sums        uint32 // CRC-32C of the table of checksums
}

// sizes say how long the parts of a dictionary are.
type sizes struct {
	terms int // number of entries
	slots int // number of hash slots, a power of two, 0 without terms
	names int // bytes of all names
	lists int // bytes of all lists
}

func (s sizes) bytes() int { return s.terms*entrySize + s.slots*slotSize + s.names + s.lists }

// Places in the header.
const (
	atVersion    = 8
	atForm       = 12
	atFirst      = 16
	atLast       = 24
	atBytes      = 32
	atStart      = 40
	atEnd        = 72
	atSeconds    = 104
	atNanos      = 112
	atTypes      = 116
	atTags       = 132
	atWidth      = 148
	atSums       = 152
	atStoreBytes = 156
	atStore      = 160
	atHeaderSum  = HeaderSize - 4
)

// bodySize returns the length of everything between header and checksums.
func (h *header) bodySize() int {
	return h.events()*(typeWidth(h.types.terms)+lineSize(h.lengthWidth)) + h.types.bytes() + h.tags.bytes()
}

// fileSize returns the length of the whole file.
func (h *header) fileSize() int { return HeaderSize + h.bodySize() + sumSize*blocksOf(h.bodySize()) }

// put writes the header to the start of dst, which is zero there.
func (h *header) put(dst []byte) {
	copy(dst, magic)
	binary.LittleEndian.PutUint32(dst[atVersion:], Version)
	if h.Canonical {
		binary.LittleEndian.PutUint32(dst[atForm:], formCanonical)
	}
	binary.LittleEndian.PutUint64(dst[atFirst:], uint64(h.First))
	binary.LittleEndian.PutUint64(dst[atLast:], uint64(h.Last))
	binary.LittleEndian.PutUint64(dst[atBytes:], uint64(h.Bytes))
	copy(dst[atStart:], h.Start[:])
	copy(dst[atEnd:], h.End[:])
	binary.LittleEndian.PutUint64(dst[atSeconds:], uint64(h.RecordedAt.Unix()))
	binary.LittleEndian.PutUint32(dst[atNanos:], uint32(h.RecordedAt.Nanosecond()))
	h.types.put(dst[atTypes:])
	h.tags.put(dst[atTags:])
	binary.LittleEndian.PutUint32(dst[atWidth:], uint32(h.lengthWidth))
	binary.LittleEndian.PutUint32(dst[atSums:], h.sums)
	binary.LittleEndian.PutUint32(dst[atStoreBytes:], uint32(len(h.Store)))
	copy(dst[atStore:], h.Store)
	binary.LittleEndian.PutUint32(dst[atHeaderSum:], checksum(dst[:atHeaderSum]))
}

func (s sizes) put(dst []byte) {
	for i, n := range []int{s.terms, s.slots, s.names, s.lists} {
		binary.LittleEndian.PutUint32(dst[4*i:], uint32(n))
	}
}

// readHeader reads and checks the header at the start of data.
func readHeader(data []byte) (header, error) {
	if len(data) < HeaderSize {
		return header{}, damaged(len(data), fmt.Sprintf("a header of %d bytes", HeaderSize), "the end of the file")
	}
	data = data[:HeaderSize]
	if string(data[:len(magic)]) != magic {
		return header{}, damaged(0, fmt.Sprintf("%q", magic), fmt.Sprintf("%q", data[:len(magic)]))
	}
	if want, got := binary.LittleEndian.Uint32(data[atHeaderSum:]), checksum(data[:atHeaderSum]); want != got {
		return header{}, damaged(0, fmt.Sprintf("a header with CRC-32C %08x", want), fmt.Sprintf("%08x", got))
	}
	if v := binary.LittleEndian.Uint32(data[atVersion:]); v != Version {
		return header{}, damaged(atVersion, fmt.Sprintf("version %d", Version), fmt.Sprintf("version %d", v))
	}
	h := header{
		Info: Info{
			First: domain.Position(binary.LittleEndian.Uint64(data[atFirst:])),
			Last:  domain.Position(binary.LittleEndian.Uint64(data[atLast:])),
			Bytes: int64(binary.LittleEndian.Uint64(data[atBytes:])),
			Start: journal.Chain(data[atStart:atEnd]), End: journal.Chain(data[atEnd:atSeconds]),
		},
		lengthWidth: int(binary.LittleEndian.Uint32(data[atWidth:])),
		sums:        binary.LittleEndian.Uint32(data[atSums:]),
	}
	nanos := binary.LittleEndian.Uint32(data[atNanos:])
	form := binary.LittleEndian.Uint32(data[atForm:])
	h.Canonical = form == formCanonical
	h.RecordedAt = time.Unix(int64(binary.LittleEndian.Uint64(data[atSeconds:])), int64(nanos)).UTC()
	storeBytes := binary.LittleEndian.Uint32(data[atStoreBytes:])
	switch {
	case h.First == 0 || h.Last+1 < h.First || uint64(h.Last+1-h.First) > min(math.MaxUint32, maxSize) || h.Last == math.MaxUint64:
		return header{}, damaged(atFirst, "the first and the last position of a segment", fmt.Sprintf("%d and %d", h.First, h.Last))
	case form > formCanonical:
		return header{}, damaged(atForm, "the form of the lines, 0 or 1", fmt.Sprint(form))
	case h.Bytes < 0:
		return header{}, damaged(atBytes, "the length of a segment", fmt.Sprint(h.Bytes))
	case nanos >= 1e9:
		return header{}, damaged(atNanos, "less than 1000000000 nanoseconds", fmt.Sprint(nanos))
	case h.RecordedAt.Year() < 1 || h.RecordedAt.Year() > 9999:
		return header{}, damaged(atSeconds, "a time in the years 1 to 9999", h.RecordedAt.String())
	case h.lengthWidth < 1 || h.lengthWidth > 4:
		return header{}, damaged(atWidth, "1 to 4 bytes for the length of a line", fmt.Sprint(h.lengthWidth))
	case storeBytes > maxStoreBytes:
		return header{}, damaged(atStoreBytes, fmt.Sprintf("a store id of at most %d bytes", maxStoreBytes), fmt.Sprint(storeBytes))
	}
	h.Store = string(data[atStore : atStore+storeBytes])
	var err error
	if h.types, err = readSizes(data, atTypes); err == nil {
		h.tags, err = readSizes(data, atTags)
	}
	return h, err
}

func readSizes(data []byte, at int) (sizes, error) {
	var n [4]uint32
	for i := range n {
		n[i] = binary.LittleEndian.Uint32(data[at+4*i:])
		if uint64(n[i]) > maxSize {
			return sizes{}, damaged(at+4*i, "a size that this machine can hold", fmt.Sprint(n[i]))
		}
	}
	s := sizes{terms: int(n[0]), slots: int(n[1]), names: int(n[2]), lists: int(n[3])}
	if s.slots != 0 && bits.OnesCount(uint(s.slots)) != 1 || (s.slots == 0) != (s.terms == 0) {
		return sizes{}, damaged(at+4, "a power of two hash slots, none without terms", fmt.Sprintf("%d for %d terms", s.slots, s.terms))
	}
	return s, nil
}

// ReadInfo returns what an index file says of its segment. head is the start of
// the file, at least [HeaderSize] bytes; only the header is looked at. An error
// wraps [ErrDamaged].
func ReadInfo(head []byte) (Info, error) {
	h, err := readHeader(head)
	if err != nil {
		return Info{}, err
	}
	return h.Info, nil
}
