package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

func TestTheNamesOfAllDirectoriesAboveAreMadeDurable(t *testing.T) {
	t.Parallel()
	root := filepath.VolumeName(t.TempDir()) + string(filepath.Separator)
	path := filepath.Join(root, "data", "shop", "store")
	shop, data := filepath.Dir(path), filepath.Dir(filepath.Dir(path))
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		at   string // where it fails
		with error
		want []string
		err  error
	}{
		"all are":                     {"", nil, []string{shop, data, root}, nil},
		"one that may not be opened":  {data, fmt.Errorf("no: %w", fs.ErrPermission), []string{shop, data}, nil},
		"one that keeps nothing":      {data, &fs.PathError{Op: "sync", Path: data, Err: syscall.EINVAL}, []string{shop, data}, nil},
		"one that cannot":             {data, broken, []string{shop, data}, broken},
		"one that cannot be the next": {shop, broken, []string{shop}, broken},
	} {
		var got []string
		err := syncAbove(path, func(dir string) error {
			got = append(got, dir)
			if dir == tt.at {
				return tt.with
			}
			return nil
		})
		if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("%s: synced %q with error %v, want %q and %v", name, got, err, tt.want, tt.err)
		}
	}
}
