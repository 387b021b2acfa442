package filesystem_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const mountVariable = "OPOSSUM_TEST_MAY_MOUNT"

// mayMount runs the test again in a process with mounts of its own, which end with
// it, and returns true there. Elsewhere it returns false when that is done.
func mayMount(t *testing.T) bool {
	t.Helper()
	if os.Getenv(mountVariable) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mountVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Skipf("skipped: no process with mounts of its own can be started here: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("skipped: %s", out)
	default:
		t.Logf("%s", out)
	}
	return false
}

// mountTmpfs mounts an empty file system in memory.
func mountTmpfs(t *testing.T, size string) string {
	t.Helper()
	// What is mounted here must not be seen outside.
	if err := syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""); err != nil {
		t.Skipf("skipped: mounting is not permitted here: %v", err)
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("skipped: mounting is not permitted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func remount(t *testing.T, dir string, flags uintptr, size string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, "size="+size); err != nil {
		t.Fatalf("remount: %v", err)
	}
}

func TestAStoreOnAReadOnlyFileSystemCanBeReadOnly(t *testing.T) {
	if !mayMount(t) {
		return
	}
	disk := mountTmpfs(t, "1m")
	dir := filepath.Join(disk, "store")
	if err := os.CopyFS(dir, os.DirFS(makeStore(t, 12))); err != nil {
		t.Fatal(err)
	}
	remount(t, disk, syscall.MS_RDONLY, "1m")
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if !errors.Is(err, syscall.EROFS) {
		t.Errorf("Open() = %v, %v, want that the file system is read-only", store, err)
	}
	checkText(t, err, dir, "read-only file system")
	fresh := filepath.Join(disk, "new")
	if _, err := filesystem.Open(t.Context(), fresh, filesystem.Options{}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("Open() of a new store = %v, want that the file system is read-only", err)
	} else {
		checkText(t, err, fresh)
	}
	reader, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, reader, domain.All()); len(got) != 12 {
		t.Errorf("read %d events, want 12", len(got))
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != 12 {
		t.Errorf("Verify() = %+v, %v, want 12 events", report, err)
	}
}

// fill appends until it fails some times in a row. It returns the ids of the
// events that were acknowledged, and of those whose outcome is unknown.
func fill(t *testing.T, store *filesystem.Store, name string) (acknowledged, unknown []string) {
	t.Helper()
	for i, failures := 0, 0; failures < 3; i++ {
		events := []domain.Event{padded("Filling", 1500), padded("Filling", 300)}
		var ids []string
		for n := range events {
			events[n].Metadata.ID = fmt.Sprintf("%s-%d-%d", name, i, n)
			ids = append(ids, events[n].Metadata.ID)
		}
		positions, err := store.Append(t.Context(), events)
		switch {
		case err == nil:
			if positions.Len() != 2 {
				t.Fatalf("Append() = %v", positions)
			}
			acknowledged = append(acknowledged, ids...)
			continue
		case !errors.Is(err, syscall.ENOSPC):
			t.Fatalf("Append() = %v, want that the disk is full", err)
		case errors.Is(err, ports.ErrUnknownOutcome):
			unknown = append(unknown, ids...)
		}
		checkText(t, err, "no space left on device", "events")
		failures++
	}
	return acknowledged, unknown
}

func TestAFullDiskLosesNothingAndTheStoreGoesOnWithMoreRoom(t *testing.T) {
	if !mayMount(t) {
		return
	}
	for _, size := range []int{64, 128, 256, 512} {
		for _, segment := range []int64{16 << 10, 64 << 10, 1 << 20} {
			t.Run(fmt.Sprintf("disk=%dk/segment=%dk", size, segment>>10), func(t *testing.T) {
				disk := mountTmpfs(t, fmt.Sprintf("%dk", size))
				ballast := filepath.Join(disk, "ballast")
				// More than the index files take that are still to be written.
				writeFile(t, ballast, make([]byte, size<<9))
				dir := filepath.Join(disk, "store")
				options := filesystem.Options{SegmentSize: segment}
				store, err := filesystem.Open(t.Context(), dir, options)
				if err != nil {
					t.Fatal(err)
				}
				acknowledged, unknown := fill(t, store, "full")
				checkIDs(t, dir, acknowledged, unknown)

				// It goes on when there is room again: the same store, and one that is
				// opened on the full disk.
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
				more, unknown2 := fill(t, store, "freed")
				if len(more) == 0 {
					t.Error("nothing could be appended although there was room")
				}
				acknowledged, unknown = append(acknowledged, more...), append(unknown, unknown2...)
				if err := store.Close(); err != nil {
					t.Error(err)
				}
				checkIDs(t, dir, acknowledged, unknown)
				if store, err = filesystem.Open(t.Context(), dir, options); err != nil {
					t.Fatalf("Open() on a full disk: %v", err)
				}
				remount(t, disk, 0, "1m")
				more, unknown2 = fill(t, store, "larger")
				if len(more) < 100 {
					t.Errorf("%d events could be appended on the larger disk", len(more))
				}
				if err := store.Close(); err != nil {
					t.Error(err)
				}
				checkIDs(t, dir, append(acknowledged, more...), append(unknown, unknown2...))
			})
		}
	}
}

// checkIDs checks that the store in dir verifies and holds every acknowledged
// event in order, and beside them at most those whose outcome is unknown.
func checkIDs(t *testing.T, dir string, acknowledged, unknown []string) {
	t.Helper()
	if _, err := filesystem.Verify(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	store, err := filesystem.OpenReadOnly(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got []string
	for _, e := range readAll(t, store, domain.All()) {
		if !slices.Contains(unknown, e.Metadata.ID) {
			got = append(got, e.Metadata.ID)
		}
	}
	if !slices.Equal(got, acknowledged) {
		t.Errorf("the store holds %d acknowledged events, want the %d in their order", len(got), len(acknowledged))
	}
}

func TestAStoreThatFoundNoRoomToBeCreatedIsCreatedLater(t *testing.T) {
	if !mayMount(t) {
		return
	}
	failed := 0
	for pages := range 6 {
		disk := mountTmpfs(t, "1m")
		dir := filepath.Join(disk, "store")
		writeFile(t, filepath.Join(disk, "ballast"), make([]byte, 4<<10))
		remount(t, disk, 0, fmt.Sprintf("%dk", 4*(pages+1)))
		store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
		if err != nil {
			failed++
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("Open() = %v, want that the disk is full", err)
			}
			checkText(t, err, dir, "no space left on device")
			remount(t, disk, 0, "1m")
			if store, err = filesystem.Open(t.Context(), dir, filesystem.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		acknowledged, unknown := fill(t, store, "first")
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		checkIDs(t, dir, acknowledged, unknown)
	}
	if failed == 0 {
		t.Error("no disk was too small")
	}
}
