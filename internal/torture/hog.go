package torture

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockName is the file in a store's directory that stands for its append lock.
const lockName = ".lock"

// hog is the role of a process that takes the append lock and hangs.
func (a *actor) hog(ctx context.Context) error {
	lock := flock.New(filepath.Join(a.Dir, lockName))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("take the append lock: %w", err)
	}
	a.out.tell(report{Ready: true})
	select {
	case <-a.orders:
	case <-ctx.Done():
	}
	return lock.Close()
}
