package filesystem_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

type fixedID string

func (id fixedID) NewID() string { return string(id) }

type fixedTime time.Time

func (t fixedTime) Now() time.Time { return time.Time(t) }

func TestWhatTheOptionsGiveIsCheckedBeforeItIsWritten(t *testing.T) {
	tests := []struct {
		name    string
		options filesystem.Options
		want    string
	}{
		{"an empty id", filesystem.Options{IDs: fixedID("")}, "Options.IDs"},
		{"an id that is not text", filesystem.Options{IDs: fixedID("a\xff")}, "Options.IDs"},
		{"an id that is too long", filesystem.Options{IDs: fixedID(strings.Repeat("x", domain.MaxMetadataBytes+1))}, "Options.IDs"},
		{"the year 12000", filesystem.Options{Clock: fixedTime(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC))}, "the clock says"},
		{"no time at all", filesystem.Options{Clock: fixedTime{}}, "the clock says"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			openStore(t, dir, filesystem.Options{}) // made with a sound clock
			store := openStore(t, dir, tt.options)
			_, err := store.Append(t.Context(), []domain.Event{{Type: "A"}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "nothing was written") {
				t.Errorf("Append() = %v, want an error that names %q and says that nothing was written", err, tt.want)
			}
			if head, err := store.Head(t.Context()); head != 0 || err != nil {
				t.Errorf("Head() = %d, %v; want 0", head, err)
			}
		})
	}
}
