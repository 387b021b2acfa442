package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// lastWord is how long a store may take to answer when the context is over. One that is
// locked by another program may take much longer.
const lastWord = 100 * time.Millisecond

// awaited waits for a position. When the context ends first, the error says what has
// come about until then, unless the store is too slow to tell.
func awaited(ctx context.Context, states ports.ProjectionReader, name, signature string, position domain.Position) error {
	soon, cancel := outlasting(ctx)
	defer cancel()
	_, err := promptly(soon, func() (struct{}, error) {
		return struct{}{}, states.Await(ctx, name, signature, position)
	})
	if err == nil {
		return nil
	}
	err = fmt.Errorf("projection %q: wait for position %d: %w", name, position, err)
	if ctx.Err() == nil || soon.Err() != nil {
		return err
	}
	info, failed := promptly(soon, func() (ports.ProjectionInfo, error) { return states.Projection(soon, name) })
	if failed == nil {
		err = fmt.Errorf("%w: %s", err, progressOf(info, signature))
	}
	return err
}

// outlasting returns a context that ends, with the same error, lastWord after another
// one has.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	soon, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if pause(soon, lastWord) == nil {
			cancel(ctx.Err())
		}
	})
	return soon, func() {
		stop()
		cancel(nil)
	}
}

// promptly returns what ask returns, or why ctx ended when it does not return before
// that. Then it is left alone, on a goroutine of its own.
func promptly[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		value, err := ask()
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// progressOf says how far a projection is to somebody who waits for a signature.
func progressOf(info ports.ProjectionInfo, signature string) string {
	said := "it was never built"
	if info.Live != nil {
		said = fmt.Sprintf("it is at %d", info.Live.Checkpoint)
		if info.Live.Signature != signature {
			said += fmt.Sprintf(", but of another definition (%s)", info.Live.Signature)
		}
	}
	if info.Shadow != nil {
		said += fmt.Sprintf("; the copy that is to replace it (%s) is at %d", info.Shadow.Signature, info.Shadow.Checkpoint)
	}
	return said
}

// because adds a reason to an error, if there is one.
func because(err, why error) error {
	if err == nil || why == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}
