package portstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionConcurrencyRules = []ProjectionRule{
	{"readers beside a writer see whole commits and whole swaps", readersSeeWholeSteps},
	{"several projections are written at once, each by its own writer", writersSideBySide},
}

// generation returns the states of one step: as many as its number is odd or even,
// all of its version and with its tag, the first and last of them too.
func generation(version int) []ports.ProjectionState {
	return manyItems(generationSize(version), version, domain.Tag(fmt.Sprint("version:", version%2)))
}

func generationSize(version int) int { return 20 + 10*(version%2) }

// readersSeeWholeSteps makes a writer replace all states again and again, by commits
// and by swaps, and has readers look for anything that is half of one and half of
// the other.
func readersSeeWholeSteps(t testing.TB, f ProjectionFixture) {
	const steps = 60
	store, writer := openStock(t, f, generation(1)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers, reading sync.WaitGroup
	faults := make(chan error, 5)
	for _, look := range []func(context.Context, ports.ProjectionReader) error{lookAtStates, lookAtPages, lookAtCounts, lookAtOneState, lookAtInfo} {
		reading.Add(1)
		begin := sync.OnceFunc(reading.Done)
		readers.Go(func() {
			defer begin()
			for ctx.Err() == nil {
				if err := look(ctx, store); err != nil && !errors.Is(err, context.Canceled) {
					faults <- err
					return
				}
				begin()
			}
		})
	}
	within(t, f.patient(), "readers' first look", reading.Wait)
	checkpoint := domain.Position(10)
	for version := 2; version < steps; version++ {
		batch := step(checkpoint, checkpoint+1, generation(version)...)
		for n := generationSize(version); n < generationSize(version-1); n++ {
			batch.Delete = append(batch.Delete, fmt.Sprintf("k%04d", n))
		}
		if version%5 == 0 {
			mustBegin(t, writer, fmt.Sprint("v", version))
			mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: checkpoint + 1, Put: batch.Put})
			mustSwap(t, writer)
		} else {
			mustCommit(t, writer, ports.Live, batch)
		}
		checkpoint++
	}
	cancel()
	within(t, f.patient(), "readers whose context has ended", readers.Wait)
	close(faults)
	for fault := range faults {
		t.Error(fault)
	}
}

// wholeGeneration returns an error unless the states are all of a version.
func wholeGeneration(states []ports.ProjectionState) error {
	if len(states) == 0 {
		return errors.New("a reader found no states")
	}
	version := states[0].Version
	for _, state := range states {
		if state.Version != version || string(state.Data) != string(item("", version).Data) {
			return fmt.Errorf("a reader found version %d of %s beside version %d of %s", version, states[0].Key, state.Version, state.Key)
		}
	}
	if len(states) != generationSize(version) {
		return fmt.Errorf("a reader found %d states of version %d, want %d", len(states), version, generationSize(version))
	}
	return nil
}

// readStates is collectStates for other goroutines.
func readStates(ctx context.Context, store ports.ProjectionReader, name string, selection ports.StateSelection) ([]ports.ProjectionState, error) {
	var out []ports.ProjectionState
	for state, err := range store.States(ctx, name, selection) {
		if err != nil {
			return nil, err
		}
		out = append(out, state)
	}
	return out, nil
}

func lookAtStates(ctx context.Context, store ports.ProjectionReader) error {
	states, err := readStates(ctx, store, stock, everyState)
	if err != nil {
		return err
	}
	return wholeGeneration(states)
}

func lookAtPages(ctx context.Context, store ports.ProjectionReader) error {
	for _, tag := range []domain.Tag{"version:0", "version:1"} {
		states, err := readStates(ctx, store, stock, ports.StateSelection{Tags: []domain.Tag{tag}, Backwards: true, Limit: 1000})
		if err != nil {
			return err
		}
		if len(states) == 0 {
			continue // it is the turn of the other tag
		}
		if got := domain.Tag(fmt.Sprint("version:", states[0].Version%2)); got != tag {
			return fmt.Errorf("a reader found version %d by the tag %s", states[0].Version, tag)
		}
		if err := wholeGeneration(states); err != nil {
			return err
		}
	}
	return nil
}

func lookAtCounts(ctx context.Context, store ports.ProjectionReader) error {
	count, err := store.CountStates(ctx, stock)
	if err == nil && count != generationSize(0) && count != generationSize(1) {
		return fmt.Errorf("a reader counted %d states, want %d or %d", count, generationSize(0), generationSize(1))
	}
	if err != nil {
		return err
	}
	odd, err := store.CountStates(ctx, stock, "version:1")
	if err == nil && odd != 0 && odd != generationSize(1) {
		return fmt.Errorf("a reader counted %d states of an odd version, want none or %d", odd, generationSize(1))
	}
	return err
}

func lookAtOneState(ctx context.Context, store ports.ProjectionReader) error {
	before, err := store.Projection(ctx, stock)
	if err != nil {
		return err
	}
	state, found, err := store.State(ctx, stock, "k0019")
	if err != nil {
		return err
	}
	after, err := store.Projection(ctx, stock)
	if err != nil {
		return err
	}
	if before.Live == nil || after.Live == nil {
		return errors.New("a reader found no live copy")
	}
	// Version n is written by the step that ends at 9 + n.
	if at := domain.Position(9 + state.Version); !found || at < before.Live.Checkpoint || at > after.Live.Checkpoint {
		return fmt.Errorf("a reader found version %d of a state between the checkpoints %d and %d, found: %v",
			state.Version, before.Live.Checkpoint, after.Live.Checkpoint, found)
	}
	return nil
}

func lookAtInfo(ctx context.Context, store ports.ProjectionReader) error {
	before, err := store.Projection(ctx, stock)
	if err != nil {
		return err
	}
	if before.Live == nil {
		return errors.New("a reader found no live copy")
	}
	if err := store.Await(ctx, stock, "", before.Live.Checkpoint); err != nil {
		return fmt.Errorf("a reader that awaits a position that is reached got: %w", err)
	}
	infos, err := store.Projections(ctx)
	if err != nil {
		return err
	}
	if len(infos) != 1 || infos[0].Live == nil || infos[0].Live.Checkpoint < before.Live.Checkpoint {
		return fmt.Errorf("a reader found %v after a checkpoint of %d", infos, before.Live.Checkpoint)
	}
	return nil
}

func writersSideBySide(t testing.TB, f ProjectionFixture) {
	const writers, steps = 4, 15
	store := f.Open(t)
	write := func(ctx context.Context, name string) error {
		writer, err := store.Acquire(ctx, name)
		if err != nil {
			return err
		}
		if err := writer.Begin(ctx, name); err != nil {
			return err
		}
		if err := writer.Swap(ctx); err != nil {
			return err
		}
		for n := range steps {
			states, err := writer.Load(ctx, ports.Live, []string{"a", name})
			if err != nil {
				return err
			}
			if len(states) != min(n, 1)*2 || states["a"].Version != n || states[name].Version != n {
				return fmt.Errorf("step %d of %s found %v", n, name, states)
			}
			if err := writer.Commit(ctx, ports.Live, step(position(n), position(n+1), item("a", n+1, domain.Tag(name)), item(name, n+1))); err != nil {
				return err
			}
		}
		return writer.Release()
	}
	errs := make([]error, writers)
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { errs[n] = write(t.Context(), fmt.Sprint("p", n)) })
	}
	within(t, f.patient(), "writers of several projections", all.Wait)
	for n, err := range errs {
		name := fmt.Sprint("p", n)
		if err != nil {
			t.Errorf("the writer of %s: %v", name, err)
		}
		wantVersions(t, store, name, fmt.Sprintf("a%d %s%d", steps, name, steps))
		wantTagged(t, store, name, "a", domain.Tag(name))
		wantInfo(t, store, name, fmt.Sprintf("%s: live %s at %d, shadow none", name, name, steps))
	}
}
