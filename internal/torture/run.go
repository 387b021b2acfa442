package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// run is a run under way.
type run struct {
	Config
	result  Result
	root    string   // the folder of this run
	book    *book    // of the store in use, nil when one has to be begun
	before  []uint64 // fingerprints of its log after the last round
	earlier int      // events of the stores before
	silent  int      // rounds in which no writer got an append through
}

// Run tortures stores in config.Dir until the time or the number of rounds is over,
// something is found, or ctx ends. What it finds is part of the result; an error
// says that the run itself could not go on. Processes that it started are gone when
// it returns.
func Run(ctx context.Context, config Config) (Result, error) {
	config, err := config.withDefaults()
	if err != nil {
		return Result{}, err
	}
	root, err := os.MkdirTemp(config.Dir, "opossum-torture-")
	if err != nil {
		return Result{}, fmt.Errorf("torture: %w", err)
	}
	r := &run{Config: config, root: root, result: Result{
		Seed: config.Seed, Writers: config.Writers, Readers: config.Readers, Goroutines: config.Goroutines,
	}}
	if !canStop {
		r.result.Notices = append(r.result.Notices, "this system cannot stop a process and let it go on: nothing was stopped, the other disturbances took its place")
	}
	begin := time.Now()
	err = r.rounds(ctx, begin)
	r.result.Took = Seconds(time.Since(begin))
	r.result.Notices = append(r.result.Notices, r.result.untried()...)
	if r.result.Failed != nil && err == nil {
		r.result.Kept = root
		if r.Repeat != nil {
			r.result.Repeat = r.Repeat(r.Seed, r.result.Failed.Number)
		}
		return r.result, r.keepEvidence()
	}
	return r.result, errors.Join(err, os.RemoveAll(root))
}

func (r *run) rounds(ctx context.Context, begin time.Time) error {
	for n, last := 1, false; !last; n++ {
		done, err := r.round(ctx, n)
		if r.result.Interrupted = ctx.Err() != nil; r.result.Interrupted {
			return nil // whatever failed, it failed because of that
		}
		if err != nil {
			return fmt.Errorf("torture: round %d: %w", n, err)
		}
		last = n == r.Rounds || (r.For > 0 && time.Since(begin) >= r.For)
		if last && r.silent == n {
			done.Findings = append(done.Findings, Finding{Rule: ruleProgress, Evidence: fmt.Sprintf("no writer did in %d rounds", n)})
		}
		r.result.Rounds++
		r.result.Counts.add(done.Counts)
		if r.Progress != nil {
			r.Progress(done)
		}
		r.result.Events = r.earlier + done.Events
		if len(done.Findings) > 0 {
			r.result.Failed = &done
			return nil
		}
		if done.Events >= r.StoreEvents {
			if err := r.endStore(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) storeDir() string {
	return filepath.Join(r.root, fmt.Sprintf("store-%d", r.result.Stores))
}

func (r *run) endStore() error {
	r.book, r.before, r.earlier = nil, nil, r.result.Events
	if err := os.RemoveAll(r.storeDir()); err != nil {
		return fmt.Errorf("torture: %w", err)
	}
	return nil
}
