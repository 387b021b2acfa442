package portstest_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func projectionAwaitMutants() []projectionMutant {
	return []projectionMutant{
		{
			name: "Await does not wait",
			bend: bendAwait(func(*projectionHandle, awaitFunc, context.Context, string, string, domain.Position) error { return nil }),
			breaks: saying{
				"Await returns at once when the live copy is there or past it":                              "no error for position 11 while the live copy is at 10",
				"Await of a projection that was never built waits for it":                                   "while there is no live copy",
				"Await of position 0 waits for a live copy":                                                 "no error for position 0 while there is no live copy",
				"a swap makes Await true":                                                                   "no error for position 50 while the live copy is at 10",
				"Await returns a ProjectionStoppedError when the projection is stopped before the position": "want a *ports.ProjectionStoppedError",
			},
		},
		{
			name: "Await returns when the checkpoint moves",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				info, err := h.shared.Projection(context.Background(), name)
				if err != nil || info.Live == nil {
					return right(ctx, name, signature, at)
				}
				return right(ctx, name, signature, min(at, info.Live.Checkpoint+1))
			}),
			breaks: saying{"Await returns when the live copy comes there, and not before": "no error for position 25 while the live copy is at "},
		},
		{
			name: "Await takes any signature",
			bend: bendAwait(func(_ *projectionHandle, right awaitFunc, ctx context.Context, name, _ string, at domain.Position) error {
				return right(ctx, name, "", at)
			}),
			breaks: saying{"Await of a signature waits for a live copy of it": "while the live copy is of v1"},
		},
		{
			name: "Await counts the shadow too",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				if info, err := h.shared.Projection(context.Background(), name); err == nil && info.Shadow != nil && info.Shadow.Checkpoint >= at {
					return nil
				}
				return right(ctx, name, signature, at)
			}),
			breaks: saying{"Await looks at the live copy, not at the shadow": "no error for position 11 while the live copy is at 10"},
		},
		{
			name: "Await is woken by commits through its own handle only",
			bend: awaitOwnCommits,
			breaks: saying{
				"a swap makes Await true":                                    hanging("Await of what the shadow has reached"),
				"Await sees what another handle commits, swaps and stops at": hanging("Await of the first swap through another handle"),
			},
		},
		{
			name: "Await waits for a stopped projection",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				err := right(ctx, name, signature, at)
				if errors.Is(err, ports.ErrProjectionStopped) {
					<-ctx.Done()
					return ctx.Err()
				}
				return err
			}),
			breaks: saying{
				"Await returns a ProjectionStoppedError when the projection is stopped before the position": hanging("Await from before it stopped"),
			},
		},
		{
			name: "a projection that is stopped ends every Await with an error",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				err := right(ctx, name, signature, at)
				if info, _ := h.shared.Projection(context.Background(), name); info.Live != nil && info.Live.Failure != nil {
					return &ports.ProjectionStoppedError{Projection: name, Failure: *info.Live.Failure}
				}
				return err
			}),
			breaks: saying{"Await of a position that a stopped projection has passed is no error": "is stopped at position 13"},
		},
		{
			name: "Await looks at the checkpoint before it looks for a failure",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				if info, err := h.shared.Projection(context.Background(), name); err == nil && info.Live != nil && info.Live.Checkpoint >= at {
					return ctx.Err()
				}
				return right(ctx, name, signature, at)
			}),
			breaks: saying{
				"Await returns a ProjectionStoppedError for a copy that stopped at its checkpoint or before it": "want a *ports.ProjectionStoppedError",
			},
		},
		{
			name: "Await does not wait for what replaces a copy that stopped",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				info, err := h.shared.Projection(context.Background(), name)
				if err == nil && info.Live != nil && info.Live.Failure != nil {
					return &ports.ProjectionStoppedError{Projection: name, Failure: *info.Live.Failure}
				}
				return right(ctx, name, signature, at)
			}),
			breaks: saying{"Await waits for the shadow that replaces a copy that stopped at its checkpoint": "want context"},
		},
		{
			name: "Await does not look at its context",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, _ context.Context, name, signature string, at domain.Position) error {
				return right(h.life, name, signature, at)
			}),
			breaks: saying{"Await ends when its context ends": hanging("Await that neither ends nor asks its context")},
		},
		{
			name: "Await looks at its context only at the beginning",
			bend: bendAwait(func(h *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				ctx.Done() // and nobody listens
				return right(h.life, name, signature, at)
			}),
			breaks: saying{
				"Await ends when its context ends":                        hanging("Await whose context ends"),
				"Await of a projection that was never built waits for it": hanging("Await under a context that ends"),
			},
		},
		{
			name: "Await that finds its context alive asks for nothing more",
			bend: bendAwait(func(_ *projectionHandle, _ awaitFunc, ctx context.Context, _, _ string, _ domain.Position) error {
				return ctx.Err()
			}),
			breaks: saying{
				"Await returns at once when the live copy is there or past it": "no error for position 11 while the live copy is at 10",
				"Await returns when the live copy comes there, and not before": "no error for position 25 while the live copy is at ",
				"Await of a projection that was never built waits for it":      "while there is no live copy",
				"Await of position 0 waits for a live copy":                    "no error for position 0 while there is no live copy",
				"Await looks at the live copy, not at the shadow":              "no error for position 50 while the live copy is at 10",
				"Await of a signature waits for a live copy of it":             "no error for a copy of v2 while the live copy is of v1",
				"a swap makes Await true":                                      "no error for position 50 while the live copy is at 10",
			},
		},
		{
			name: "only some can await at once",
			bend: func(h *projectionHandle) {
				var calls atomic.Int32
				bendAwait(func(_ *projectionHandle, right awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
					if calls.Add(1) > 30 {
						<-ctx.Done()
						return ctx.Err()
					}
					return right(ctx, name, signature, at)
				})(h)
			},
			breaks: saying{"many may await at once, each its own position": hanging("Await among many")},
		},
	}
}

// awaitOwnCommits makes Await look again only after a commit through the same handle.
func awaitOwnCommits(h *projectionHandle) {
	var mu sync.Mutex
	committed := make(chan struct{})
	bendCommits(func(_ *projectionWriterHandle, right commitFunc, ctx context.Context, which ports.Copy, batch ports.ProjectionBatch) error {
		err := right(ctx, which, batch)
		mu.Lock()
		defer mu.Unlock()
		close(committed)
		committed = make(chan struct{})
		return err
	})(h)
	bendAwait(func(h *projectionHandle, _ awaitFunc, ctx context.Context, name, signature string, at domain.Position) error {
		for {
			mu.Lock()
			next := committed
			mu.Unlock()
			info, err := h.shared.Projection(ctx, name)
			if err != nil || info.Live != nil && info.Live.Checkpoint >= at {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-next:
			}
		}
	})(h)
}
