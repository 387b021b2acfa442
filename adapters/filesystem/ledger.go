package filesystem

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

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
	// for a missing ledger would not see what was acknowledged long ago.
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

func (l ledger) text() ([]byte, error) {
	l.CRC = ""
	line, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	body, _, _ := strings.Cut(string(line), ledgerCRC)
	text := fmt.Sprintf(`%s%s%08x"}`, body, ledgerCRC, journal.Checksum(body))
	if len(text) >= ledgerSize {
		return nil, fmt.Errorf("opossum: ledger line of %d bytes does not fit", len(text))
	}
	return fmt.Appendf(nil, "%-*s\n", ledgerSize-1, text), nil
}

// parseLedger returns false for anything but a whole ledger line.
func parseLedger(text []byte) (ledger, bool) {
	var l ledger
	body, _, ok := strings.Cut(string(text), ledgerCRC)
	if !ok || json.Unmarshal(text, &l) != nil || l.CRC != fmt.Sprintf("%08x", journal.Checksum(body)) {
		return ledger{}, false
	}
	return l, true
}

// readLedger returns the ledger of dir. A ledger that is missing or not whole is
// reported as !ok; err is for a file system that does not let itself be read.
func readLedger(dir vfs.FS) (l ledger, ok bool, err error) {
	f, err := dir.Open(ledgerName, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return ledger{}, false, nil
	}
	if err != nil {
		return ledger{}, false, err
	}
	buf := make([]byte, ledgerSize)
	for range ledgerTries {
		n, err := f.ReadAt(buf, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return ledger{}, false, errors.Join(err, f.Close())
		}
		if l, ok = parseLedger(buf[:n]); ok {
			break
		}
		runtime.Gosched()
	}
	return l, ok, f.Close()
}

// writeLedger replaces the ledger of dir in place.
func writeLedger(dir vfs.FS, l ledger) error {
	text, err := l.text()
	if err != nil {
		return err
	}
	f, err := dir.Open(ledgerName, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return errors.Join(err, f.Close())
}
