package filesystem

import (
	"errors"
	"io"
	"sync"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

const (
	recentBlock = 4 << 10 // bytes that are kept together
	recentBytes = 8 << 20 // kept of one segment at most
	// recentRun is how many bytes are looked for among those that are kept. What is
	// longer is read with one call anyway.
	recentRun = 2 * recentBlock
)

// recent keeps what was read of a segment that is not mapped, so that events that
// stand far apart cost a call to the system for the first read only. It holds
// nothing but committed bytes, which never change.
type recent struct {
	mu     sync.Mutex
	blocks map[int64][]byte // by number; the last one may be shorter. None is changed once it is here
}

// read appends the bytes of file from from up to, not including, to to dst, or as
// many as there are. Everything in front of committed, which is at least to, has
// been committed.
func (r *recent) read(dst []byte, file vfs.File, from, to, committed int64) ([]byte, error) {
	for from < to {
		number := from / recentBlock
		start := number * recentBlock
		end := min(to, start+recentBlock)
		block := r.get(number)
		if start+int64(len(block)) < end {
			var err error
			if block, err = r.fetch(file, number, committed); err != nil {
				return dst, err
			}
		}
		if from-start >= int64(len(block)) {
			return dst, nil
		}
		dst = append(dst, block[from-start:min(end-start, int64(len(block)))]...)
		if start+int64(len(block)) < end {
			return dst, nil
		}
		from = end
	}
	return dst, nil
}

// get returns a block, nil when it is not there.
func (r *recent) get(number int64) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.blocks[number]
}

// fetch reads a block and keeps it.
func (r *recent) fetch(file vfs.File, number, committed int64) ([]byte, error) {
	start := number * recentBlock
	block := make([]byte, min(recentBlock, committed-start))
	n, err := file.ReadAt(block, start)
	if n < len(block) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	block = block[:n]
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.blocks) >= recentBytes/recentBlock {
		r.blocks = nil // what is in use will be back soon
	}
	if r.blocks == nil {
		r.blocks = map[int64][]byte{}
	}
	r.blocks[number] = block
	return block, nil
}

// forget makes the next read ask the file.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocks = nil
}
