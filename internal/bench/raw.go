package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// rawFile is a file of a fixed size on the measured disk that was filled with
// newlines and synced, so that writing to it changes no size and allocates
// nothing: the least that a durable write can cost.
type rawFile struct {
	file *os.File
	size int64

	mu sync.Mutex
	at int64 // next write; guarded by mu
}

// rawFileBytes is large enough that a slice seldom writes the same place twice.
const rawFileBytes = 64 << 20

func newRawFile(dir, name string, size int64) (*rawFile, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // below the directory that was made for it
	if err != nil {
		return nil, err
	}
	fill := bytes.Repeat([]byte{'\n'}, 1<<20)
	for at := int64(0); at < size; at += int64(len(fill)) {
		if _, err := f.WriteAt(fill[:min(int64(len(fill)), size-at)], at); err != nil {
			return nil, fmt.Errorf("fill %s: %w", f.Name(), err)
		}
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("fill %s: %w", f.Name(), err)
	}
	return &rawFile{file: f, size: size}, nil
}

// writeSynced writes text at the next place and syncs it. At the end of the file
// it begins anew.
func (r *rawFile) writeSynced(text []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at+int64(len(text)) > r.size {
		r.at = 0
	}
	if _, err := r.file.WriteAt(text, r.at); err != nil {
		return err
	}
	r.at += int64(len(text))
	return syncData(r.file)
}

func (r *rawFile) close() error { return r.file.Close() }

// discard closes the file and removes it.
func (r *rawFile) discard() error { return errors.Join(r.close(), os.Remove(r.file.Name())) }

// writes is the probe of one client that writes and syncs a batch of events of
// the usual size.
func (r *rawFile) writes(events int) probe { return r.writesOf(events, events*eventBytes) }

// writesOf is writes of another size, in bytes of the whole batch.
func (r *rawFile) writesOf(events, size int) probe {
	text := bytes.Repeat([]byte{'x'}, size)
	return serial(func(context.Context) (int, error) { return events, r.writeSynced(text) })
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sink keeps the compiler from leaving out checksums that nobody looks at.
var sink atomic.Uint64

// readsScattered is the probe of clients that each read lines of size bytes, spread
// evenly over the file, one call each, and take their checksums.
func (r *rawFile) readsScattered(clients, hits, size int) probe {
	step := max(1, (r.size-int64(size))/int64(hits))
	lines, turns := make([][]byte, clients), make([]int64, clients)
	for client := range clients {
		lines[client], turns[client] = make([]byte, size), int64(client)*eventBytes
	}
	return concurrent(clients, func(_ context.Context, client int) (int, error) {
		line := lines[client]
		turns[client] += 4099 // another page than before
		turn := turns[client] % step
		for hit := range int64(hits) {
			if _, err := r.file.ReadAt(line, hit*step+turn); err != nil {
				return 0, err
			}
			sink.Add(uint64(crc32.Checksum(line, castagnoli)))
		}
		return hits, nil
	})
}

// readsWhole is the probe of one client that reads the file from start to end in
// pieces of 1 MiB and takes a checksum of each line of size bytes.
func (r *rawFile) readsWhole(size int) probe {
	piece := make([]byte, 1<<20/size*size)
	return serial(func(ctx context.Context) (int, error) {
		lines := 0
		for at := int64(0); at < r.size; at += int64(len(piece)) {
			n, err := r.file.ReadAt(piece, at)
			if n == 0 && err != nil {
				return 0, err
			}
			for from := 0; from+size <= n; from += size {
				sink.Add(uint64(crc32.Checksum(piece[from:from+size], castagnoli)))
				lines++
			}
			if err := ctx.Err(); err != nil {
				return 0, err
			}
		}
		return lines, nil
	})
}
