package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestReadingMakesNoFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "with its parents")
	store := openProjections(t, dir)
	_, _, stateErr := store.State(t.Context(), stock, "a")
	_, infoErr := store.Projection(t.Context(), stock)
	_, countErr := store.CountStates(t.Context(), stock)
	_, parkedErr := store.Parked(t.Context(), stock)
	if err := errors.Join(stateErr, infoErr, countErr, parkedErr, checkStock(t, store)); err != nil {
		t.Fatal(err)
	}
	if files := mustGlob(t, filepath.Join(dir, "*")); len(files) != 0 {
		t.Errorf("reading made %q, want nothing", files)
	}
}

func TestAfterCloseThereIsOneFileAndOneLockForAProjection(t *testing.T) {
	dir := t.TempDir()
	buildStock(t, dir)
	want := []string{filepath.Join(dir, "stock.lock"), filepath.Join(dir, "stock.sqlite")}
	if files := mustGlob(t, filepath.Join(dir, "*")); !slices.Equal(files, want) {
		t.Errorf("there are %q, want %q", files, want)
	}
	before := mustReadFile(t, want[1])
	store := openProjections(t, dir)
	if err := errors.Join(checkStock(t, store), store.Close()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, mustReadFile(t, want[1])) || len(mustGlob(t, filepath.Join(dir, "*"))) != 2 {
		t.Error("reading changed what is in the directory")
	}
}

func TestFoldersMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"it's", "50% off", "a?mode=memory", "a#b", "a&_pragma=x", "ü ö", "a;b"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Skip(err)
			}
			buildStock(t, dir)
			if err := checkStock(t, openProjections(t, dir)); err != nil {
				t.Error(err)
			}
			if files := mustGlob(t, filepath.Join(filepath.Dir(dir), "*")); len(files) != 1 {
				t.Errorf("there are %q, want one folder", files)
			}
		})
	}
}

func TestOtherProgramsSeeTheLiveCopyAsTextAndNumbers(t *testing.T) {
	dir := t.TempDir()
	buildStock(t, dir)
	store := openProjections(t, dir)
	writer, err := store.Acquire(t.Context(), stock)
	if err == nil {
		err = writer.Begin(t.Context(), "v9") // a shadow, which the views do not show
	}
	if err != nil {
		t.Fatal(err)
	}
	db := openFile(t, filepath.Join(dir, stock+".sqlite"))
	for query, want := range map[string]string{
		"SELECT count(*) FROM states": "60",
		"SELECT json_extract(data, '$.subscribed') || ' ' || tags || ' ' || version || ' ' || position FROM states WHERE key = 'item:007'": `9 ["version:9"] 9 9`,
		"SELECT datetime(created_at) || ' ' || updated_at FROM states WHERE key = 'item:007'":                                              "2026-01-02 09:00:09 2026-01-02T09:00:09.123456Z",
		"SELECT count(*) FROM tags WHERE tag = 'version:9'":                                                                                "60",
		"SELECT position || type || error || attempts FROM parked":                                                                         "1Odd81",
		"SELECT role || ' ' || signature || ' ' || checkpoint FROM copies WHERE role = 'live'":                                             "live v8 8",
		"SELECT role || ' ' || signature || ' ' || checkpoint FROM copies WHERE role = 'shadow'":                                           "shadow v9 0",
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", query, got, err, want)
		}
	}
}

func TestAFileFromBeforeEventsWereNotedIsReadAndGoneOnWith(t *testing.T) {
	dir := t.TempDir()
	buildStock(t, dir)
	path := filepath.Join(dir, stock+".sqlite")
	execute("ALTER TABLE copies DROP COLUMN event")(t, path)
	store := openProjections(t, dir)
	wantLive := func(checkpoint domain.Position, id string) {
		t.Helper()
		info, err := store.Projection(t.Context(), stock)
		if err != nil || info.Live == nil || info.Live.Checkpoint != checkpoint || info.Live.EventID != id {
			t.Fatalf("Projection() = %+v, %v; want a live copy at %d with the event %q", info.Live, err, checkpoint, id)
		}
	}
	wantLive(8, "")
	if err := checkStock(t, store); err != nil {
		t.Error(err)
	}
	writer, err := store.Acquire(t.Context(), stock)
	if err != nil {
		t.Fatal(err)
	}
	wantLive(8, "")
	batch := stockAt(8, 9)
	batch.EventID = "e9"
	if err := writer.Commit(t.Context(), ports.Live, batch); err != nil {
		t.Fatal(err)
	}
	wantLive(9, "e9") // seen by who has had the file open all the time
	if err := writer.Release(); err != nil {
		t.Fatal(err)
	}
	execute("UPDATE copies SET checkpoint = 10 WHERE checkpoint = 9")(t, path) // by the program that made the file
	wantLive(10, "")
}

func TestAProjectionThatIsDeletedWhileItRunsIsNotWrittenToUnseen(t *testing.T) {
	dir := t.TempDir()
	store := openProjections(t, dir)
	writer, err := store.Acquire(t.Context(), stock)
	if err == nil {
		err = rebuildStock(t.Context(), writer, 4)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range mustGlob(t, filepath.Join(dir, stock+".sqlite*")) {
		if err := os.Remove(file); err != nil {
			t.Skip(err) // this system keeps files that are open
		}
	}
	if err := writer.Commit(t.Context(), ports.Live, stockAt(4, 5)); err == nil {
		t.Error("a commit to a file that was deleted succeeds")
	}
	if err := checkStock(t, store); err != nil {
		t.Errorf("reading after the file was deleted: %v; want no states", err)
	}
	if err := writer.Release(); err != nil {
		t.Fatal(err)
	}
	if writer, err = store.Acquire(t.Context(), stock); err == nil {
		err = rebuildStock(t.Context(), writer, 2)
	}
	if err = errors.Join(err, checkStock(t, store)); err != nil {
		t.Errorf("after acquiring it again: %v", err)
	}
}

func TestALongReadHoldsUpNoCommitAndSeesNothingOfIt(t *testing.T) {
	dir := t.TempDir()
	buildStock(t, dir)
	store, reading := openProjections(t, dir), openProjections(t, dir)
	writer, err := store.Acquire(t.Context(), stock)
	if err != nil {
		t.Fatal(err)
	}
	at, count := domain.Position(8), 0
	for state, err := range reading.States(t.Context(), stock, ports.StateSelection{}) {
		if err != nil || state.Version != 9 {
			t.Fatalf("the read yields version %d, %v; want 9, which it began with", state.Version, err)
		}
		count++
		if err := writer.Commit(t.Context(), ports.Live, stockAt(at, at+1)); err != nil {
			t.Fatalf("Commit beside a read = %v, want nil", err)
		}
		at++
		if count%20 == 0 {
			if err := rebuildStock(t.Context(), writer, at); err != nil {
				t.Fatalf("Swap beside a read = %v, want nil", err)
			}
		}
	}
	if count != stockSize {
		t.Errorf("the read yields %d states, want %d", count, stockSize)
	}
	if err := checkStock(t, reading); err != nil {
		t.Error(err)
	}
}

func TestSelectionsByTagsAgreeWithTheTagsOfTheStates(t *testing.T) {
	store := openProjections(t, t.TempDir())
	writer, err := store.Acquire(t.Context(), stock)
	if err == nil {
		err = writer.Begin(t.Context(), "v1")
	}
	batch := ports.ProjectionBatch{UpTo: 1}
	odd := []domain.Tag{`it's`, `"quoted"`, "per%cent", "under_score", "ü", "U", "u", `back\slash`}
	for i := range 400 {
		state := counted(fmt.Sprintf("%s %03d", odd[i%len(odd)], i), 1, 0)
		state.Data = []byte(`{}`)
		state.Tags = []domain.Tag{"all", odd[i%len(odd)]}
		if i == 123 {
			state.Tags = append(state.Tags, "rare")
		}
		slices.Sort(state.Tags)
		batch.Put = append(batch.Put, state)
	}
	if err == nil {
		err = writer.Commit(t.Context(), ports.Shadow, batch)
	}
	if err == nil {
		err = writer.Swap(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, tags := range [][]domain.Tag{{odd[0]}, {odd[1], "all"}, {"all", odd[2]}, {"all", "rare"}, {odd[3], "rare", "all"}, {"all"}, {"none", "all"}, {"%"}, {"U"}} {
		var want []string
		for _, state := range batch.Put {
			if !slices.ContainsFunc(tags, func(tag domain.Tag) bool { return !slices.Contains(state.Tags, tag) }) {
				want = append(want, state.Key)
			}
		}
		slices.Sort(want)
		var got []string
		selection := ports.StateSelection{Tags: tags, Limit: 7}
		for { // in pages
			n := 0
			for state, err := range store.States(t.Context(), stock, selection) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, state.Key)
				selection.After = state.Key
				n++
			}
			if n < selection.Limit {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the states with tags %q are %q, want %q", tags, got, want)
		}
		if n, err := store.CountStates(t.Context(), stock, tags...); err != nil || n != len(want) {
			t.Errorf("CountStates(%q) = %d, %v; want %d", tags, n, err, len(want))
		}
	}
}

func TestWhatNoCopyNeedsIsDropped(t *testing.T) {
	dir := t.TempDir()
	buildStock(t, dir)
	// What a crash after a swap leaves behind.
	execute("CREATE TABLE states_77 (key TEXT); CREATE TABLE tags_77 (key TEXT); CREATE TABLE parked_77 (key TEXT)")(t, filepath.Join(dir, stock+".sqlite"))
	store := openProjections(t, dir)
	writer, err := store.Acquire(t.Context(), stock)
	if err != nil {
		t.Fatal(err)
	}
	if n := countTables(t, dir); n != 1 {
		t.Errorf("there are the tables of %d copies, want 1", n)
	}
	for what, do := range map[string]func() error{
		"a second shadow": func() error {
			return errors.Join(writer.Begin(t.Context(), "v1"), writer.Begin(t.Context(), "v2"), writer.Drop(t.Context()))
		},
		"a swap": func() error { return rebuildStock(t.Context(), writer, 9) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if n := countTables(t, dir); n != 1 {
			t.Errorf("after %s there are the tables of %d copies, want 1", what, n)
		}
	}
	if err := checkStock(t, store); err != nil {
		t.Error(err)
	}
}

func TestWhoeverWaitsIsToldByOtherHandles(t *testing.T) {
	dir := t.TempDir()
	store, waiting := openProjections(t, dir), openProjections(t, dir)
	done := make(chan error, 1)
	go func() { done <- waiting.Await(t.Context(), stock, "", 4) }()
	writer, err := store.Acquire(t.Context(), stock)
	if err == nil {
		err = rebuildStock(t.Context(), writer, 4)
	}
	if err = errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
}

func TestNothingIsLeftBehindInMemory(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := t.TempDir()
	for range 5 {
		buildStock(t, dir)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func TestADirectoryWithoutANameIsRefused(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if store, err := sqlite.Open("", sqlite.Options{}); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("Open = %v, %v; want domain.ErrInvalid", store, err)
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	if _, err := sqlite.Open(t.TempDir(), sqlite.Options{PollInterval: -time.Second}); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("Open = %v, want domain.ErrInvalid", err)
	}
}
