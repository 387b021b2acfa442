package bench

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/opossum-go/opossum/ports"
)

// Store is what is measured.
type Store interface {
	ports.EventStore
	// Close frees what the store holds.
	Close() error
}

// OpenStore opens the store in the directory dir, and creates it when there is
// none. segmentSize is the size of its files in bytes, 0 for the usual one; a
// store that has no such files ignores it.
type OpenStore func(ctx context.Context, dir string, segmentSize int64) (Store, error)

// ErrConfig reports a [Config] that cannot be run. Nothing was measured.
var ErrConfig = errors.New("opossum: bench")

// Extent says how much is measured.
type Extent int

const (
	// Usual is everything but what takes hours or most of a disk.
	Usual Extent = iota
	// Quick ends within 40 s: fewer rounds, short slices, the main scenarios.
	Quick
	// Full adds stores of 10 and 100 million events and the published lengths of
	// other people's workloads.
	Full
)

// Config says what to measure and where.
type Config struct {
	// Dir is an existing directory on a local disk. Everything is made in one new
	// directory below it, which is removed at the end.
	Dir string
	// Open opens the store that is measured. Required.
	Open OpenStore
	// Worker is the command, with arguments, that runs [Work] in another process.
	// Without it the scenarios of several processes are left out.
	Worker []string
	// OpenProjections opens the projections in the directory dir, which is made when
	// it is not there, and InMemory returns an empty store and no projections, both in
	// memory. Without them the scenarios of projections are left out.
	OpenProjections func(dir string) (Projections, error)
	InMemory        func() (Store, Projections)
	// Extent says how much is measured.
	Extent Extent
	// Only picks the scenarios whose name matches one of these patterns, in the form
	// of path.Match; a pattern also picks everything below it, W1 picks
	// W1/clients=16. Empty means all of the extent.
	Only []string
	// Rounds is how many rounds a scenario runs. Zero means 9, or 3 for Quick.
	Rounds int
	// Slice is how long each probe works in a round. Zero means 300 ms, or 50 ms for
	// Quick.
	Slice time.Duration
	// Events is the size of the large store, in events. Zero means 1,000,000.
	Events int
	// SegmentSize is that of the store in the scenario roll, in bytes. Zero means
	// 64 MiB, or 8 MiB for Quick.
	SegmentSize int64
	// Version and Commit describe what is measured, for the first line.
	Version, Commit string
	// Progress is told how far the run is. Nil means nobody is.
	Progress Progress
	// Report is called with each result as soon as there is one. Nil means that only
	// the return value of [Run] counts.
	Report func(Result)
}

// Progress is told how far a run is. It is called by one goroutine.
type Progress interface {
	// Begin says that the scenario with the given number, from 1, of so many begins.
	Begin(scenario string, number, of int)
	// Step says that done of total steps of the scenario are over.
	Step(done, total int)
	// Preparing says what is being made before a scenario can begin.
	Preparing(what string)
	// LeftOut says which scenarios of a quick run there was no time for.
	LeftOut(scenarios []Scenario)
}

type noProgress struct{}

func (noProgress) Begin(string, int, int) {}
func (noProgress) Step(int, int)          {}
func (noProgress) Preparing(string)       {}
func (noProgress) LeftOut([]Scenario)     {}

const (
	usualRounds, quickRounds = 9, 3
	usualSlice, quickSlice   = 300 * time.Millisecond, 50 * time.Millisecond
	usualEvents              = 1_000_000
	usualSegment             = 64 << 20
	quickSegment             = 8 << 20
)

func (c Config) withDefaults() (Config, error) {
	if c.Open == nil || c.Dir == "" {
		return c, fmt.Errorf("%w: Config.Open and Config.Dir are required", ErrConfig)
	}
	if dir, err := filepath.Abs(c.Dir); err != nil || !utf8.ValidString(dir) {
		return c, errors.Join(fmt.Errorf("%w: the path %q is not UTF-8, and the processes that are measured cannot be told of it; choose another directory", ErrConfig, dir), err)
	}
	if c.Rounds < 0 || c.Slice < 0 || c.Events < 0 {
		return c, fmt.Errorf("%w: rounds, slice and events must not be negative; 0 means the default", ErrConfig)
	}
	for _, pattern := range c.Only {
		if _, err := path.Match(pattern, ""); err != nil {
			return c, fmt.Errorf("%w: %q is no pattern: * stands for any text without a slash, ? for one character, [ab] for one of them", ErrConfig, pattern)
		}
	}
	rounds, slice, segment := usualRounds, usualSlice, int64(usualSegment)
	if c.Extent == Quick {
		rounds, slice, segment = quickRounds, quickSlice, quickSegment
	}
	if c.Rounds == 0 {
		c.Rounds = rounds
	}
	if c.Slice == 0 {
		c.Slice = slice
	}
	if c.SegmentSize == 0 {
		c.SegmentSize = segment
	}
	if c.Events == 0 {
		c.Events = usualEvents
	}
	if c.Progress == nil {
		c.Progress = noProgress{}
	}
	if c.Report == nil {
		c.Report = func(Result) {}
	}
	return c, nil
}
