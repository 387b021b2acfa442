package bench

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// scanPiece is how many events of a full scan are read with one call.
const scanPiece = 100_000

// queryScenarios read from the large store.
func queryScenarios() []Scenario {
	query := func(name, about string, hits int, query func(i uint64, of int) domain.Query) Scenario {
		return Scenario{
			Name: "query/" + name, About: about + "; as many reads of one line each, spread over a file of that size, with checksums",
			run: func(ctx context.Context, l *lab) (Result, error) { return l.query(ctx, hits, query) },
		}
	}
	return []Scenario{
		query("hits=100", "all events of a tag that 100 scattered events have", caseEvents, func(i uint64, of int) domain.Query {
			return tagged(caseTag(i % cases(of)))
		}),
		query("type", "all events of one of 20 types", 0, func(i uint64, _ int) domain.Query {
			return domain.NewQuery(domain.OfTypes(typeName(i)))
		}),
		query("hot-tag", "all events of a tag that every thousandth event has", 0, func(i uint64, _ int) domain.Query {
			return tagged(hotTag(mix(i)))
		}),
		query("type+hot-tag", "all events of one of 20 types that have such a tag", 0, func(i uint64, _ int) domain.Query {
			return domain.NewQuery(domain.OfTypes(typeName(i)).Tagged(hotTag(mix(i))))
		}),
		{
			Name: "scan", About: "all events in order, by one client; reading the same bytes and taking a checksum of each line",
			run: func(ctx context.Context, l *lab) (Result, error) { return l.scan(ctx) },
		},
	}
}

func tagged(tags ...domain.Tag) domain.Query { return domain.NewQuery(domain.Tagged(tags...)) }

// query measures queries that differ from call to call. The baseline reads as many
// lines as the first of them has hits.
func (l *lab) query(ctx context.Context, hits int, query func(i uint64, of int) domain.Query) (Result, error) {
	s, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	found, err := count(ctx, s, query(0, l.config.Events), ports.ReadOptions{Before: domain.Position(s.events) + 1})
	if err != nil {
		return Result{}, err
	}
	if hits == 0 || s.events < max(s.planned, 100*caseEvents) {
		hits = found // nobody promised how many
	}
	if found != hits {
		return Result{}, fmt.Errorf("%s has %d hits, want %d: the store gives wrong answers", query(0, l.config.Events), found, hits)
	}
	queries := make([]domain.Query, 64)
	for i := range queries {
		queries[i] = query(uint64(i), l.config.Events)
	}
	turn := 0
	r, err := l.compare(ctx, comparison{
		metric: latency, baseline: s.raw.readsScattered(1, max(found, 1), eventBytes),
		store: serial(func(ctx context.Context) (int, error) {
			turn++
			return count(ctx, s, queries[turn%len(queries)], ports.ReadOptions{})
		}),
		against: fmt.Sprintf("%d hits of %s; baseline: %d reads of %d bytes, with checksums", found, s.rate(), found, eventBytes),
	})
	return s.judged(r), err
}

func (l *lab) scan(ctx context.Context) (Result, error) {
	s, err := l.largeStore(ctx)
	if err != nil {
		return Result{}, err
	}
	var after domain.Position
	r, err := l.compare(ctx, comparison{
		metric: rateOfCore, baseline: s.raw.readsWhole(eventBytes), store: s.scans(&after),
		against: "of " + s.rate() + "; baseline: reading a file and taking a checksum of each line",
	})
	return s.judged(r), err
}

// scans is the probe of one client that reads on and on, from after.
func (s *large) scans(after *domain.Position) probe {
	return serial(func(ctx context.Context) (int, error) {
		read, err := count(ctx, s, domain.All(), ports.ReadOptions{After: *after, Limit: scanPiece})
		*after += domain.Position(read)
		if read < scanPiece {
			*after = 0
		}
		return read, err
	})
}

// judged keeps bars for a store of a million events from a smaller one.
func (s *large) judged(r Result) Result {
	if s.events < usualEvents {
		r.unjudged = tooFew
	}
	return r
}
