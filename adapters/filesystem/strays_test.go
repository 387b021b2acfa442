package filesystem_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

func TestVerifyAndRepairTellOfWhatIsAmongTheIndexFilesAndBelongsToNoSegment(t *testing.T) {
	t.Parallel()
	whole := makeIndexed(t)
	add := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			for _, name := range names {
				writeFile(t, filepath.Join(dir, name), []byte("foreign"))
			}
		}
	}
	const first, last, nobody = "indexes/00000000000000000001.idx", "indexes/00000000000000000011.idx", "indexes/00000000000000000099.idx"
	for _, tt := range []struct {
		name  string
		spoil func(*testing.T, string)
		want  []string
	}{
		{"nothing", func(*testing.T, string) {}, nil},
		{"no index files", remove("indexes"), nil},
		{"a file of no segment, and another one", add(nobody, "indexes/foo"), []string{nobody, "indexes/foo"}},
		{"an index file that is being made", add(first + ".tmp"), nil},
		{"one that is being made for no segment", add(nobody + ".tmp"), []string{nobody + ".tmp"}},
		{"one of the last segment, which has its index in memory", add(last), []string{last}},
		{"the name of a segment with fewer digits", add("indexes/1.idx"), []string{"indexes/1.idx"}},
		{"a folder", func(t *testing.T, dir string) {
			t.Helper()
			must(t, os.Mkdir(filepath.Join(dir, "indexes", "old"), 0o700))
		}, []string{"indexes/old"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			tt.spoil(t, dir)
			var want []string
			for _, name := range tt.want {
				want = append(want, filepath.Join(dir, filepath.FromSlash(name)))
			}
			report, err := filesystem.Verify(t.Context(), dir)
			if err != nil || !slices.Equal(report.Strays, want) {
				t.Errorf("Verify() tells of %q, %v; want %q and no error", report.Strays, err, want)
			}
			for _, dry := range []bool{true, false} {
				got := mustRepair(t, dir, filesystem.RepairOptions{DryRun: dry})
				if !slices.Equal(got.Strays, want) || got.Nothing() != (len(got.Indexes) == 0) {
					t.Errorf("RepairDir() = %+v, want strays %q, and that they are nothing to repair", got, want)
				}
			}
			for _, path := range want {
				if _, err := os.Lstat(path); err != nil {
					t.Errorf("after the repair: %v", err)
				}
			}
		})
	}
}

func TestAFileInThePlaceOfTheIndexFilesIsAStray(t *testing.T) {
	for events, unindexed := range map[int]int{3: 0, 12: 2} { // one segment, which needs none, and three
		dir := makeStore(t, events)
		path := filepath.Join(dir, "indexes")
		must(t, errors.Join(os.RemoveAll(path), os.WriteFile(path, nil, 0o600)))
		report, err := filesystem.Verify(t.Context(), dir)
		if err != nil || !slices.Equal(report.Strays, []string{path}) || len(report.Unindexed) != unindexed || report.Indexes != 0 {
			t.Errorf("Verify() of %d events = %+v, %v; want %s as a stray, and %d index files that are not there", events, report, err, path, unindexed)
		}
		found := mustRepair(t, dir, filesystem.RepairOptions{DryRun: true})
		if !slices.Equal(found.Strays, []string{path}) || len(found.Indexes) != unindexed {
			t.Errorf("RepairDir() of %d events = %+v, want %s as a stray, and %d index files to make", events, found, path, unindexed)
		}
		if unindexed > 0 { // which cannot be made there
			_, err = filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{})
			checkText(t, err, filepath.Join(path, "00000000000000000001.idx"), "not made anew")
		}
		if text := readFile(t, path); len(text) > 0 {
			t.Errorf("after the repair %s holds %q", path, text)
		}
	}
}

func TestALinkOutOfTheStoreInThePlaceOfTheIndexFilesIsAStray(t *testing.T) {
	for _, target := range []string{t.TempDir(), filepath.Join(t.TempDir(), "gone")} {
		dir := makeStore(t, 12)
		path := filepath.Join(dir, "indexes")
		if err := os.Symlink(target, path); err != nil {
			t.Skipf("skipped: symbolic links cannot be made here: %v", err)
		}
		report, err := filesystem.Verify(t.Context(), dir)
		if err != nil || report.Events != 12 || !slices.Equal(report.Strays, []string{path}) || len(report.Unindexed) != 2 {
			t.Errorf("Verify() = %+v, %v; want %s as a stray, and two index files that are not there", report, err, path)
		}
		found := mustRepair(t, dir, filesystem.RepairOptions{DryRun: true})
		if !slices.Equal(found.Strays, []string{path}) || len(found.Indexes) != 2 {
			t.Errorf("RepairDir() = %+v, want %s as a stray, and two index files to make", found, path)
		}
	}
}

func TestVerifyBesideAWriterThatSealsTellsOfNoStray(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	store := openStore(t, dir, filesystem.Options{SegmentSize: 4 << 10})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 60 {
			if _, err := store.Append(t.Context(), []domain.Event{padded("Happened", 2000)}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for looking := true; looking; {
		select {
		case <-done:
			looking = false
		default:
		}
		report, err := filesystem.Verify(t.Context(), dir)
		if err != nil || len(report.Strays) > 0 {
			t.Errorf("Verify() tells of %q, %v; want none", report.Strays, err)
		}
	}
	if n := len(segmentFiles(t, dir)); n < 20 {
		t.Errorf("%d segments, want more", n)
	}
}
