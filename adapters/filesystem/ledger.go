package filesystem

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"sync"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
)

const (
	ledgerName = "ledger"
	// ledgerSize is the fixed size of the ledger: one line, padded with spaces, so
	// that a write never changes the file's size and stays within one disk sector.
	ledgerSize = 320
	// ledgerTries is how often a ledger that is not whole is read again. Half of it may
	// be the line before: the system lets a read and a write meet. Whoever took that
	// for a missing ledger would ask for the append lock, and wait for whoever appends.
	ledgerTries = 100
)

// ledger is the committed head, written after each commit without a sync of its
// own. It is a hint for readers of other processes, who must not look at bytes
// that are not durable yet; the truth is in the segments, and a ledger that is
// missing, old or unreadable is made anew from them. It is never ahead of them.
type ledger struct {
	Position domain.Position `json:"position"`
	Segment  domain.Position `json:"segment"` // first position of the segment that holds Position, 0 for an empty store
	Bytes    int64           `json:"bytes"`   // length of that segment up to and including the commit line
	Recorded string          `json:"recordedAt,omitempty"`
	Chain    string          `json:"chain"`
	CRC      string          `json:"crc32c"` // of the line before this field
}

// says is what the ledger says, as a part of an error.
func (l ledger) says() string {
	return fmt.Sprintf("the ledger says that %d events are committed", l.Position)
}

const ledgerCRC = `,"crc32c":"`

// text returns the line of the ledger: what encoding/json makes of l, in a fraction
// of the time.
func (l ledger) text() ([]byte, error) {
	text := make([]byte, 0, ledgerSize)
	text = strconv.AppendUint(append(text, `{"position":`...), uint64(l.Position), 10)
	text = strconv.AppendUint(append(text, `,"segment":`...), uint64(l.Segment), 10)
	text = strconv.AppendInt(append(text, `,"bytes":`...), l.Bytes, 10)
	if l.Recorded != "" {
		text = append(append(append(text, `,"recordedAt":"`...), l.Recorded...), '"')
	}
	text = append(append(append(text, `,"chain":"`...), l.Chain...), '"')
	sum := journal.Checksum(journal.TextOf(text))
	text = append(text, ledgerCRC...)
	text = hex.AppendEncode(text, binary.BigEndian.AppendUint32(nil, sum))
	text = append(text, `"}`...)
	if len(text) >= ledgerSize {
		return nil, fmt.Errorf("opossum: ledger line of %d bytes does not fit", len(text))
	}
	for len(text) < ledgerSize-1 {
		text = append(text, ' ')
	}
	return append(text, '\n'), nil
}

// parseLedger returns false for anything but a whole ledger line.
func parseLedger(text []byte) (ledger, bool) {
	var l ledger
	if len(text) != ledgerSize || json.Unmarshal(text, &l) != nil {
		return ledger{}, false
	}
	// There is one way to write it, checksum included.
	again, err := l.text()
	if err != nil || string(again) != string(text) {
		return ledger{}, false
	}
	return l, true
}

// ledgerFile is the ledger as a store uses it. The file stays open, as opening it
// costs more than reading it. Safe for concurrent use.
type ledgerFile struct {
	dir vfs.FS

	mu       sync.Mutex
	file     vfs.File // nil when it is not open
	writable bool
	closed   bool   // for good
	text     []byte // that last holds, so that it is taken apart once only
	last     ledger
}

// read returns the ledger. One that is missing or not whole is reported as !ok; err
// is for a file system that does not let itself be read.
func (f *ledgerFile) read() (l ledger, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.open(os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return ledger{}, false, nil
	}
	if err != nil {
		return ledger{}, false, err
	}
	buf := make([]byte, ledgerSize)
	for range ledgerTries {
		n, err := f.file.ReadAt(buf, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return ledger{}, false, errors.Join(err, f.drop())
		}
		if n == ledgerSize && bytes.Equal(buf, f.text) {
			return f.last, true, nil
		}
		if l, ok = parseLedger(buf[:n]); ok {
			f.text, f.last = buf, l
			break
		}
		runtime.Gosched()
	}
	return l, ok, nil
}

// raw returns the file as it is, whole or not, at most as much of it as a ledger has,
// and its size in bytes.
func (f *ledgerFile) raw() (text []byte, size int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(os.O_RDONLY); err != nil {
		return nil, 0, err
	}
	text = make([]byte, ledgerSize)
	n, err := f.file.ReadAt(text, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil {
		size, err = f.file.Size()
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.drop())
	}
	return text[:n], size, nil
}

// write replaces the ledger in place. trusted says that the file cannot have been
// replaced since the last call, as far as it matters.
func (f *ledgerFile) write(l ledger, trusted bool) error {
	text, err := l.text()
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !trusted || f.file == nil || !f.writable {
		if err := f.open(os.O_RDWR | os.O_CREATE); err != nil {
			return err
		}
	}
	if _, err = f.file.WriteAt(text, 0); err != nil {
		return errors.Join(err, f.drop())
	}
	f.text, f.last = text, l
	return nil
}

// open makes file the one that stands under the name of the ledger now, open for
// what flag says at least. It returns fs.ErrClosed after close: nobody would close it
// again. The caller holds mu.
func (f *ledgerFile) open(flag int) error {
	if f.closed {
		return fs.ErrClosed
	}
	if f.file != nil && (f.writable || flag == os.O_RDONLY) {
		if current, err := f.file.Current(); err == nil && current {
			return nil
		}
	}
	if err := f.drop(); err != nil {
		return err
	}
	file, err := f.dir.Open(ledgerName, flag)
	if err != nil {
		return err
	}
	f.file, f.writable = file, flag != os.O_RDONLY
	return nil
}

func (f *ledgerFile) drop() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file, f.text = nil, nil
	return err
}

func (f *ledgerFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.drop()
}
