package torture

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	auditReads = 150
	logPart    = 500 // events in one report
)

// audit is the role of a process that looks at the store after a round. Nobody
// else writes.
func (a *actor) audit(ctx context.Context) error {
	a.Bug = "" // the judge is honest
	if err := a.look(ctx); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // without a store everybody was killed before there was one
	}
	s, err := a.open(ctx, false, nil)
	if err != nil {
		return err
	}
	c := &client{store: s, out: a.out, name: a.Name, calls: &counter{}}
	// A store goes on after whatever it was that happened.
	if _, err := c.append(ctx, []domain.Event{fact{}.event(audited, roundTag(a.Round))}); err != nil {
		return err
	}
	head, err := a.tellLog(ctx, s)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(a.Seed, 0)) //nolint:gosec // G404: repeatable on purpose
	for range auditReads {
		if _, _, err := c.read(ctx, drawQuery(random, a.Round, head), drawOptions(random, head)); err != nil {
			return err
		}
	}
	c.tellTorn()
	if err := s.Close(); err != nil {
		return err
	}
	return a.verify(ctx, head)
}

// look reads everything as the round left it, before recovery.
func (a *actor) look(ctx context.Context) error {
	if _, err := filesystem.Verify(ctx, a.Dir); err != nil {
		return fmt.Errorf("verify, before recovery: %w", err)
	}
	s, err := a.open(ctx, true, nil)
	if err != nil {
		return err
	}
	c := &client{store: s, out: a.out, name: a.Name + ", before recovery", ahead: true}
	if _, _, err := c.read(ctx, domain.All(), ports.ReadOptions{}); err != nil {
		return err
	}
	return s.Close()
}

// tellLog tells the parent what the store holds.
func (a *actor) tellLog(ctx context.Context, s store) (domain.Position, error) {
	result, err := s.Read(ctx, domain.All(), ports.ReadOptions{})
	if err != nil {
		return 0, fmt.Errorf("read everything: %w", err)
	}
	var part []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			return 0, fmt.Errorf("read everything: %w", err)
		}
		if part = append(part, e); len(part) == logPart {
			a.out.tell(report{Log: part})
			part = nil
		}
	}
	a.out.tell(report{Log: part})
	return result.Head, nil
}

// verify checks the files of the store after recovery.
func (a *actor) verify(ctx context.Context, head domain.Position) error {
	r, err := filesystem.Verify(ctx, a.Dir)
	switch {
	case err != nil:
		return fmt.Errorf("verify: %w", err)
	case r.Events != head:
		return fmt.Errorf("verify counts %d events, and %d can be read", r.Events, head)
	case len(r.Unfinished) > 0:
		return fmt.Errorf("recovery left an unfinished append behind: %+v", r.Unfinished[0])
	}
	return nil
}
