package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/opossum-go/opossum/ports"
)

var _ ports.ProjectionStore = (*Projections)(nil)

// Projections keeps projections in memory, all their copies until the process ends.
// States are kept as the bytes that were given; nobody shares memory with the store.
// The zero Projections is empty and ready to use. It must not be copied after its
// first use. Safe for concurrent use.
//
// One lock guards everything, for as long as a commit needs to file its states, and
// a read to note which states it will yield. A read without a limit notes all that
// it selects when it begins: a pointer for each.
type Projections struct {
	mu       sync.Mutex                   // guards everything below
	projects map[string]*projection       // by name; only those that have a copy
	writers  map[string]*projectionWriter // those that are not released, by name
	waiting  map[string]chan struct{}     // closed and dropped when the projection changes, and by Close
	closed   bool
}

// projection has two copies, nil when there is no such copy.
type projection struct{ live, shadow *projectionCopy }

// NewProjections returns a store without projections.
func NewProjections() *Projections { return &Projections{} }

// Close ends the store: whoever waits in Await gets [ports.ErrClosed], and so does
// every later use. States that are being ranged over can still be ranged over. Close
// may be called several times and returns nil.
func (p *Projections) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for name := range p.waiting {
		p.wakeLocked(name)
	}
	return nil
}

// Projection tells how far a projection is; see [ports.ProjectionReader].
func (p *Projections) Projection(ctx context.Context, name string) (ports.ProjectionInfo, error) {
	unlock, err := p.use(ctx, name)
	if err != nil {
		return ports.ProjectionInfo{}, err
	}
	defer unlock()
	return p.infoLocked(name), nil
}

// Projections tells about every projection that has a copy, sorted by name.
func (p *Projections) Projections(ctx context.Context) ([]ports.ProjectionInfo, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usableLocked(ctx); err != nil {
		return nil, err
	}
	infos := make([]ports.ProjectionInfo, 0, len(p.projects))
	for _, name := range slices.Sorted(maps.Keys(p.projects)) {
		infos = append(infos, p.infoLocked(name))
	}
	return infos, nil
}

// Parked returns the events that the live copy has set aside, by position.
func (p *Projections) Parked(ctx context.Context, name string) ([]ports.ParkedEvent, error) {
	unlock, err := p.use(ctx, name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	live := p.copyLocked(name, ports.Live)
	if live == nil {
		return nil, nil
	}
	return slices.SortedFunc(maps.Values(live.parked), func(a, b ports.ParkedEvent) int { return cmp.Compare(a.Position, b.Position) }), nil
}

// use locks the store for a method about one projection, unless it cannot be used.
func (p *Projections) use(ctx context.Context, name string) (unlock func(), err error) {
	if err := ports.ValidateProjectionName(name); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if err := p.usableLocked(ctx); err != nil {
		p.mu.Unlock()
		return nil, err
	}
	return p.mu.Unlock, nil
}

func (p *Projections) usableLocked(ctx context.Context) error {
	if p.closed {
		return ports.ErrClosed
	}
	return ended(ctx)
}

// copyLocked returns nil when there is no such copy.
func (p *Projections) copyLocked(name string, which ports.Copy) *projectionCopy {
	switch found := p.projects[name]; {
	case found == nil:
		return nil
	case which == ports.Live:
		return found.live
	case which == ports.Shadow:
		return found.shadow
	}
	return nil
}

func (p *Projections) infoLocked(name string) ports.ProjectionInfo {
	return ports.ProjectionInfo{
		Name:   name,
		Live:   p.copyLocked(name, ports.Live).info(),
		Shadow: p.copyLocked(name, ports.Shadow).info(),
	}
}
