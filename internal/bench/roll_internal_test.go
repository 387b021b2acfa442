package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
)

// pausing is a store that keeps nothing, and pauses whenever it begins a segment.
type pausing struct {
	Store
	dir         string
	segmentSize int
	pause       time.Duration

	segments, filled int
}

func (p *pausing) Append(ctx context.Context, events []domain.Event, _ ...domain.AppendCondition) (domain.Positions, error) {
	if p.segments == 0 || p.filled >= p.segmentSize {
		if p.segments > 0 {
			select {
			case <-time.After(p.pause):
			case <-ctx.Done():
				return domain.Positions{}, ctx.Err()
			}
		}
		if err := os.WriteFile(filepath.Join(p.dir, "events", fmt.Sprintf("%020d.jsonl", p.segments)), nil, 0o600); err != nil {
			return domain.Positions{}, err
		}
		p.segments, p.filled = p.segments+1, 0
	}
	p.filled += len(events) * eventBytes
	return domain.Positions{}, nil
}

func (p *pausing) Close() error { return nil }

func TestAPauseWhenASegmentBeginsShowsInTheRoll(t *testing.T) {
	const pause = 300 * time.Millisecond
	results, err := Run(t.Context(), Config{
		Dir: t.TempDir(), Only: []string{"roll"}, Rounds: 2, Slice: time.Millisecond,
		Open: func(_ context.Context, dir string, segmentSize int64) (Store, error) {
			return &pausing{dir: dir, segmentSize: int(segmentSize), pause: pause}, os.MkdirAll(filepath.Join(dir, "events"), 0o700)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := results[0]
	if least := micros(pause); r.Value < least || r.P999 < least {
		t.Errorf("got %+v, want a value and a 99.9th percentile of at least the %v of each roll", r, pause)
	}
}
