package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/drive"
	"github.com/opossum-go/opossum/ports"
)

var _ ports.ProjectionStore = (*Projections)(nil)

const (
	fileSuffix = ".sqlite"
	lockSuffix = ".lock"
)

// Projections keeps projections in the SQLite files of a directory. Safe for
// concurrent use.
type Projections struct {
	dir     string
	options Options
	done    chan struct{} // closed by Close

	mu      sync.Mutex // guards what follows; taken after the mutex of a writer
	closed  bool
	readers map[string]*reader       // by name of the projection
	writers map[string]*writer       // those that are not released, by name
	waiting map[string]chan struct{} // closed and dropped when this handle changes the projection
}

// Open returns the projections in a directory, which is made when it is not there.
// Any number of handles and processes may have it open. A directory on a network
// drive is refused with [ErrUnsafeDrive].
func Open(dir string, options Options) (*Projections, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, &domain.ValidationError{Field: "dir", Value: `""`, Rule: `name the directory of the projections; for the current one say "."`}
	}
	dir, err = filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("opossum: open projections: %w", err)
	}
	kind, err := drive.Remote(dir)
	if err != nil {
		return nil, fmt.Errorf("opossum: open projections: %w", err)
	}
	if kind != "" {
		return nil, fmt.Errorf("%w: %s is on a network file system (%s), where processes cannot share memory; keep projections on a local disk of each machine, they are made from the events", ErrUnsafeDrive, dir, kind)
	}
	return &Projections{
		dir: dir, options: options, done: make(chan struct{}),
		readers: map[string]*reader{}, writers: map[string]*writer{}, waiting: map[string]chan struct{}{},
	}, nil
}

// Close ends the store. It waits for a commit under way, releases the writers and
// wakes whoever waits in Await; they, loops over states and every later use get
// [ports.ErrClosed]. A second Close does nothing.
func (p *Projections) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.done)
	writers, readers := p.writers, p.readers
	p.writers, p.readers = map[string]*writer{}, map[string]*reader{}
	p.mu.Unlock()
	var errs []error
	for _, w := range writers {
		errs = append(errs, w.Release())
	}
	for _, r := range readers {
		errs = append(errs, r.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("opossum: close the projections in %s: %w", p.dir, err)
	}
	return nil
}

// Projection tells how far a projection is; see [ports.ProjectionReader].
func (p *Projections) Projection(ctx context.Context, name string) (ports.ProjectionInfo, error) {
	r, err := p.reader(ctx, name)
	if r == nil || err != nil {
		return ports.ProjectionInfo{Name: name}, err
	}
	info, err := r.info(ctx)
	return info, p.explain(ctx, r.path, err)
}

// Projections tells about every projection that has a copy, sorted by name. One
// that cannot be read is in the error; the others are returned beside it.
func (p *Projections) Projections(ctx context.Context) ([]ports.ProjectionInfo, error) {
	if err := p.usable(ctx); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return nil, fmt.Errorf("opossum: list the projections: %w", err)
	}
	var infos []ports.ProjectionInfo
	var errs []error
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), fileSuffix)
		if !ok || ports.ValidateProjectionName(name) != nil {
			continue
		}
		info, err := p.Projection(ctx, name)
		if err != nil {
			errs = append(errs, err)
		} else if info.Live != nil || info.Shadow != nil {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b ports.ProjectionInfo) int { return strings.Compare(a.Name, b.Name) })
	return infos, errors.Join(errs...)
}

// path is where the projection is kept.
func (p *Projections) path(name string) string { return filepath.Join(p.dir, name+fileSuffix) }

// usable says why the store cannot be used.
func (p *Projections) usable(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.usableLocked(ctx)
}

func (p *Projections) usableLocked(ctx context.Context) error {
	if p.closed {
		return ports.ErrClosed
	}
	return ended(ctx)
}

// ended says why a context is over.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opossum: projections: %w", err)
	}
	return nil
}
