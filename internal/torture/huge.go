package torture

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// The write of a huge batch takes long enough to be cut in two by a kill.
const (
	hugeEvents = 64
	hugePad    = 32 << 10
)

// hugeWriter appends huge batches through a store of its own, whose clock it is, and
// tells when one is about to be written.
type hugeWriter struct {
	client
	asked atomic.Int32 // how often the store asked for the time since the append began
}

// Now implements [ports.Clock]. A store asks for the time when an append begins, and
// again, for the time of its events, when it has the append lock and is about to write.
func (h *hugeWriter) Now() time.Time {
	if h.asked.Add(1) == 2 {
		h.out.tell(report{Writing: true})
	}
	return time.Now()
}

// obey appends a huge batch whenever it is told to, until it is told to finish.
func (a *actor) obey(ctx context.Context, calls *counter) (err error) {
	h := &hugeWriter{client: client{out: a.out, name: a.Name + ".huge", calls: calls}}
	defer func() {
		if h.store != nil {
			err = errors.Join(err, h.store.Close())
		}
	}()
	for made := 1; ; made++ {
		select {
		case <-ctx.Done():
			return nil
		case o := <-a.orders:
			if o.Finish {
				return nil
			}
		}
		if h.store == nil {
			if h.store, err = a.open(ctx, false, h); err != nil {
				return err
			}
		}
		events := make([]domain.Event, hugeEvents)
		for i := range events {
			events[i] = fact{Batch: fmt.Sprintf("%s#%d", h.name, made), At: i, Of: hugeEvents, Pad: strings.Repeat("x", hugePad)}.event(batched, roundTag(a.Round))
		}
		h.asked.Store(0)
		if _, err := h.append(ctx, events); err != nil {
			return err
		}
		h.tellTorn()
	}
}
