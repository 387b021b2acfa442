package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestAProjectionOfAnotherProcessIsBusyUntilThatIsKilled(t *testing.T) {
	dir := t.TempDir()
	store := openProjections(t, dir)
	holder := start(t, "holder", dir)
	holder.line(t)
	if _, err := store.Acquire(t.Context(), stock); !errors.Is(err, ports.ErrProjectionBusy) {
		t.Fatalf("Acquire of a projection that another process runs = %v, want ports.ErrProjectionBusy", err)
	}
	other, err := store.Acquire(t.Context(), "other")
	if err != nil {
		t.Fatalf("Acquire of another projection = %v, want a writer", err)
	}
	holder.kill()
	writer, err := store.Acquire(t.Context(), stock)
	if err != nil {
		t.Fatalf("Acquire after the other process was killed = %v, want a writer", err)
	}
	if err := errors.Join(other.Release(), writer.Release()); err != nil {
		t.Error(err)
	}
}

func TestWhoeverReadsBesideAnotherProcessSeesWholeCommits(t *testing.T) {
	dir := t.TempDir()
	store := openProjections(t, dir)
	if err := checkStock(t, store); err != nil { // nothing is there
		t.Fatal(err)
	}
	writer := start(t, "committer", dir)
	writer.line(t)
	for at := domain.Position(1); at <= 40; at++ {
		if err := store.Await(t.Context(), stock, "", at); err != nil {
			t.Fatalf("Await(%d) = %v, want nil", at, err)
		}
		if err := checkStock(t, store); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStatesAndCheckpointBelongTogetherAfterAKill(t *testing.T) {
	const rounds = 30
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(uint64(rounds), 5))
	acknowledged := domain.Position(0)
	for round := range rounds {
		committer := start(t, "committer", dir)
		for range 1 + random.IntN(12) {
			at, err := strconv.ParseUint(committer.line(t), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged = domain.Position(at)
		}
		for range random.IntN(20_000) {
			_ = random.Uint64() // somewhere else in a commit each time
		}
		committer.kill()

		store := openProjections(t, dir)
		info, err := store.Projection(t.Context(), stock)
		if err != nil || info.Live == nil {
			t.Fatalf("round %d: Projection = %+v, %v; want a live copy", round, info, err)
		}
		if info.Live.Checkpoint < acknowledged {
			t.Fatalf("round %d: the checkpoint is %d after the commit of %d had returned", round, info.Live.Checkpoint, acknowledged)
		}
		if err := checkStock(t, store); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		now := versionTag(info.Live.Checkpoint)
		if n, err := store.CountStates(t.Context(), stock, now); err != nil || n != stockSize {
			t.Fatalf("round %d: %d states with the tag %s of the checkpoint, %v; want %d", round, n, now, err, stockSize)
		}
		writer, err := store.Acquire(t.Context(), stock)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := checkShadow(info.Shadow, writer.States(t.Context(), ports.Shadow)); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if tables, copies := countTables(t, dir), copiesIn(info); tables != copies {
			t.Fatalf("round %d: there are the tables of %d copies, and %d copies", round, tables, copies)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkStock says whether the live copy of stock is the one that one commit left
// behind.
func checkStock(t *testing.T, store *sqlite.Projections) error {
	t.Helper()
	first := ports.ProjectionState{}
	count := 0
	for state, err := range store.States(t.Context(), stock, ports.StateSelection{}) {
		if err != nil {
			return err
		}
		if count++; count == 1 {
			first = state
		}
		if state.Version != first.Version || string(state.Data) != string(counted(state.Key, state.Version, 0).Data) {
			return fmt.Errorf("one commit wrote version %d and %s of version %d", first.Version, state.Data, state.Version)
		}
	}
	info, err := store.Projection(t.Context(), stock)
	if err != nil {
		return err
	}
	if info.Live == nil || count == 0 {
		if count > 0 {
			return fmt.Errorf("%d states of no copy", count)
		}
		return nil
	}
	if count != stockSize {
		return fmt.Errorf("%d states, want %d", count, stockSize)
	}
	// Commits may have been made between the two looks, none can have been undone.
	if at := domain.Position(first.Version - 1); at > info.Live.Checkpoint {
		return fmt.Errorf("states of position %d, the checkpoint is %d", at, info.Live.Checkpoint)
	}
	parked, err := store.Parked(t.Context(), stock)
	if err != nil || len(parked) != 1 || info.Live.Parked != 1 {
		return fmt.Errorf("%d events are parked, the copy says %d, want 1: %w", len(parked), info.Live.Parked, err)
	}
	return nil
}

// checkShadow says whether the states of a shadow are those of its checkpoint.
func checkShadow(shadow *ports.CopyInfo, states iter.Seq2[ports.ProjectionState, error]) error {
	count := 0
	for state, err := range states {
		if err != nil {
			return err
		}
		if count++; shadow == nil || domain.Position(state.Version-1) != shadow.Checkpoint {
			return fmt.Errorf("the shadow %+v holds version %d", shadow, state.Version)
		}
	}
	if want := shadow != nil && shadow.Parked > 0; want != (count == stockSize) || !want && count > 0 {
		return fmt.Errorf("the shadow %+v has %d states", shadow, count)
	}
	return nil
}

func copiesIn(info ports.ProjectionInfo) int {
	n := 0
	for _, found := range []*ports.CopyInfo{info.Live, info.Shadow} {
		if found != nil {
			n++
		}
	}
	return n
}

// countTables returns the number of tables with states in the file of stock.
func countTables(t *testing.T, dir string) (n int) {
	t.Helper()
	db := openFile(t, filepath.Join(dir, stock+".sqlite"))
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'states%'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// openFile opens a file as any other program would.
func openFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
