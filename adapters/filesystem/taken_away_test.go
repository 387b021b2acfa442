package filesystem_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestAnAppendNoticesThatItsFileWasTakenAway(t *testing.T) {
	tests := []struct {
		name string
		take func(dir, segment string) error
	}{
		{"the segment was removed", func(_, segment string) error { return os.Remove(segment) }},
		{"the segment was replaced by a copy", func(_, segment string) error {
			text, err := os.ReadFile(segment)
			if err != nil {
				return err
			}
			return errors.Join(os.Rename(segment, segment+".old"), os.WriteFile(segment, text, 0o600))
		}},
		{"the folder was moved away and another one made in its place", func(dir, _ string) error {
			return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
			})
			if _, err := store.Append(t.Context(), []domain.Event{{Type: "A"}}); err != nil {
				t.Fatal(err)
			}
			if err := tt.take(dir, filepath.Join(dir, "events", "00000000000000000001.jsonl")); err != nil {
				t.Skipf("this system does not let it be taken: %v", err)
			}
			positions, err := store.Append(t.Context(), []domain.Event{{Type: "B"}})
			if !errors.Is(err, ports.ErrCorrupt) {
				t.Errorf("Append() = %v, %v; want ErrCorrupt, for nobody would ever see the event", positions, err)
			}
		})
	}
}
