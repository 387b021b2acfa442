package memory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// someIDs gives one id after the other.
type someIDs struct{ left []string }

func (ids *someIDs) NewID() string {
	id := ids.left[0]
	ids.left = ids.left[1:]
	return id
}

type fixedTime time.Time

func (t fixedTime) Now() time.Time { return time.Time(t) }

func TestWhatTheOptionsGiveIsCheckedBeforeItIsStored(t *testing.T) {
	t.Parallel()
	// The first event of the batch gets a sound id: it is not stored either.
	ids := func(second string) memory.Options { return memory.Options{IDs: &someIDs{[]string{"sound", second}}} }
	at := func(year int) memory.Options {
		return memory.Options{Clock: fixedTime(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))}
	}
	const badID, badTime = "opossum: append: Options.IDs made the id ", "opossum: append: the clock says "
	tests := []struct {
		name    string
		options memory.Options
		want    string // how the error begins; "" for none
	}{
		{"an empty id", ids(""), badID + `""`},
		{"an id that is not text", ids("a\xff"), badID + `"a\xff"`},
		{"an id with NUL", ids("a\x00b"), badID + `"a\x00b"`},
		{"an id that is too long", ids(strings.Repeat("x", domain.MaxMetadataBytes+1)), badID + `"xxx`},
		{"the longest id", ids(strings.Repeat("x", domain.MaxMetadataBytes)), ""},
		{"the year 10000", at(10000), badTime + "10000-01-01"},
		{"the year 9999", at(9999), ""},
		{"the year 0", at(0), badTime + "0000-01-01"},
		{"the year 2", at(2), ""},
		{"no time at all", memory.Options{Clock: fixedTime{}}, badTime + "0001-01-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := memory.New(tt.options)
			_, err := store.Append(t.Context(), []domain.Event{{Type: "A"}, {Type: "B"}})
			var wantHead domain.Position
			if tt.want == "" {
				wantHead = 2
				if err != nil {
					t.Errorf("Append() = %v, want no error", err)
				}
			} else if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !strings.HasSuffix(err.Error(), ", which cannot be stored; nothing was written") {
				t.Errorf("Append() = %v, want an error that begins with %q and says that nothing was written", err, tt.want)
			}
			if head, err := store.Head(t.Context()); head != wantHead || err != nil {
				t.Errorf("Head() = %d, %v; want %d", head, err, wantHead)
			}
		})
	}
}

func TestErrorsNameTheModuleOnce(t *testing.T) {
	t.Parallel()
	closed := memory.New(memory.Options{})
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	uses := map[string]func(ctx context.Context, s *memory.Store) error{
		"Append": func(ctx context.Context, s *memory.Store) error {
			_, err := s.Append(ctx, []domain.Event{{Type: "A"}})
			return err
		},
		"Head": func(ctx context.Context, s *memory.Store) error {
			_, err := s.Head(ctx)
			return err
		},
		"Read": func(ctx context.Context, s *memory.Store) error {
			_, err := s.Read(ctx, domain.All(), ports.ReadOptions{})
			return err
		},
		"Subscribe": func(ctx context.Context, s *memory.Store) error {
			for _, err := range s.Subscribe(ctx, domain.All(), 0) {
				return err
			}
			return errors.New("the subscription ended without an error")
		},
	}
	for name, use := range uses {
		if err := use(t.Context(), closed); err == nil || err.Error() != "opossum: store is closed" {
			t.Errorf("%s on a closed store = %v, want %q", name, err, ports.ErrClosed)
		}
		if err := use(ended, &memory.Store{}); err == nil || err.Error() != "opossum: context canceled" {
			t.Errorf("%s with an ended context = %v, want %q", name, err, "opossum: context canceled")
		}
	}
}
