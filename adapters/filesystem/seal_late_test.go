package filesystem

import (
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs/vfstest"
	"github.com/opossum-go/opossum/domain"
)

// Sealing looks at what is committed. Begun before that is known, it would find nothing
// to do, and nobody would come back to it before the next segment.
func TestWhatAnotherStoreCommittedIsSealedWhenItIsKnown(t *testing.T) {
	t.Parallel()
	disk := vfstest.New()
	other, writer := mustOpenOn(t, disk.FS(), Options{}), mustOpenOn(t, disk.FS(), Options{SegmentSize: minSegmentSize})
	writer.spawn = func(func()) {} // it leaves the index files to others
	const segments = 4
	for range segments {
		mustAppend(t, writer, domain.Event{Type: "Large", Data: []byte(`"` + strings.Repeat("x", minSegmentSize) + `"`)})
	}
	var heads []domain.Position
	var tasks []func()
	other.spawn = func(task func()) { heads, tasks = append(heads, other.visible()), append(tasks, task) }
	if log, err := readAll(other); len(log) != segments || err != nil {
		t.Fatalf("got %d events, %v, want %d", len(log), err, segments)
	}
	for _, head := range heads {
		if head != segments {
			t.Errorf("something was begun in the background when position %d was known, want %d", head, segments)
		}
	}
	for _, task := range tasks {
		task()
	}
	for position := domain.Position(1); position <= segments; position++ {
		_, ok := disk.Content(indexName(position))
		// Who began the last segment is to seal the one before it.
		if want := position < segments-1; ok != want {
			t.Errorf("the segment that begins at %d has an index file: %v, want %v", position, ok, want)
		}
	}
}
