package projection

import (
	"context"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// awaited waits for a position. When the context ends first, the error says what has
// come about until then.
func awaited(ctx context.Context, states ports.ProjectionReader, name, signature string, position domain.Position) error {
	err := states.Await(ctx, name, signature, position)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("projection %q: wait for position %d: %w", name, position, err)
	if ctx.Err() == nil {
		return err
	}
	if info, failed := states.Projection(context.WithoutCancel(ctx), name); failed == nil {
		err = fmt.Errorf("%w: %s", err, progressOf(info, signature))
	}
	return err
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
