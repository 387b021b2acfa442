package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
)

const (
	tephraBytes = 256 // data of an event
	tephraTags  = 64  // of each writer
	// tephraSlice is the published length of the workload, kept in a full run.
	tephraSlice = 15 * time.Second
	tephraSeed  = 42
)

// tephraScenarios are W8: writers that decide about a type and a tag.
func tephraScenarios() []Scenario {
	var scenarios []Scenario
	for _, writers := range []int{1, 16, 64, 128} {
		for _, events := range []int{1, 64, 512} {
			listed := notQuick
			if writers <= 64 && writers != 16 && events == 1 {
				listed = always
			}
			scenarios = append(scenarios, Scenario{
				Name: fmt.Sprintf("W8/writers=%d/events=%d", writers, events), extents: listed,
				About: fmt.Sprintf("%d writers append %d events of 256 bytes of data under a condition on a type and a tag; a bare group commit of the same", writers, events),
				run:   func(ctx context.Context, l *lab) (Result, error) { return l.tephra(ctx, writers, events) },
			})
		}
	}
	return scenarios
}

func (l *lab) tephra(ctx context.Context, writers, events int) (r Result, err error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	s, err := l.newStore(ctx, "tephra", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	w := make([]tephraWriter, writers)
	for i := range w {
		w[i] = newTephraWriter(i)
	}
	probes := comparison{
		metric: rate, baseline: raw.groupCommits(writers, events, events*lineBytes(tephraBytes)),
		store:   concurrent(writers, func(ctx context.Context, client int) (int, error) { return w[client].append(ctx, s, events) }),
		against: fmt.Sprintf("baseline: bare group commit of %d writers", writers),
	}
	if l.config.Extent != Full {
		return l.compare(ctx, probes)
	}
	usual := l.config
	defer func() { l.config = usual }()
	l.config.Slice, l.config.Rounds = tephraSlice, 1
	return l.compare(ctx, probes)
}

// tephraWriter decides about tags of its own, so that no condition fails.
type tephraWriter struct {
	tags    []domain.Tag
	queries []domain.Query
	random  uint64
	seen    domain.Position // of its own last event
}

const tephraType = "Written"

func newTephraWriter(number int) tephraWriter {
	w := tephraWriter{random: mix(tephraSeed + uint64(number))}
	for i := range tephraTags {
		tag := domain.NewTag("subject", fmt.Sprintf("%d-%d", number, i))
		w.tags = append(w.tags, tag)
		w.queries = append(w.queries, domain.NewQuery(domain.OfTypes(tephraType).Tagged(tag)))
	}
	return w
}

func (w *tephraWriter) append(ctx context.Context, s Store, n int) (int, error) {
	w.random = mix(w.random)
	choice := w.random % tephraTags
	events := make([]domain.Event, n)
	for i := range events {
		events[i] = domain.Event{Type: tephraType, Tags: w.tags[choice : choice+1], Data: data(w.random+uint64(i), tephraBytes)}
	}
	at, err := s.Append(ctx, events, domain.AppendCondition{FailIfEventsMatch: w.queries[choice], After: w.seen})
	w.seen = at.Last
	return n, err
}
