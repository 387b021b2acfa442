package filesystem_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	racingProcesses  = 4
	racingGoroutines = 16
)

// lap is what one process tells of one round.
type lap struct {
	Wins      []seen // what its goroutines stored
	Conflicts []seen // what the others were told
	Errors    []string
}

// racedTag is the tag that everybody wants in a round.
func racedTag(round int) domain.Tag { return domain.Tag(fmt.Sprintf("race:%d", round)) }

// playRacer takes part in each round that the parent names: all goroutines want
// the one tag of the round.
func playRacer(p *parent) (err error) {
	ctx := context.Background()
	store, err := filesystem.Open(ctx, p.setup.Dir, p.setup.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := p.out.Encode("ready"); err != nil {
		return err
	}
	for {
		var round int
		if more, err := p.next(&round); err != nil || !more {
			return err
		}
		if err := p.out.Encode(raceForTag(ctx, store, p.setup.Name, round)); err != nil {
			return err
		}
	}
}

func raceForTag(ctx context.Context, store *filesystem.Store, name string, round int) lap {
	var (
		l     lap
		mu    sync.Mutex
		group sync.WaitGroup
	)
	start := make(chan struct{})
	tag := racedTag(round)
	for i := range racingGoroutines {
		group.Go(func() {
			event := domain.Event{Type: "Won", Tags: []domain.Tag{domain.Tag(fmt.Sprintf("by:%s-%d", name, i)), tag}}
			<-start
			positions, err := store.Append(ctx, []domain.Event{event}, domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged(tag))})
			mu.Lock()
			defer mu.Unlock()
			var conflict *ports.ConflictError
			switch {
			case err == nil:
				l.Wins = append(l.Wins, seen{positions.First, event.Type, event.Tags})
			case errors.As(err, &conflict):
				l.Conflicts = append(l.Conflicts, seen{conflict.Position, conflict.Type, conflict.Tags})
			default:
				l.Errors = append(l.Errors, err.Error())
			}
		})
	}
	close(start)
	group.Wait()
	return l
}

func TestOneOfManyProcessesWinsEachTagAndTheOthersAreToldWho(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	var racers []*process
	for i := range racingProcesses {
		racers = append(racers, startProcess(t, "racer", setup{
			// Segments are small, so that many rounds begin a new one.
			Dir: dir, Name: fmt.Sprint(i), SegmentSize: 16 << 10, LockTimeout: time.Minute,
		}))
	}
	for _, r := range racers {
		var ready string
		r.hear(&ready)
	}
	total := rounds(t, 1000, 50)
	var winners []seen
	for round := range total {
		for _, r := range racers {
			r.tell(round)
		}
		var all lap
		for _, r := range racers {
			var l lap
			r.hear(&l)
			all.Wins = append(all.Wins, l.Wins...)
			all.Conflicts = append(all.Conflicts, l.Conflicts...)
			all.Errors = append(all.Errors, l.Errors...)
		}
		if len(all.Errors) > 0 || len(all.Wins) != 1 {
			t.Fatalf("round %d: %d winners %v and errors %q, want one winner and no errors", round, len(all.Wins), all.Wins, all.Errors)
		}
		winner := all.Wins[0]
		if want := domain.Position(round + 1); winner.Position != want {
			t.Fatalf("round %d was won at position %d, want %d", round, winner.Position, want)
		}
		if n := len(all.Conflicts); n != racingProcesses*racingGoroutines-1 {
			t.Fatalf("round %d has %d conflicts, want one for each of the other %d", round, n, racingProcesses*racingGoroutines-1)
		}
		for _, c := range all.Conflicts {
			if !c.equal(winner) {
				t.Fatalf("round %d was won by %v, a loser was told of %v", round, winner, c)
			}
		}
		winners = append(winners, winner)
	}
	for _, r := range racers {
		r.end()
	}
	if got := readSeen(t, store, domain.All()); !slices.EqualFunc(got, winners, seen.equal) {
		t.Errorf("the store holds %d events, want the %d winners in order", len(got), len(winners))
	}
}

func (s seen) equal(o seen) bool {
	return s.Position == o.Position && s.Type == o.Type && slices.Equal(s.Tags, o.Tags)
}

// readSeen reads what query selects.
func readSeen(t testing.TB, store ports.Reader, query domain.Query) []seen {
	t.Helper()
	var all []seen
	for _, e := range readAll(t, store, query) {
		all = append(all, seen{e.Position, e.Type, e.Tags})
	}
	return all
}

// readAll reads what query selects.
func readAll(t testing.TB, store ports.Reader, query domain.Query) []domain.SequencedEvent {
	t.Helper()
	result, err := store.Read(t.Context(), query, ports.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var events []domain.SequencedEvent
	for e, err := range result.Events {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}
