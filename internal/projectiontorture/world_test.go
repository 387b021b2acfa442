package projectiontorture_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// world is a store, what projections have made of it, and what the parent knows
// about both.
type world struct {
	dir    string
	random *rand.Rand
	events *filesystem.Store
	// log is what the store holds, as far as it was read.
	log []domain.SequencedEvent
	// versions are those of the models that run now, posts says that the outbox does.
	versions map[string]int
	posts    bool
	// deaths is how many processes were killed, repeated how many deliveries were.
	deaths, repeated int
}

// newWorld makes a world without events, in which everything runs.
func newWorld(ctx context.Context, dir string, random *rand.Rand) (*world, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	events, err := filesystem.Open(ctx, eventsDir(dir), filesystem.Options{})
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, random: random, events: events, versions: make(map[string]int), posts: true}
	for _, m := range models {
		w.versions[m.name] = 1
	}
	return w, nil
}

func (w *world) close() error { return w.events.Close() }

// append appends so many random events. Random is the caller's.
func (w *world) append(ctx context.Context, random *rand.Rand, n int) error {
	events := make([]domain.Event, n)
	for i := range events {
		var err error
		if events[i], err = draw(random); err != nil {
			return err
		}
	}
	_, err := w.events.Append(ctx, events)
	return err
}

// read reads what was appended since the last time.
func (w *world) read(ctx context.Context) error {
	result, err := w.events.Read(ctx, domain.All(), ports.ReadOptions{After: domain.Position(len(w.log))})
	if err != nil {
		return err
	}
	for e, err := range result.Events {
		if err != nil {
			return err
		}
		w.log = append(w.log, e)
	}
	return nil
}

func (w *world) upTo(position domain.Position) []domain.SequencedEvent { return w.log[:position] }

// look opens the projections anew, judges them and closes them. With whole all of
// them have to be at the head, quiet says that nobody runs them.
func (w *world) look(ctx context.Context, whole, quiet bool) (err error) {
	states, err := sqlite.Open(statesDir(w.dir), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, states.Close()) }()
	if err := w.read(ctx); err != nil {
		return err
	}
	if whole {
		for _, name := range w.names() {
			info, err := states.Projection(ctx, name)
			if err != nil {
				return err
			}
			if !w.settled(info) {
				return &finding{ruleHead, fmt.Sprintf("projection %s: live %+v, shadow %+v, the log ends at %d", name, info.Live, info.Shadow, len(w.log))}
			}
		}
	}
	return w.judge(ctx, states, quiet)
}

// names are those of everything that runs.
func (w *world) names() []string {
	names := slices.Sorted(maps.Keys(w.versions))
	if w.posts {
		names = append(names, mail)
	}
	return names
}

// settled reports whether a projection is that of the definition which runs now, at
// the head of the log, with nothing left to build.
func (w *world) settled(info ports.ProjectionInfo) bool {
	return info.Live != nil && info.Live.Checkpoint == domain.Position(len(w.log)) && w.current(info.Name, info.Live) &&
		(info.Shadow == nil || !w.current(info.Name, info.Shadow))
}

// built reports whether there is nothing to build, now that nobody runs.
func (w *world) built(ctx context.Context) (built bool, err error) {
	states, err := sqlite.Open(statesDir(w.dir), sqlite.Options{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, states.Close()) }()
	for _, name := range w.names() {
		info, err := states.Projection(ctx, name)
		if err != nil || info.Live == nil || !w.current(name, info.Live) || (info.Shadow != nil && w.current(name, info.Shadow)) {
			return false, err
		}
	}
	return true, nil
}

func (w *world) current(name string, info *ports.CopyInfo) bool {
	return name == mail && info.Signature == "outbox" || strings.HasPrefix(info.Signature, fmt.Sprintf("v%d ", w.versions[name]))
}

// settle waits until one of the processes has run everything to the head. When the
// moment of one of them comes before, it returns that process.
func (w *world) settle(ctx context.Context, running ...*process) (due *process, err error) {
	if err := w.read(ctx); err != nil {
		return nil, err
	}
	states, err := sqlite.Open(statesDir(w.dir), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, states.Close()) }()
	until, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, p := range running {
		defer context.AfterFunc(p.quiet, cancel)()
	}
	for _, name := range w.names() {
		err := w.settleOne(until, states, name, running)
		if until.Err() == nil && err == nil {
			continue
		}
		for _, p := range running {
			if p.isDue() {
				return p, nil
			}
			select {
			case <-p.gone:
				return nil, p.obituary()
			default:
			}
			if found := p.complaint(); found != nil {
				return nil, found
			}
		}
		info, _ := states.Projection(ctx, name)
		return nil, &finding{ruleHead, fmt.Sprintf("projection %s (%v): live %+v, shadow %+v, the log ends at %d", name, err, info.Live, info.Shadow, len(w.log))}
	}
	return nil, nil
}

func (w *world) settleOne(ctx context.Context, states ports.ProjectionReader, name string, running []*process) error {
	for {
		news := newsOf(running)
		if err := states.Await(ctx, name, "", domain.Position(len(w.log))); err != nil {
			return err
		}
		info, err := states.Projection(ctx, name)
		if err != nil || w.settled(info) {
			return err
		}
		// It is the old copy that is there: a build goes on.
		select {
		case <-news[0]:
		case <-news[1]:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// newsOf returns what is closed when one of at most two processes tells something.
func newsOf(running []*process) (news [2]<-chan struct{}) {
	for i, p := range running {
		p.mu.Lock()
		news[i] = p.news
		p.mu.Unlock()
	}
	return news
}
