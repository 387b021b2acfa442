package filesystem_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// sealedStore makes a closed store of several segments, all but the last of them
// sealed.
func sealedStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10, Clock: fixedClock{}})
	for range 10 {
		mustAppend(t, store, padded("Odd", 300, "n:1", "odd:1"), padded("Even", 300, "n:1"))
		mustAppend(t, store, padded("Third", 500, "n:1", "third:1"))
	}
	untilIndexed(t, dir)
	must(t, store.Close())
	return dir
}

// untilIndexed waits until every segment but the last has a whole index file, which a
// store that is open is about to write.
func untilIndexed(t *testing.T, dir string) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	for {
		report, err := filesystem.Verify(t.Context(), dir)
		if err == nil && len(report.Unindexed) == 0 {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("after a minute Verify() = %+v, %v; want an index file for each segment but the last", report, err)
		}
	}
}

func indexFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "indexes", "*.idx"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestASealedSegmentHasAnIndexFileAndNoFill(t *testing.T) {
	t.Parallel()
	dir := sealedStore(t)
	segments := segmentFiles(t, dir)
	if indexes := indexFiles(t, dir); len(segments) < 3 || len(indexes) != len(segments)-1 {
		t.Fatalf("%d segments and %d index files, want one for each but the last", len(segments), len(indexes))
	}
	for _, file := range segments {
		if text := readFile(t, file); bytes.HasSuffix(text, []byte("\n\n")) {
			t.Errorf("%s ends with fill although the store is closed", filepath.Base(file))
		}
	}
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil || report.Indexes != len(segments)-1 {
		t.Errorf("Verify() = %+v, %v; want %d index files", report, err, len(segments)-1)
	}
}

func TestAnIndexFileThatIsMissingOrDamagedIsMadeAnew(t *testing.T) {
	t.Parallel()
	whole := sealedStore(t)
	want := eventsOf(t, whole)
	size := len(readFile(t, indexFiles(t, whole)[0]))
	damages := map[string]func(t *testing.T, file, other string){
		"missing":   func(t *testing.T, file, _ string) { t.Helper(); must(t, os.Remove(file)) },
		"empty":     func(t *testing.T, file, _ string) { t.Helper(); writeFile(t, file, nil) },
		"cut":       func(t *testing.T, file, _ string) { t.Helper(); writeFile(t, file, readFile(t, file)[:size-1]) },
		"another's": func(t *testing.T, file, other string) { t.Helper(); writeFile(t, file, readFile(t, other)) },
	}
	for _, at := range []int{0, 100, 4096, 4200, 5000, size - 1} {
		damages["flipped at "+domain.Position(at).String()] = func(t *testing.T, file, _ string) {
			t.Helper()
			text := readFile(t, file)
			text[min(at, len(text)-1)] ^= 4
			writeFile(t, file, text)
		}
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			files := indexFiles(t, dir)
			damage(t, files[0], files[1])
			if _, err := filesystem.Verify(t.Context(), dir); name != "missing" {
				var corrupt *ports.CorruptError
				if !errors.As(err, &corrupt) || corrupt.File != files[0] {
					t.Errorf("Verify() = %v, want damage in %s", err, files[0])
				}
			}
			for _, writable := range []bool{false, true} {
				store := mustOpenReadOnly(t, dir)
				if writable {
					must(t, store.Close())
					store = openStore(t, dir, filesystem.Options{})
				}
				for _, q := range []domain.Query{
					domain.All(), domain.NewQuery(domain.Tagged("odd:1")), domain.NewQuery(domain.OfTypes("Third").Tagged("n:1")),
				} {
					answer := slices.DeleteFunc(slices.Clone(want), func(e domain.SequencedEvent) bool { return !q.Matches(e.Event) })
					if got := readAll(t, store, q); !slices.EqualFunc(got, answer, sameEvent) {
						t.Errorf("%v finds %d events, want %d", q, len(got), len(answer))
					}
				}
				if writable {
					untilIndexed(t, dir)
				}
				must(t, store.Close())
			}
			if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Indexes != len(files) {
				t.Errorf("Verify() = %+v, %v; want %d index files, all whole", report, err, len(files))
			}
		})
	}
}

func TestAnIndexFileThatItsMakerLeftUnwrittenIsWrittenByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	options := filesystem.Options{SegmentSize: 4 << 10, Clock: fixedClock{}}
	other := openStore(t, dir, options)
	writer := openStore(t, dir, options)
	for range 20 {
		mustAppend(t, writer, padded("Odd", 300), padded("Even", 300))
	}
	must(t, writer.Close())
	for _, file := range indexFiles(t, dir) {
		must(t, os.Remove(file))
	}
	reader := mustOpenReadOnly(t, dir)
	if got := readAll(t, reader, domain.All()); len(got) != 40 {
		t.Errorf("%d events, want 40", len(got))
	}
	must(t, reader.Close())
	if indexes := indexFiles(t, dir); len(indexes) > 0 {
		t.Errorf("who only reads wrote %q", indexes)
	}

	if got := readAll(t, other, domain.All()); len(got) != 40 {
		t.Errorf("%d events, want 40", len(got))
	}
	// Who began the last segment may be about to seal the one before it.
	want := len(segmentFiles(t, dir)) - 2
	again, deadline := time.Tick(time.Millisecond), time.After(time.Minute)
	for len(indexFiles(t, dir)) < want {
		select {
		case <-again:
		case <-deadline:
			t.Fatalf("%d index files, want %d", len(indexFiles(t, dir)), want)
		}
	}
	must(t, other.Close())
	if got := len(indexFiles(t, dir)); want < 2 || got != want {
		t.Errorf("%d index files, want %d, at least 2", got, want)
	}
}

func TestTheLogSaysWhyAnIndexFileWasMadeAnew(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, file string){
		"damaged": func(t *testing.T, file string) {
			t.Helper()
			text := readFile(t, file)
			text[4096] ^= 1
			writeFile(t, file, text)
		},
		"missing": func(t *testing.T, file string) { t.Helper(); must(t, os.Remove(file)) },
		"empty":   func(t *testing.T, file string) { t.Helper(); writeFile(t, file, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := sealedStore(t)
			file := indexFiles(t, dir)[0]
			damage(t, file)
			var log bytes.Buffer
			store := openStore(t, dir, filesystem.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			readAll(t, store, domain.NewQuery(domain.OfTypes("Odd")))
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			if said := log.String(); !strings.Contains(said, filepath.Base(file)) || !strings.Contains(said, "made anew") {
				t.Errorf("the log says %q, want the name of the index file and that it was made anew", said)
			}
		})
	}
}

func TestAConditionIsCheckedInSealedSegmentsToo(t *testing.T) {
	t.Parallel()
	dir := sealedStore(t)
	store := openStore(t, dir, filesystem.Options{})
	unique := domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.OfTypes("Third").Tagged("third:1"))}
	_, err := store.Append(t.Context(), one("Next"), unique)
	conflict, ok := errors.AsType[*ports.ConflictError](err)
	if !ok || conflict.Position != 3 || conflict.Type != "Third" || len(conflict.Tags) != 2 {
		t.Errorf("Append() = %v, want a conflict with Third at position 3", err)
	}
	unique.After = 30
	if _, err := store.Append(t.Context(), one("Next"), unique); err != nil {
		t.Errorf("Append() behind all of them = %v", err)
	}
}

func TestRepairMakesIndexFilesAnewAndSaysSo(t *testing.T) {
	t.Parallel()
	dir := sealedStore(t)
	files := indexFiles(t, dir)
	must(t, os.Remove(files[0]))
	text := readFile(t, files[1])
	text[4096] ^= 1
	writeFile(t, files[1], text)
	for _, dry := range []bool{true, false} {
		report, err := filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{DryRun: dry})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(report.Indexes); n != 2 || report.Indexes[0].File != files[0] || report.Indexes[1].File != files[1] || report.Nothing() {
			t.Errorf("RepairDir(dry run %v) tells of index files %+v, want %q", dry, report.Indexes, files[:2])
		}
	}
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Indexes != len(files) {
		t.Errorf("Verify() = %+v, %v; want %d index files", report, err, len(files))
	}
	if report, err := filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{}); err != nil || !report.Nothing() {
		t.Errorf("a second repair finds %+v, %v", report, err)
	}
}
