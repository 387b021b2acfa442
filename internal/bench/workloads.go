package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// workloadScenarios are the workloads by which other event stores are measured,
// W1 to W12, so that figures can be laid side by side. Where a workload was made
// for a server, a client here is a goroutine.
func workloadScenarios(c Config) []Scenario {
	return concat(
		initialScenarios(),
		volumeScenarios(c),
		tephraScenarios(),
		selectiveScenarios(c),
		manyTypesScenarios(),
		speedrunScenarios(),
		contentionScenarios(),
	)
}

// mostClients is how many clients W1 and W3 have at most.
const mostClients = 1024

// appending returns the probe of so many clients that append so many events at a time.
type appending func(s *large, clients, events int, conditions []domain.AppendCondition) probe

// initialScenarios are W1 to W6, which begin with the initial store.
func initialScenarios() []Scenario {
	var scenarios []Scenario
	add := func(name, about string, extents extents, run func(*lab, context.Context, *large) (Result, error)) {
		scenarios = append(scenarios, Scenario{
			Name: name, About: about, extents: extents,
			run: func(ctx context.Context, l *lab) (Result, error) {
				s, err := l.initialStore(ctx)
				if err != nil {
					return Result{}, err
				}
				return run(l, ctx, s)
			},
		})
	}
	each := func(name, about string, usual map[int]extents, conditional bool, appends appending) {
		for clients := 1; clients <= mostClients; clients *= 2 {
			listed, ok := usual[clients]
			if !ok {
				listed = onlyFull
			}
			add(fmt.Sprintf("%s/clients=%d", name, clients), fmt.Sprintf("%d clients %s; a bare group commit", clients, about), listed,
				func(l *lab, ctx context.Context, s *large) (Result, error) {
					return l.initialAppends(ctx, s, clients, 1, conditional, appends)
				})
		}
	}
	const conditional = "append one event each under a condition on a tag that every old event has"
	each("W1", conditional, map[int]extents{1: always, 64: always, 4: notQuick, 16: notQuick, 256: notQuick, 1024: notQuick}, true, (*large).appendsAfterInit)
	each("W1/lockstep", conditional+", and all wait for the slowest before each append", map[int]extents{64: notQuick}, true, (*large).appendsInStep)
	for _, events := range []int{10, 100, 1000} {
		add(fmt.Sprintf("W2/events=%d", events), fmt.Sprintf("W1 of one client with %d events in an append; %s", events, oneWrite), notQuick,
			func(l *lab, ctx context.Context, s *large) (Result, error) {
				return l.initialAppends(ctx, s, 1, events, true, (*large).appendsAfterInit)
			})
	}
	each("W3", "append one event each, which is W1 without the condition", map[int]extents{1: notQuick, 64: notQuick}, false, (*large).appendsAfterInit)
	add("W4", "all events of a tag that ten events have; ten reads of one line each", always, (*lab).readTen)
	add("W5", "the first 100,000 events in order; reading the same bytes and taking a checksum of each line", always, (*lab).readFirst)
	add("W6/appends", "one client appends beside four that read; the same alone", notQuick, (*lab).appendsBesideReads)
	add("W6/reads", "one client reads the ten events of a tag beside four that append; the same alone", notQuick, (*lab).readsBesideAppends)
	return scenarios
}

// appendedEvents are those that W1 to W3 append.
func (s *large) appendedEvents(n int) []domain.Event {
	events := make([]domain.Event, n)
	for i := range events {
		events[i] = domain.Event{Type: "bench-append", Tags: []domain.Tag{"append"}, Data: fmt.Appendf(nil, `"data-%d"`, s.next.take())}
	}
	return events
}

// appendsAfterInit is the probe of clients that append on their own.
func (s *large) appendsAfterInit(clients, events int, conditions []domain.AppendCondition) probe {
	return concurrent(clients, func(ctx context.Context, _ int) (int, error) {
		_, err := s.Append(ctx, s.appendedEvents(events), conditions...)
		return events, err
	})
}

// appendsInStep is the probe of clients of which none goes on before all have
// been answered.
func (s *large) appendsInStep(clients, events int, conditions []domain.AppendCondition) probe {
	once := s.appendsAfterInit(clients, events, conditions)
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		var all sample
		for all.Elapsed < slice {
			step, err := once(ctx, 0)
			if err != nil {
				return all, err
			}
			all.add(step)
		}
		return all, nil
	}
}

func (l *lab) initialAppends(ctx context.Context, s *large, clients, events int, conditional bool, appends appending) (Result, error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	var conditions []domain.AppendCondition
	what := "events of one type with one tag and some 14 bytes of data"
	if conditional {
		what += ", under a condition on another tag"
		head, err := s.Head(ctx)
		if err != nil {
			return Result{}, err
		}
		conditions = []domain.AppendCondition{{FailIfEventsMatch: tagged(initTag), After: head}}
	}
	c := comparison{metric: rate, store: appends(s, clients, events, conditions), baseline: raw.writesOf(events, events*lineBytes(16))}
	baseline := oneWrite
	if clients > 1 {
		baseline = fmt.Sprintf("bare group commit of %d clients", clients)
		c.baseline = raw.groupCommits(clients, events, events*lineBytes(16))
	}
	c.against = fmt.Sprintf("%s, to %s; baseline: %s", what, s.rate(), baseline)
	return l.compare(ctx, c)
}

// lineBytes is about how long the stored line of an event is that has data of so many
// bytes.
func lineBytes(data int) int { return eventBytes - dataBytes + data }

// readsTen is the probe of clients that each read all ten events of a tag.
func (s *large) readsTen(clients int) probe {
	turns := make([]uint64, clients)
	return concurrent(clients, func(ctx context.Context, client int) (int, error) {
		turns[client]++
		hits, err := count(ctx, s, tagged(tenTag(mix(turns[client]+uint64(client)<<32), s.planned)), ports.ReadOptions{})
		if err == nil && hits == 0 && s.events == s.planned {
			err = errors.New("no hits for a tag that ten events have: the store gives wrong answers")
		}
		return hits, err
	})
}

func (l *lab) readTen(ctx context.Context, s *large) (Result, error) {
	return l.compare(ctx, comparison{
		metric: latency, store: s.readsTen(1), baseline: s.raw.readsScattered(1, 10, lineBytes(16)),
		against: "of " + s.rate() + "; baseline: ten reads of one line each, with checksums",
	})
}

func (l *lab) readFirst(ctx context.Context, s *large) (Result, error) {
	return l.compare(ctx, comparison{
		metric: rateOfCore, baseline: s.raw.readsWhole(lineBytes(16)),
		store: serial(func(ctx context.Context) (int, error) {
			return count(ctx, s, domain.All(), ports.ReadOptions{Limit: scanPiece})
		}),
		against: "of " + s.rate() + "; baseline: reading a file and taking a checksum of each line",
	})
}

func (l *lab) appendsBesideReads(ctx context.Context, s *large) (Result, error) {
	alone := s.appendsAfterInit(1, 1, nil)
	return l.compare(ctx, comparison{
		metric: rate, baseline: alone, store: beside(alone, s.readsTen(4)), against: "baseline: the same without readers",
	})
}

func (l *lab) readsBesideAppends(ctx context.Context, s *large) (Result, error) {
	alone := s.readsTen(1)
	return l.compare(ctx, comparison{
		metric: rate, baseline: alone, store: beside(alone, s.appendsAfterInit(4, 1, nil)), against: "baseline: the same without writers",
	})
}

// beside is the first probe, measured while the other one works too.
func beside(measured, other probe) probe {
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		var wg sync.WaitGroup
		var otherErr error
		wg.Go(func() { _, otherErr = other(ctx, slice) })
		s, err := measured(ctx, slice)
		wg.Wait()
		return s, errors.Join(err, otherErr)
	}
}
