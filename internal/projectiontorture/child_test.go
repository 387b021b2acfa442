package projectiontorture_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/projection"
)

// childVariable makes the test binary a child.
const childVariable = "OPOSSUM_PROJECTION_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := playChild(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Where things are in the folder of a world.
func eventsDir(world string) string  { return filepath.Join(world, "store") }
func statesDir(world string) string  { return filepath.Join(world, "projections") }
func letterFile(world string) string { return filepath.Join(world, "letters.jsonl") }

// playChild runs projections until there are no more orders.
func playChild(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	orders := json.NewDecoder(in)
	var s setup
	if err := orders.Decode(&s); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	open := filesystem.Open
	if s.ReadOnly {
		open = filesystem.OpenReadOnly
	}
	events, err := open(ctx, eventsDir(s.Dir), filesystem.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, events.Close()) }()
	files, err := sqlite.Open(statesDir(s.Dir), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	letters, err := os.OpenFile(letterFile(s.Dir), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, letters.Close()) }()

	c := &child{setup: s, out: newTeller(out), letters: letters}
	c.hooked = &hooked{ProjectionStore: files, out: c.out, moment: s.Moment, thaw: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.running, err = c.newRunner(events); err != nil {
		return err
	}
	c.hooked.runner.Store(c.running)
	go func() {
		defer cancel()
		for {
			var o order
			if orders.Decode(&o) != nil {
				close(c.hooked.thaw) // who is frozen comes to an end, too
				return
			}
			c.obey(ctx, o)
		}
	}()
	return c.running.Run(ctx)
}

// child is a process that runs projections.
type child struct {
	setup
	out     *teller
	hooked  *hooked
	running *projection.Runner
	letters io.Writer
}

func (c *child) newRunner(events projection.EventStore) (*projection.Runner, error) {
	var all []projection.Projection
	for _, m := range models {
		if version, runs := c.Versions[m.name]; runs {
			all = append(all, m.at(version))
		}
	}
	if c.Outbox {
		all = append(all, outbox(planSend(c.Bug, c.post)))
	}
	return projection.NewRunner(events, plant(c.Bug, c.Dir, c.hooked), projection.Options{
		BatchSize: c.Batch, ParallelRebuilds: c.Parallel, Takeover: c.Takeover,
		Logger: slog.New(warnings{slog.NewTextHandler(c.out, nil)}),
	}, all...)
}

// letter is a line of the file that the outbox writes.
type letter struct {
	Key      string `json:"key"`
	Position uint64 `json:"position"`
}

// post writes a letter. The file is there for good when that has returned, unless
// the machine dies.
func (c *child) post(_ context.Context, d projection.Delivery) error {
	line, err := json.Marshal(letter{d.IdempotencyKey, uint64(d.Event.Position)})
	if err != nil {
		return err
	}
	_, err = c.letters.Write(append(line, '\n'))
	return err
}

func (c *child) obey(ctx context.Context, o order) {
	if o.Moment != nil {
		c.hooked.arm(o.Moment)
	}
	if o.Rebuild {
		go c.rebuildAlways(ctx, o.Calm)
	}
	if o.Thaw {
		c.hooked.thaw <- struct{}{}
	}
	if o.Status {
		var all []status
		for _, s := range c.running.Status() {
			all = append(all, status{s.Name, s.Condition, uint64(s.Position)})
		}
		c.out.tell(report{Statuses: all})
	}
}

// rebuildAlways rebuilds some projections or all, and looks now and then what
// would change and whether what was parked can be applied. With calm nothing would.
func (c *child) rebuildAlways(ctx context.Context, calm bool) {
	random := rand.New(rand.NewPCG(c.Seed, 0))
	for ctx.Err() == nil {
		names := slices.Sorted(maps.Keys(c.Versions))
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		names = names[:1+random.IntN(len(names))]
		var err error
		switch random.IntN(5) {
		case 0:
			var differences []projection.Difference
			differences, err = c.running.DryRun(ctx, names...)
			err = unlessNotBuilt(err)
			for _, d := range differences {
				if calm && (d.Added > 0 || d.Changed > 0 || d.Removed > 0) {
					c.out.tell(report{Trouble: fmt.Sprintf("a dry run found what differs: %+v", d)})
				}
			}
		case 1:
			_, err = c.running.RetryParked(ctx, "strict")
			if _, wrong := errors.AsType[*projection.EventError](err); wrong {
				err = nil
			}
			err = unlessNotBuilt(err)
		default:
			err = c.running.Rebuild(ctx, names...)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, projection.ErrElsewhere) {
			c.out.tell(report{Trouble: "rebuild: " + err.Error()})
		}
		if err != nil {
			timer := time.NewTimer(5 * time.Millisecond) // the other process is not asked without end
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		}
	}
}

// unlessNotBuilt drops what a dry run and a look at parked events are told while a
// version that was raised is not built yet. A rebuild is never told so.
func unlessNotBuilt(err error) error {
	if errors.Is(err, projection.ErrNotBuilt) {
		return nil
	}
	return err
}

// warnings lets through what a runner warns of. An event that cannot be applied is
// an error, and is no news.
type warnings struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (warnings) Enabled(_ context.Context, level slog.Level) bool { return level == slog.LevelWarn }

// WithAttrs implements [slog.Handler].
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}
