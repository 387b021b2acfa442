package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// lab holds what the scenarios of one run share. One goroutine uses it.
type lab struct {
	config   Config
	dir      string
	progress Progress
	began    time.Time
	until    time.Time // when the scenario that runs has had its share; zero without a limit
	machine  Machine

	raw     *rawFile
	fresh   *placed // store of the append scenarios
	big     *large  // usual events
	workers uint64  // that were started
	named   int     // directories handed out

	initial *large // what other people's workloads begin with
	growing *large // of ever more events
	counted *large // what projections are made of
	ended   []func() error
}

// placed is a store and where it is.
type placed struct {
	Store
	dir string
	// next is the number of the next event to make for it.
	next *numbers
	// supply has events that need not be made any more.
	supply func() *supply
}

func newPlaced(s Store, dir string, first uint64) *placed {
	next := &numbers{}
	next.next.Store(first)
	return &placed{Store: s, dir: dir, next: next, supply: supplied(next)}
}

// Run measures the scenarios that c picks and returns their results in order.
// What was measured before an error, or before ctx ended, is returned with it.
// Everything that was made below c.Dir is gone when it returns.
func Run(ctx context.Context, c Config) (results []Result, err error) {
	c, err = c.withDefaults()
	if err != nil {
		return nil, err
	}
	chosen := Scenarios(c)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: no scenario matches %q", ErrConfig, strings.Join(c.Only, ","))
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
	for i, s := range chosen {
		if !l.hasTime(len(chosen) - i) {
			c.Progress.LeftOut(chosen[i:])
			break
		}
		c.Progress.Begin(s.Name, i+1, len(chosen))
		r, err := s.run(ctx, l)
		if ended := ctx.Err(); ended != nil {
			return results, fmt.Errorf("opossum: bench: %s: %w", s.Name, ended) // whatever else that has led to
		}
		if err != nil {
			return results, fmt.Errorf("opossum: bench: %s: %w", s.Name, err)
		}
		r.Scenario = s.Name
		r.Bar, r.Met = verdict(r)
		if len(results) == 0 {
			r.Machine = &l.machine
		}
		results = append(results, r)
		c.Report(r)
	}
	return results, nil
}

// rawDisk returns the raw file that most baselines write to.
func (l *lab) rawDisk() (*rawFile, error) {
	if l.raw == nil {
		l.progress.Preparing("a filled file for the raw baseline")
		raw, err := newRawFile(l.dir, "raw", rawFileBytes)
		if err != nil {
			return nil, err
		}
		l.raw = raw
		l.atEnd(raw.close)
	}
	return l.raw, nil
}

// newDir names a directory that nobody has made yet.
func (l *lab) newDir(name string) string {
	l.named++
	return filepath.Join(l.dir, fmt.Sprintf("%s-%d", name, l.named))
}

// newStore opens a new, empty store.
func (l *lab) newStore(ctx context.Context, name string, segmentSize int64) (*placed, error) {
	dir := l.newDir(name)
	s, err := l.config.Open(ctx, dir, segmentSize)
	if err != nil {
		return nil, err
	}
	return newPlaced(s, dir, 0), nil
}

// remove closes the store and deletes its directory.
func (p *placed) remove() error { return errors.Join(p.Close(), os.RemoveAll(p.dir)) }

// freshStore returns the store that is appended to and nothing else.
func (l *lab) freshStore(ctx context.Context) (*placed, error) {
	if l.fresh == nil {
		s, err := l.newStore(ctx, "fresh", 0)
		if err != nil {
			return nil, err
		}
		l.fresh = s
		l.atEnd(s.Close)
	}
	return l.fresh, nil
}

func (l *lab) atEnd(do func() error) { l.ended = append(l.ended, do) }

// close frees everything, last made first, and removes the directory.
func (l *lab) close() error {
	var err error
	for _, end := range slices.Backward(l.ended) {
		err = errors.Join(err, end())
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}
