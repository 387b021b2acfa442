package projection_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

// unanswering is a store that does not answer when it is asked, whether contexts end or not.
type unanswering struct {
	ports.ProjectionReader
	awaits, tells bool          // what it does answer
	never         chan struct{} // closed by the test when it is over
}

func (u unanswering) Projection(ctx context.Context, name string) (ports.ProjectionInfo, error) {
	if !u.tells {
		<-u.never
	}
	return u.ProjectionReader.Projection(ctx, name)
}

func (u unanswering) Await(ctx context.Context, name, signature string, position domain.Position) error {
	if !u.awaits {
		<-u.never
	}
	return u.ProjectionReader.Await(ctx, name, signature, position)
}

func TestWaitEndsWithItsContextThoughTheStoreDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]unanswering{
		"to Await":      {tells: true},
		"to Projection": {awaits: true},
		"at all":        {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept.ProjectionReader, kept.never = memory.NewProjections(), make(chan struct{})
				defer close(kept.never)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begun := time.Now() // the clock of the bubble
				err := weighed(1, 1, nil).View(kept).Wait(ctx, 1)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the context's error", err)
				}
				if took := time.Since(begun); took > time.Minute+time.Second {
					t.Errorf("it took %v, want the minute of the context and a moment", took)
				}
			})
		})
	}
}

// hesitant is a store that notices a moment late that a context has ended.
type hesitant struct{ ports.ProjectionReader }

func (h hesitant) Await(ctx context.Context, name, signature string, position domain.Position) error {
	err := h.ProjectionReader.Await(ctx, name, signature, position)
	<-time.After(50 * time.Millisecond) // by the clock of the bubble
	return err
}

func TestAnAnswerThatComesAMomentAfterTheContextIsOverIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, kept := memory.New(memory.Options{}), memory.NewProjections()
		record(t, store, Subscribed{"a", "s"})
		start(t, store, kept, projection.Options{}, weighed(1, 1, nil))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := weighed(1, 1, nil).View(hesitant{kept}).Wait(ctx, 2); !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), "it is at 1") {
			t.Errorf("got %v, want that the time is over, and that it is at 1", err)
		}
	})
}
