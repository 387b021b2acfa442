package torture

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/ports"
)

// store is what a child works with: the store under torture, or one with a bug.
type store interface {
	ports.EventStore
	Repairs() []filesystem.Repair
	Close() error
}

// actor is a child: who it is, and whom it tells. Its orders come through a
// channel that is closed when there will be no more.
type actor struct {
	setup
	out    *reporter
	orders <-chan order
}

// roles are what a child can be. An error is something that must not happen.
var roles = map[string]func(*actor, context.Context) error{
	"writer":  (*actor).write,
	"reader":  (*actor).read,
	"auditor": (*actor).audit,
	"hog":     (*actor).hog,
}

// RunChild is the whole work of a child process: it takes orders from in and
// reports to out, in a form of its own. It returns when it has done what it was
// told, or when there are no more orders.
func RunChild(ctx context.Context, in io.Reader, out io.Writer) error {
	decoder := gob.NewDecoder(in)
	var first order
	if err := decoder.Decode(&first); err != nil {
		return fmt.Errorf("torture: this is a child of opossum torture and gets its orders from it: %w", err)
	}
	if first.Setup == nil || roles[first.Setup.Role] == nil {
		return fmt.Errorf("torture: a child was told to be %+v", first.Setup)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	orders := make(chan order)
	go func() {
		defer cancel()
		for {
			var o order
			if decoder.Decode(&o) != nil {
				return
			}
			select {
			case orders <- o:
			case <-ctx.Done():
				return
			}
		}
	}()
	a := &actor{setup: *first.Setup, out: newReporter(out), orders: orders}
	err := roles[a.Role](a, ctx)
	switch {
	case ctx.Err() != nil:
		return nil // the parent is gone, and nobody asks how it went
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		a.out.tell(report{Trouble: err.Error()})
	case err != nil:
		a.out.tell(report{Finding: &Finding{Rule: ruleNoErrors, Evidence: fmt.Sprintf("%s: %v", a.Name, err)}})
	}
	a.out.tell(report{Finished: true})
	return nil
}

// open opens the store, as often as it takes while somebody else holds the lock. A
// clock of nil is the machine's.
func (a *actor) open(ctx context.Context, readOnly bool, clock ports.Clock) (store, error) {
	options := filesystem.Options{SegmentSize: a.SegmentSize, LockTimeout: a.LockTimeout, Clock: clock}
	for {
		var s *filesystem.Store
		var err error
		if readOnly {
			s, err = filesystem.OpenReadOnly(ctx, a.Dir, options)
		} else {
			s, err = filesystem.Open(ctx, a.Dir, options)
		}
		switch {
		case err == nil:
			return planted(a.Bug, s), nil
		case !errors.Is(err, ports.ErrLockTimeout):
			return nil, fmt.Errorf("open: %w", err)
		}
	}
}
