package projection

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/cenkalti/backoff/v5"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// How many of the newest events a feed holds for those who follow it. Who falls
// behind further reads the store.
const (
	maxFeedEvents = 1 << 13
	maxFeedBytes  = 16 << 20
)

// feed is the one subscription of a runner. It keeps the newest events, from
// which any number of projections take at their own pace: nobody waits for a slow one.
type feed struct {
	logger *slog.Logger

	mu     sync.Mutex
	events []domain.SequencedEvent // without gap, up to head
	bytes  int
	head   domain.Position
	err    error         // why the subscription failed, nil while there is one
	closed chan struct{} // closed by end
	news   chan struct{} // closed when there are more, and then another one
	end    func()        // says that a store is closed; may be called again
}

func newFeed(logger *slog.Logger) *feed {
	closed := make(chan struct{})
	return &feed{logger: logger, closed: closed, end: sync.OnceFunc(func() { close(closed) }), news: make(chan struct{})}
}

// run follows the store from the given position on until ctx ends. The subscription
// is taken up again when it fails.
func (f *feed) run(ctx context.Context, store ports.Subscriber, from domain.Position) {
	pauses := Failure{}.pauses()
	for ctx.Err() == nil {
		f.mu.Lock()
		f.err = nil
		f.mu.Unlock()
		err := f.follow(ctx, store, from, pauses)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, ports.ErrClosed) {
			f.end()
			return
		}
		f.mu.Lock()
		from, f.err = f.head, err
		f.mu.Unlock()
		f.logger.LogAttrs(ctx, slog.LevelWarn, "subscription of the projections failed, it is taken up again",
			slog.Uint64("after", uint64(from)), slog.Any("error", err))
		if pause(ctx, pauses.NextBackOff()) != nil {
			return
		}
	}
}

func (f *feed) follow(ctx context.Context, store ports.Subscriber, from domain.Position, pauses *backoff.ExponentialBackOff) error {
	for e, err := range store.Subscribe(ctx, domain.All(), from) {
		if err != nil {
			return err
		}
		pauses.Reset()
		f.add(e)
	}
	return nil
}

// begin says where the feed starts.
func (f *feed) begin(head domain.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.head = head
}

func (f *feed) add(e domain.SequencedEvent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
	f.bytes += len(e.Data)
	f.head = e.Position
	if len(f.events) >= 2*maxFeedEvents || f.bytes >= 2*maxFeedBytes {
		f.shrink()
	}
	close(f.news)
	f.news = make(chan struct{})
}

// shrink drops the oldest events, in memory of its own so that they are freed.
func (f *feed) shrink() {
	first := max(0, len(f.events)-maxFeedEvents)
	for f.bytes = 0; ; {
		f.bytes = 0
		for _, e := range f.events[first:] {
			f.bytes += len(e.Data)
		}
		if f.bytes <= maxFeedBytes || first == len(f.events) {
			break
		}
		first += (len(f.events) - first + 1) / 2
	}
	f.events = append(make([]domain.SequencedEvent, 0, 2*maxFeedEvents), f.events[first:]...)
}

// problem returns why the subscription failed, if it did.
func (f *feed) problem() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// after returns the events past a position, at most so many; they are shared. Ok is false when the feed
// does not hold them any more. News is closed when there is more than head.
func (f *feed) after(position domain.Position, most int) (events []domain.SequencedEvent, head domain.Position, news <-chan struct{}, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if position >= f.head {
		return nil, f.head, f.news, true
	}
	missing := int(f.head - position)
	if missing > len(f.events) {
		return nil, f.head, f.news, false
	}
	from := len(f.events) - missing
	upTo := min(len(f.events), from+most)
	return f.events[from:upTo:upTo], f.head, f.news, true
}
