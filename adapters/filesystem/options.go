package filesystem

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/system"
	"github.com/opossum-go/opossum/ports"
)

const (
	defaultSegmentSize  = 64 << 20
	minSegmentSize      = 4 << 10
	maxSegmentSize      = 1 << 30
	defaultLockTimeout  = 5 * time.Second
	defaultPollInterval = 25 * time.Millisecond
)

// Options tunes a store. The zero Options is valid and durable.
type Options struct {
	// SegmentSize is the soft limit of one segment file, in bytes: the append that
	// crosses it still completes, the next one begins a new file. Zero means 64 MiB;
	// otherwise 4 KiB to 1 GiB. Processes that share a store may differ in it.
	SegmentSize int64
	// LockTimeout bounds how long one append, or Open, waits for another process that
	// holds the append lock, and a read that needs it, see [Store.Read]. Zero means 5 s.
	LockTimeout time.Duration
	// PollInterval is how often a subscription looks for events of other processes when
	// the system does not tell of them. Events of its own store reach it at once. Zero
	// means 25 ms.
	PollInterval time.Duration
	// NoFillAhead keeps the file of the last segment as long as its events. Otherwise it
	// is filled with up to 1 MiB of newlines ahead of them, which makes appends faster
	// on most disks.
	NoFillAhead bool
	// Clock gives RecordedAt, and OccurredAt where an event has none. Nil means the
	// machine's clock.
	Clock ports.Clock
	// IDs gives an event its id where it has none. Nil means UUIDs of version 7.
	IDs ports.IDs
	// UnsafeNetworkDrive lets Open use a directory on a network file system (NFS, SMB,
	// FUSE …). There a client that was cut off can come back after its lock was given
	// to another and overwrite an acknowledged event, without any error. Only for
	// drives that one machine alone uses.
	UnsafeNetworkDrive bool
	// Logger is told what was repaired and what failed. Nil means silence.
	Logger *slog.Logger
}

// withDefaults returns a checked copy with the zero fields filled in.
func (o Options) withDefaults() (Options, error) {
	switch {
	case o.SegmentSize == 0:
		o.SegmentSize = defaultSegmentSize
	case o.SegmentSize < minSegmentSize || o.SegmentSize > maxSegmentSize:
		return o, &domain.ValidationError{
			Field: "Options.SegmentSize", Value: fmt.Sprint(o.SegmentSize),
			Rule: fmt.Sprintf("must be %d to %d bytes, or 0 for the default", minSegmentSize, maxSegmentSize),
		}
	}
	for _, d := range []struct {
		field     string
		value     *time.Duration
		otherwise time.Duration
	}{
		{"Options.LockTimeout", &o.LockTimeout, defaultLockTimeout},
		{"Options.PollInterval", &o.PollInterval, defaultPollInterval},
	} {
		if *d.value < 0 {
			return o, &domain.ValidationError{Field: d.field, Value: d.value.String(), Rule: "must not be negative; 0 means the default"}
		}
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	if o.Clock == nil {
		o.Clock = system.Clock{}
	}
	if o.IDs == nil {
		o.IDs = system.UUIDs{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
