package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	driver "modernc.org/sqlite"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// ErrFormat reports a file that a later version of this package made. Nothing was
// changed.
var ErrFormat = errors.New("opossum: unknown format of a projection")

// ErrUnsafeDrive reports a directory in which SQLite does not keep several processes
// apart. Nothing was made in it.
var ErrUnsafeDrive = errors.New("opossum: projections are not safe there")

// Primary result codes of SQLite that mean more to a user than their text.
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeCorrupt  = 11
	codeCantOpen = 14
	codeProtocol = 15 // somebody keeps a lock that is held for a moment only, as a process does that was stopped then
	codeNoFile   = 26 // not a database
)

// remedy is what to do about a file that cannot be used. What is in it is not known.
func remedy(path string) string {
	name := filepath.Base(path)
	return fmt.Sprintf("delete %[1]s, %[1]s-wal and %[1]s-shm while no process uses them, and a read model is made anew from the events; "+
		"but if it is an outbox, restore an older copy of the file: without one every event is sent again, or with FromNow some are never sent", name)
}

// explain turns an error of the driver into one that says what to do. Nil stays nil.
func (p *Projections) explain(ctx context.Context, path string, err error) error {
	var code int
	if of := (*driver.Error)(nil); errors.As(err, &of) {
		code = of.Code() & 0xff
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, domain.ErrInvalid), errors.Is(err, ports.ErrClosed), errors.Is(err, ports.ErrCheckpoint), errors.Is(err, ports.ErrCorrupt), errors.Is(err, ErrFormat):
		return err
	case p.usable(context.WithoutCancel(ctx)) != nil:
		return ports.ErrClosed
	case ctx.Err() != nil:
		return ended(ctx)
	case code == codeCorrupt, code == codeNoFile:
		return &ports.CorruptError{File: path, Want: "a projection in a SQLite file", Got: err.Error() + "; " + remedy(path)}
	case code == codeBusy, code == codeProtocol:
		return fmt.Errorf("opossum: %s is locked by another program for more than %v; see whether one has a transaction open or was stopped: %w", path, busyTimeout, err)
	case code == codeCantOpen, code == codeReadOnly:
		return fmt.Errorf("opossum: %s: %w; whoever uses a projection, also for reading, must be allowed to write in its folder", path, err)
	}
	return fmt.Errorf("opossum: %s: %w", path, err)
}

// damaged is the error for content that this package never writes.
func damaged(path, want, got string) error {
	return &ports.CorruptError{File: path, Want: want, Got: got + "; " + remedy(path)}
}
