package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Rival is a store in a contest.
type Rival interface {
	ports.Appender
	// ReadTag reads all events that have the tag, whole, and returns how many there
	// are.
	ReadTag(ctx context.Context, tag domain.Tag) (int, error)
	// Close frees what the store holds.
	Close() error
}

// Contender is a kind of store in a contest.
type Contender struct {
	Name string
	Open func(ctx context.Context, dir string) (Rival, error)
	// Load bounds how many events are loaded before the jobs begin, for a store that
	// would take hours for what the others have. Zero means as many as the others.
	Load int
}

// Standing is the result of one contender in one job.
type Standing struct {
	Result
	// ToFirst is the median of the ratios to the first contender in each round.
	ToFirst float64 `json:"toFirst"`
}

// AsRival lets a store take part in a contest.
func AsRival(s Store) Rival { return storeRival{s} }

type storeRival struct{ Store }

func (s storeRival) ReadTag(ctx context.Context, tag domain.Tag) (int, error) {
	return count(ctx, s, tagged(tag), ports.ReadOptions{})
}

// contestant is a contender at work.
type contestant struct {
	name   string
	store  Rival
	loaded int
	next   numbers
}

// Contest gives the same jobs to all contenders, each with a store of its own of
// c.Events events below c.Dir, in turns within each round and beside the bare
// disk. The baseline of a standing is the bare disk. Of c only Dir, Events, Rounds,
// Slice and Progress count. What was measured before an error is returned with it.
func Contest(ctx context.Context, c Config, contenders []Contender, report func(Standing)) (standings []Standing, err error) {
	c.Open = func(context.Context, string, int64) (Store, error) { return nil, errors.ErrUnsupported }
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(c.Dir, "opossum-bench-")
	if err != nil {
		return nil, fmt.Errorf("opossum: bench: make a directory to measure in: %w", err)
	}
	l := &lab{config: c, dir: dir, progress: c.Progress, began: time.Now()}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.describe(ctx); err != nil {
		return nil, err
	}
	raw, err := l.rawDisk()
	if err != nil {
		return nil, err
	}
	var all []*contestant
	for _, contender := range contenders {
		at, err := l.load(ctx, contender)
		if err != nil {
			return nil, fmt.Errorf("opossum: bench: load %s: %w", contender.Name, err)
		}
		all = append(all, at)
	}
	for i, job := range jobs(raw) {
		c.Progress.Begin(job.name, i+1, len(jobs(raw)))
		results, err := l.contest(ctx, job, all)
		if err != nil {
			return standings, fmt.Errorf("opossum: bench: %s: %w", job.name, err)
		}
		for _, s := range results {
			if len(standings) == 0 {
				s.Machine = &l.machine
			}
			standings = append(standings, s)
			report(s)
		}
	}
	return standings, nil
}

// load opens the contender's store and fills it.
func (l *lab) load(ctx context.Context, c Contender) (*contestant, error) {
	store, err := c.Open(ctx, filepath.Join(l.dir, c.Name))
	if err != nil {
		return nil, err
	}
	l.atEnd(store.Close)
	at := &contestant{name: c.Name, store: store, loaded: l.config.Events}
	if c.Load > 0 {
		at.loaded = min(at.loaded, c.Load)
	}
	l.progress.Preparing(fmt.Sprintf("%s with %s events", c.Name, figureText(float64(at.loaded))))
	for left := at.loaded; left > 0; left -= buildBatch {
		if _, err := store.Append(ctx, at.next.batch(min(left, buildBatch), at.loaded)); err != nil {
			return nil, err
		}
	}
	return at, nil
}

// job is what all contenders do.
type job struct {
	name string
	metric
	baseline probe
	probe    func(*contestant) probe
}

func jobs(raw *rawFile) []job {
	appends := func(clients int) func(*contestant) probe {
		return func(c *contestant) probe {
			return concurrent(clients, func(ctx context.Context, _ int) (int, error) {
				_, err := c.store.Append(ctx, c.next.batch(1, c.loaded))
				return 1, err
			})
		}
	}
	return []job{
		// First: what is appended later belongs to cases too, and whoever appends faster would have more to find.
		{name: "query/hits=100", metric: latency, baseline: raw.readsScattered(1, caseEvents, eventBytes), probe: (*contestant).hundredHits},
		{name: "append/clients=1", metric: latency, baseline: raw.writes(1), probe: appends(1)},
		{name: "append/clients=64", metric: rate, baseline: raw.groupCommits(64, 1, eventBytes), probe: appends(64)},
		{name: "conditional", metric: latency, baseline: raw.writes(1), probe: (*contestant).conditional},
	}
}

// conditional is the probe of one client that appends under the condition that
// nothing of a type and a tag came since its last append.
func (c *contestant) conditional() probe {
	var head domain.Position
	return func(ctx context.Context, slice time.Duration) (sample, error) {
		if head == 0 {
			at, err := c.store.Append(ctx, c.next.batch(1, c.loaded))
			if err != nil {
				return sample{}, err
			}
			head = at.Last
		}
		return serial(func(ctx context.Context) (int, error) {
			events := c.next.batch(1, c.loaded)
			query := domain.NewQuery(domain.OfTypes(events[0].Type).Tagged(events[0].Tags[0]))
			at, err := c.store.Append(ctx, events, domain.AppendCondition{FailIfEventsMatch: query, After: head})
			head = at.Last
			return 1, err
		})(ctx, slice)
	}
}

// hundredHits is the probe of one client that reads the events of one case after
// the other.
func (c *contestant) hundredHits() probe {
	turn := uint64(0)
	return serial(func(ctx context.Context) (int, error) {
		turn++
		hits, err := c.store.ReadTag(ctx, caseTag(turn%cases(c.loaded)))
		if want := min(caseEvents, c.loaded/caseEvents); err == nil && hits < want {
			err = fmt.Errorf("%s found %d events of a tag, want at least %d", c.name, hits, want)
		}
		return hits, err
	})
}

// contest runs the rounds of one job. The first, shorter one warms up.
func (l *lab) contest(ctx context.Context, j job, all []*contestant) ([]Standing, error) {
	probes := make([]probe, len(all))
	for i, c := range all {
		probes[i] = j.probe(c)
	}
	figures := make([][]float64, len(all))
	latencies := make([][]time.Duration, len(all))
	var baselines []float64
	for round := range l.config.Rounds + 1 {
		slice := l.config.Slice
		if round == 0 {
			slice /= 4
		}
		base, err := j.baseline(ctx, slice)
		if err != nil {
			return nil, err
		}
		samples := make([]sample, len(all))
		for turn := range all {
			i := (turn + round) % len(all)
			if samples[i], err = probes[i](ctx, slice); err != nil {
				return nil, fmt.Errorf("%s: %w", all[i].name, err)
			}
		}
		l.progress.Step(round, l.config.Rounds)
		if round == 0 {
			continue
		}
		baselines = append(baselines, j.of(base))
		for i, s := range samples {
			figures[i] = append(figures[i], j.of(s))
			latencies[i] = append(latencies[i], s.Latencies...)
		}
	}
	standings := make([]Standing, len(all))
	for i, c := range all {
		r := Result{
			Scenario: j.name + "/" + c.name, Unit: j.unit, Rounds: l.config.Rounds,
			Value: median(figures[i]), Baseline: median(baselines), Ratio: medianRatio(figures[i], baselines),
			Note: fmt.Sprintf("%s events loaded", figureText(float64(c.loaded))),
		}
		r = r.timed(latencies[i])
		standings[i] = Standing{Result: r, ToFirst: medianRatio(figures[i], figures[0])}
	}
	return standings, nil
}

// medianRatio is the median of the ratios of figures at the same place.
func medianRatio(above, below []float64) float64 {
	ratios := make([]float64, len(above))
	for i := range above {
		ratios[i] = above[i] / below[i]
	}
	return median(ratios)
}
