package filesystem_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// A segment that is gone while its index file is still there is damage, and not the
// store that is missing.
func TestASegmentWhoseIndexFileOutlivesItIsRefusedAsMissing(t *testing.T) {
	t.Parallel()
	whole := sealedStore(t)
	segments := segmentFiles(t, whole)
	for _, path := range segments[:len(segments)-1] {
		name := "events/" + filepath.Base(path)
		for _, tt := range []struct {
			name string
			read func(dir string) error
		}{
			{"by Open", func(dir string) error {
				_, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
				return err
			}},
			{"by OpenReadOnly", func(dir string) error {
				_, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
				return err
			}},
		} {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				dir := copyStore(t, whole)
				remove(name)(t, dir)
				err := tt.read(dir)
				checkCorrupt(t, err, dir, name, "no such file")
				if errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the error %v says that there is no store", err)
				}
			})
		}
	}
}

func TestASegmentThatGoesMissingUnderAnOpenStoreIsRefusedAsMissing(t *testing.T) {
	t.Parallel()
	whole := sealedStore(t)
	name := "events/" + filepath.Base(segmentFiles(t, whole)[1])
	index := "indexes/" + filepath.Base(indexFiles(t, whole)[1])
	for _, gone := range [][]string{{name}, {name, index}} {
		for _, readOnly := range []bool{true, false} {
			dir := copyStore(t, whole)
			open := filesystem.Open
			if readOnly {
				open = filesystem.OpenReadOnly
			}
			store, err := open(t.Context(), dir, filesystem.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range gone {
				remove(file)(t, dir)
			}
			for _, query := range []domain.Query{domain.All(), domain.NewQuery(domain.Tagged("odd:1"))} {
				err := firstError(t, store, query)
				checkCorrupt(t, err, dir, name, "no such file")
				if errors.Is(err, fs.ErrNotExist) {
					t.Errorf("without %q: the error %v says that there is no store", gone, err)
				}
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// firstError reads all that query finds and returns what ends it.
func firstError(t *testing.T, store *filesystem.Store, query domain.Query) error {
	t.Helper()
	result, err := store.Read(t.Context(), query, ports.ReadOptions{})
	if err != nil {
		return err
	}
	for _, err := range result.Events {
		if err != nil {
			return err
		}
	}
	return nil
}
