package filesystem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// mark is the data of each event of a batch: enough to see that the batch is all
// there and stands in its place.
type mark struct {
	Round int    `json:"round"`
	Batch int    `json:"batch"`
	Of    int    `json:"of"`
	At    int    `json:"at"`
	Pad   string `json:"pad"`
}

// markedBatch makes the events of one append.
func markedBatch(round, batch int, random *rand.Rand) ([]domain.Event, error) {
	events := make([]domain.Event, 1+random.IntN(5))
	size := random.IntN(200)
	if random.IntN(10) == 0 {
		size = 16 << 10 // long enough that a kill can come in the middle of the write
	}
	for i := range events {
		data, err := json.Marshal(mark{round, batch, len(events), i, strings.Repeat("x", size)})
		if err != nil {
			return nil, err
		}
		events[i] = domain.Event{Type: "Marked", Tags: []domain.Tag{domain.Tag(fmt.Sprintf("round:%d", round))}, Data: data}
	}
	return events, nil
}

// playWriter appends batches until it is killed. It tells of each one before it
// begins the next.
func playWriter(p *parent) error {
	if err := p.out.Encode("opening"); err != nil {
		return err
	}
	ctx := context.Background()
	store, err := filesystem.Open(ctx, p.setup.Dir, p.setup.options())
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(p.setup.Seed, uint64(p.setup.Number)))
	for batch := 0; ; batch++ {
		events, err := markedBatch(p.setup.Number, batch, random)
		if err != nil {
			return err
		}
		positions, err := store.Append(ctx, events)
		if err != nil {
			return err
		}
		if err := p.out.Encode(positions); err != nil {
			return err
		}
	}
}

func TestNothingAcknowledgedIsLostWhenAWriterIsKilled(t *testing.T) {
	dir := t.TempDir()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	log := &killLog{}
	for round := range rounds(t, 200, 20) {
		w := startProcess(t, "writer", setup{Dir: dir, SegmentSize: 4 << 10, Number: round, Seed: seed, LockTimeout: time.Minute})
		var opening string
		w.hear(&opening)
		var acks []domain.Positions
		for range random.IntN(10) {
			var ack domain.Positions
			w.hear(&ack)
			acks = append(acks, ack)
		}
		// A moment somewhere in the next append, or in the opening.
		<-time.After(time.Duration(random.Int64N(int64(2 * time.Millisecond))))
		acks = append(acks, killAndHear(w)...)
		log.check(t, dir, round, acks)
	}
	t.Logf("%d events in %d batches, %d kills left a batch that was not acknowledged, %d an unfinished one",
		len(log.events), log.batches, log.unacknowledged, log.unfinished)

	// The next store goes on where the last writer was stopped.
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	if got := readAll(t, store, domain.All()); !slices.EqualFunc(got, log.events, sameEvent) {
		t.Errorf("the store holds %d events and they are not the %d that were seen round by round", len(got), len(log.events))
	}
	positions, err := store.Append(t.Context(), []domain.Event{{Type: "Last"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := domain.Position(len(log.events) + 1); positions.First != want {
		t.Errorf("the next event has position %d, want %d", positions.First, want)
	}
}

// killAndHear kills the child and returns what it had told before.
func killAndHear(p *process) (acks []domain.Positions) {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.fail("kill", err)
	}
	for {
		var ack domain.Positions
		if p.out.Decode(&ack) != nil {
			p.kill()
			if p.errs.Len() > 0 {
				p.t.Fatalf("writer: %s", p.errs.String())
			}
			return acks
		}
		acks = append(acks, ack)
	}
}

// killLog is what the store held after the rounds so far.
type killLog struct {
	events                              []domain.SequencedEvent
	batches, unacknowledged, unfinished int
}

// check looks at the store after the writer of round was killed: what was there
// before is still there, followed by whole batches of this round, all that were
// acknowledged and at most one more.
func (l *killLog) check(t *testing.T, dir string, round int, acks []domain.Positions) {
	t.Helper()
	store, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
	if errors.Is(err, fs.ErrNotExist) && len(l.events) == 0 && len(acks) == 0 {
		return // killed before there was a store
	}
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	l.unfinished += len(store.Repairs())
	if round%10 == 0 { // opening has read everything too
		if _, err := filesystem.Verify(t.Context(), dir); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{After: domain.Position(len(l.events))})
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	var fresh []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if want := domain.Position(len(l.events) + len(fresh) + 1); e.Position != want {
			t.Fatalf("round %d: position %d follows, want %d", round, e.Position, want)
		}
		fresh = append(fresh, e)
	}
	blocks, err := wholeBatches(fresh, round)
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	if extra := len(blocks) - len(acks); extra < 0 || extra > 1 || !slices.Equal(blocks[:len(acks)], acks) {
		t.Fatalf("round %d: batches %v were acknowledged, the store holds %v", round, acks, blocks)
	}
	l.unacknowledged += len(blocks) - len(acks)
	l.batches += len(blocks)
	l.events = append(l.events, fresh...)
}

// wholeBatches returns the positions of the batches that events are made of. All
// of them must be of the given round, complete and in order.
func wholeBatches(events []domain.SequencedEvent, round int) ([]domain.Positions, error) {
	var blocks []domain.Positions
	for len(events) > 0 {
		of := 1
		for i := 0; i < of; i++ {
			if i >= len(events) {
				return nil, fmt.Errorf("batch %d ends after %d of %d events", len(blocks), i, of)
			}
			var m mark
			if err := json.Unmarshal(events[i].Data, &m); err != nil {
				return nil, fmt.Errorf("position %d: %w", events[i].Position, err)
			}
			if m.Round != round || m.Batch != len(blocks) || m.At != i || (i > 0 && m.Of != of) {
				return nil, fmt.Errorf("position %d is event %d of batch %d of round %d, want event %d of batch %d of round %d",
					events[i].Position, m.At, m.Batch, m.Round, i, len(blocks), round)
			}
			of = m.Of
		}
		blocks = append(blocks, domain.Positions{First: events[0].Position, Last: events[of-1].Position})
		events = events[of:]
	}
	return blocks, nil
}

func sameEvent(a, b domain.SequencedEvent) bool {
	return a.Position == b.Position && a.RecordedAt.Equal(b.RecordedAt) && a.Type == b.Type &&
		slices.Equal(a.Tags, b.Tags) && string(a.Data) == string(b.Data) && a.Metadata.ID == b.Metadata.ID
}
