package torture

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"
)

// Config says what to run. Only Dir and Child are required.
type Config struct {
	// Dir is an existing directory. The run makes a folder of its own in it, which
	// stays only when something was found.
	Dir string
	// Child is the command line, program first, of a process that calls [RunChild]
	// with its standard input and output.
	Child []string
	// For is the time after which no further round begins. Zero means 60 s, unless
	// Rounds is given.
	For time.Duration
	// Rounds is the number of rounds. Zero means as many as For allows.
	Rounds int
	// RoundLength is how long processes race in one round. Zero means 3 s.
	RoundLength time.Duration
	// StoreEvents is how many events a store holds at least before a round begins a new
	// one: a judge takes time for each event and each round, so small stores allow more
	// rounds. Zero means 40,000.
	StoreEvents int
	// Writers and Readers are numbers of processes, Goroutines of goroutines in each
	// writer. Zero means 4, 2 and 8.
	Writers, Readers, Goroutines int
	// Patience is how long a process may take to come to an end when it is told to,
	// which takes milliseconds on a machine that is idle. Zero means 90 s.
	Patience time.Duration
	// Seed decides all that is random. Zero draws one.
	Seed uint64
	// Bug plants one of [Bugs] in the stores of writers and readers, to see whether
	// it is found. For tests. Empty means none.
	Bug string
	// Repeat returns the command that runs the same again, for people. Nil means that
	// nobody knows it.
	Repeat func(seed uint64, rounds int) string
	// Progress is told of each round when it is over. Nil means nobody listens.
	Progress func(Round)
}

const (
	usualDuration    = time.Minute
	usualRoundLength = 3 * time.Second
	usualPatience    = 90 * time.Second
	usualWriters     = 4
	usualReaders     = 2
	usualGoroutines  = 8
	usualStoreEvents = 40_000
)

// Validate says what is wrong with the numbers.
func (c Config) Validate() error {
	for _, n := range []struct {
		what        string
		value, most int
	}{
		{"rounds", c.Rounds, 1 << 30},
		{"writers", c.Writers, 64},
		{"readers", c.Readers, 64},
		{"goroutines", c.Goroutines, 1024},
		{"events of a store", c.StoreEvents, 1 << 30},
	} {
		if n.value < 0 || n.value > n.most {
			return fmt.Errorf("%d %s asked for, want 1 to %d", n.value, n.what, n.most)
		}
	}
	if c.For < 0 || c.RoundLength < 0 || c.Patience < 0 {
		return fmt.Errorf("a run of %v in rounds of %v with a patience of %v asked for, want none negative", c.For, c.RoundLength, c.Patience)
	}
	if c.Bug != "" && !slices.Contains(Bugs(), c.Bug) {
		return fmt.Errorf("no bug is called %q, there are %s", c.Bug, strings.Join(Bugs(), ", "))
	}
	return nil
}

// withDefaults returns a checked copy with the zero fields filled in.
func (c Config) withDefaults() (Config, error) {
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("torture: %w", err)
	}
	if len(c.Child) == 0 {
		return c, errors.New("torture: Config.Child is empty, want the command line of a child")
	}
	if c.For == 0 && c.Rounds == 0 {
		c.For = usualDuration
	}
	c.RoundLength = cmp.Or(c.RoundLength, usualRoundLength)
	c.Patience = cmp.Or(c.Patience, usualPatience)
	c.Writers = cmp.Or(c.Writers, usualWriters)
	c.Readers = cmp.Or(c.Readers, usualReaders)
	c.Goroutines = cmp.Or(c.Goroutines, usualGoroutines)
	c.StoreEvents = cmp.Or(c.StoreEvents, usualStoreEvents)
	for c.Seed == 0 {
		c.Seed = rand.Uint64() >> 32 //nolint:gosec // G404: no secret; short enough to be typed
	}
	info, err := os.Stat(c.Dir)
	if err != nil {
		return c, fmt.Errorf("torture: the directory to run in: %w", err)
	}
	if !info.IsDir() {
		return c, fmt.Errorf("torture: %s is no directory to run in", c.Dir)
	}
	return c, nil
}
