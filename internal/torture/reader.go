package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// longestReaderPause keeps readers from taking the machine away from writers.
const longestReaderPause = 4 * time.Millisecond

// read is the role of a process that reads and subscribes until it is told the
// head that it has to see.
func (a *actor) read(ctx context.Context) error {
	s, err := a.open(ctx, a.ReadOnly, nil)
	if err != nil {
		return err
	}
	a.out.tell(report{Ready: true})
	random := rand.New(rand.NewPCG(a.Seed, 0)) //nolint:gosec // G404: repeatable on purpose
	c := &client{store: s, out: a.out, name: a.Name, ahead: a.ReadOnly}
	head, err := c.head(ctx)
	if err != nil {
		return err
	}
	watches := a.watch(ctx, s, []sighting{
		{Query: sent(domain.All())},
		{Query: sent(domain.All()), After: domain.Position(random.Uint64N(uint64(head) + 10))},
		{Query: sent(drawQuery(random, a.Round, head)), After: domain.Position(random.Uint64N(uint64(head) + 10))},
	})
	for {
		pause := time.NewTimer(time.Duration(random.Int64N(int64(longestReaderPause))))
		select {
		case o := <-a.orders:
			return errors.Join(a.finish(ctx, c, watches, o.Head), s.Close())
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		_, head, err = c.read(ctx, drawQuery(random, a.Round, head), drawOptions(random, head))
		if err != nil {
			return err
		}
	}
}

// finish waits until every subscription has seen all that it has to.
func (a *actor) finish(ctx context.Context, c *client, watches []*watch, head domain.Position) error {
	seen, err := c.head(ctx)
	if err != nil {
		return err
	}
	if seen < head {
		return fmt.Errorf("the head is %d for this process, and another one has read %d events before", seen, head)
	}
	for _, w := range watches {
		last, _, err := c.read(ctx, w.query, ports.ReadOptions{After: w.after, Before: head + 1, Backwards: true, Limit: 1})
		if err != nil {
			return err
		}
		if len(last) == 0 {
			last = []domain.SequencedEvent{{Position: w.after}}
		}
		if err := w.complete(ctx, last[0].Position); err != nil {
			return err
		}
	}
	return nil
}
