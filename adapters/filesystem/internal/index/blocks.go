package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync/atomic"
)

// ErrDamaged reports an index file that is not what was written, or that does not
// say what its segment says. It is made anew from the segment.
var ErrDamaged = errors.New("index file is damaged")

// DamageError says where an index file is damaged. It wraps [ErrDamaged].
type DamageError struct {
	Offset    int64 // bytes from the start of the file
	Want, Got string
}

// Error says where, what and what to do.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v at byte %d: want %s, got %s; delete it, it is made anew from its segment", ErrDamaged, e.Offset, e.Want, e.Got)
}

// Unwrap returns ErrDamaged.
func (e *DamageError) Unwrap() error { return ErrDamaged }

func damaged(offset int, want, got string) error {
	return &DamageError{Offset: int64(offset), Want: want, Got: got}
}

const (
	blockSize = 4096
	sumSize   = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }

// blocksOf returns the number of blocks of a body of so many bytes.
func blocksOf(body int) int { return (body + blockSize - 1) / blockSize }

// blocks gives access to the body of a file. Each block is checked when it is
// touched for the first time, so opening costs nothing and no byte is believed
// that was not checked.
type blocks struct {
	data    []byte // the whole file
	body    int    // where the body ends and the checksums begin
	checked []atomic.Uint64
}

func newBlocks(data []byte, h *header) (*blocks, error) {
	b := &blocks{data: data, body: HeaderSize + h.bodySize()}
	sums := data[b.body:]
	if got := checksum(sums); got != h.sums {
		return nil, damaged(b.body, fmt.Sprintf("a table of checksums with CRC-32C %08x", h.sums), fmt.Sprintf("%08x", got))
	}
	b.checked = make([]atomic.Uint64, (len(sums)/sumSize+63)/64)
	return b, nil
}

// read returns n bytes of the body, which begin at from.
func (b *blocks) read(from, n int) ([]byte, error) {
	if from < HeaderSize || n < 0 || from > b.body || n > b.body-from {
		return nil, damaged(from, fmt.Sprintf("%d bytes within the body of the file", n), fmt.Sprintf("a body from byte %d to %d", HeaderSize, b.body))
	}
	for block := (from - HeaderSize) / blockSize; block*blockSize < from+n-HeaderSize; block++ {
		if b.checked[block/64].Load()&(1<<(block%64)) == 0 {
			if err := b.check(block); err != nil {
				return nil, err
			}
		}
	}
	return b.data[from : from+n : from+n], nil
}

func (b *blocks) check(block int) error {
	start := HeaderSize + block*blockSize
	want := binary.LittleEndian.Uint32(b.data[b.body+block*sumSize:])
	if got := checksum(b.data[start:min(start+blockSize, b.body)]); got != want {
		return damaged(start, fmt.Sprintf("a block with CRC-32C %08x", want), fmt.Sprintf("%08x", got))
	}
	b.checked[block/64].Or(1 << (block % 64))
	return nil
}

// checkAll checks every block, whether it was touched or not.
func (b *blocks) checkAll() error {
	for block := range blocksOf(b.body - HeaderSize) {
		if err := b.check(block); err != nil {
			return err
		}
	}
	return nil
}

// uint32 returns the number at from.
func (b *blocks) uint32(from int) (uint32, error) {
	data, err := b.read(from, 4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(data), nil
}

// appendSums appends the checksums of the blocks of body.
func appendSums(dst, body []byte) []byte {
	for start := 0; start < len(body); start += blockSize {
		dst = binary.LittleEndian.AppendUint32(dst, checksum(body[start:min(start+blockSize, len(body))]))
	}
	return dst
}
