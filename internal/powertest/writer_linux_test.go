package powertest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/powertest"
	"github.com/opossum-go/opossum/ports"
)

// lie is how a writer of a control deceives the witness.
type lie string

const (
	deaf  lie = "deaf"  // its syncs do nothing and succeed
	early lie = "early" // it acknowledges before it appends
	blind lie = "blind" // it takes every outcome of an append for success
)

// writerSetup is what a writer is told to do.
type writerSetup struct {
	Dir         string
	Number      int // of this writer among all that ever write to the store
	Lanes       int // appends at the same time
	Batches     int // appends of each lane until it is idle; 0 means no end
	SegmentSize int64
	LockTimeout time.Duration // 0 means that of the store
	Seed        uint64
	Failures    int   // failures in a row after which a lane gives up; 0 means the first
	FileLimit   int64 // the largest size of a file in bytes; 0 means no limit
	Lie         lie
	Kernel      *ownKernel // nil means that of this machine
}

// writer is the process that appends. It says on standard output what it tries and
// what becomes of it, and obeys lines on standard input: "mark N" is answered when
// everything before was said, "more N" lets each idle lane append N batches more,
// and the end of the input ends the writer.
type writer struct {
	setup   writerSetup
	store   *filesystem.Store
	next    []int // of each lane, the number of its next batch
	said    sync.Mutex
	stopped atomic.Bool
}

func newWriter(setup writerSetup) *writer {
	return &writer{setup: setup, next: make([]int, setup.Lanes)}
}

func (w *writer) run() error {
	if w.setup.Lie == deaf {
		if err := silenceSyncs(); err != nil {
			return err
		}
	}
	if w.setup.FileLimit > 0 {
		if err := limitFiles(w.setup.FileLimit); err != nil {
			return err
		}
	}
	more := make(chan int)
	go w.obey(more)
	var err error
	w.store, err = filesystem.Open(context.Background(), w.setup.Dir, filesystem.Options{
		SegmentSize: w.setup.SegmentSize, LockTimeout: w.setup.LockTimeout,
	})
	if err != nil {
		return err
	}
	if head, err := w.store.Head(context.Background()); err == nil {
		w.say(powertest.Report{Kind: powertest.Shown, Positions: domain.Positions{First: 1, Last: head}})
	}
	for batches := w.setup.Batches; ; {
		var lanes sync.WaitGroup
		for lane := range w.setup.Lanes {
			lanes.Go(func() { w.append(lane, batches) })
		}
		lanes.Wait()
		w.say(powertest.Report{Kind: powertest.Idle})
		var again bool
		if batches, again = <-more; !again {
			return w.store.Close()
		}
	}
}

// obey carries out what is asked on standard input.
func (w *writer) obey(more chan<- int) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var what string
		var number int
		if _, err := fmt.Sscan(in.Text(), &what, &number); err != nil {
			break
		}
		switch what {
		case "mark":
			w.say(powertest.Report{Kind: powertest.Marked, Number: number})
		case "more":
			more <- number
		}
	}
	w.stopped.Store(true)
	close(more)
}

// say reports r, whole and in one go.
func (w *writer) say(r powertest.Report) {
	line, err := json.Marshal(r)
	if err == nil {
		err = w.sayLine(append(line, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "writer: report:", err)
		os.Exit(1)
	}
}

func (w *writer) sayLine(line []byte) error {
	w.said.Lock()
	defer w.said.Unlock()
	return tell(line)
}

// append is one lane: one batch after the other.
func (w *writer) append(lane, batches int) {
	random := rand.New(rand.NewPCG(w.setup.Seed, uint64(w.setup.Number)<<32|uint64(lane)<<16|uint64(w.next[lane])))
	failures := 0
	for end := w.next[lane] + batches; (batches == 0 || w.next[lane] < end) && !w.stopped.Load(); w.next[lane]++ {
		batch := powertest.DrawBatch(powertest.BatchID{Writer: w.setup.Number, Lane: lane, Number: w.next[lane]}, random)
		if err := w.appendOne(batch); err == nil {
			failures = 0
		} else if failures++; failures >= w.setup.Failures {
			w.next[lane]++
			return
		}
	}
}

// appendOne appends the batch and reports it. Its error says that the append failed
// otherwise than by a condition.
func (w *writer) appendOne(batch powertest.Batch) error {
	ctx := context.Background()
	if batch.Shared != "" {
		var err error
		if batch.After, err = w.lastOf(ctx, batch.Shared); err != nil {
			batch.Shared = ""
		}
	}
	events, err := batch.Events()
	if err != nil {
		return err
	}
	w.say(powertest.Report{Kind: powertest.Tried, Batch: batch.ID, Size: batch.Size})
	if w.setup.Lie == early {
		w.say(powertest.Report{Kind: powertest.Acknowledged, Batch: batch.ID})
	}
	positions, err := w.store.Append(ctx, events, batch.Conditions()...)
	switch {
	case w.setup.Lie == early:
		return nil
	case w.setup.Lie == blind, err == nil:
		w.say(powertest.Report{Kind: powertest.Acknowledged, Batch: batch.ID, Positions: positions})
		return err
	case errors.Is(err, ports.ErrConflict):
		w.say(powertest.Report{Kind: powertest.Refused, Batch: batch.ID})
		return nil
	}
	w.say(powertest.Report{Kind: powertest.Failed, Batch: batch.ID, Text: strings.ToValidUTF8(err.Error(), "?")})
	w.settle(ctx, batch.ID)
	return err
}

// lastOf returns the position of the last event with tag, 0 when there is none.
func (w *writer) lastOf(ctx context.Context, tag domain.Tag) (last domain.Position, err error) {
	result, err := w.store.Read(ctx, domain.NewQuery(domain.Tagged(tag)), ports.ReadOptions{Backwards: true, Limit: 1})
	if err != nil {
		return 0, err
	}
	for event, err := range result.Events {
		if err != nil {
			return 0, err
		}
		last = event.Position
	}
	return last, nil
}

// settle asks the store what became of a batch whose outcome is unknown. What a
// read shows must stay, what it does not show must never come.
func (w *writer) settle(ctx context.Context, id powertest.BatchID) {
	result, err := w.store.Read(ctx, domain.NewQuery(domain.Tagged(id.Tag())), ports.ReadOptions{})
	if err != nil {
		return
	}
	var positions domain.Positions
	for event, err := range result.Events {
		if err != nil {
			return
		}
		if positions.Last = event.Position; positions.First == 0 {
			positions.First = event.Position
		}
	}
	r := powertest.Report{Kind: powertest.Refused, Batch: id}
	if positions.First != 0 {
		r = powertest.Report{Kind: powertest.Acknowledged, Batch: id, Positions: positions}
	}
	w.say(r)
}
