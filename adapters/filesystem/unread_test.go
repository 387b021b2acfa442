package filesystem_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

func TestVerifyTellsHowMuchItCouldNotLookAtBesideAWriter(t *testing.T) {
	dir := makeStore(t, 12)
	_, added := tornTail(t, dir)
	release := holdLock(t, dir)
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil || report.Unread != int64(len(added)) || report.LockFault != nil || report.Events != 12 {
		t.Errorf("Verify() = %+v, %v; want 12 events, and that %d bytes were not looked at", report, err, len(added))
	}
	release()
	report, err = filesystem.Verify(t.Context(), dir)
	if err != nil || report.Unread != 0 || len(report.Unfinished) != 1 {
		t.Errorf("Verify() = %+v, %v; want an unfinished append, and everything looked at", report, err)
	}
	// Fill is nothing to look at.
	store := openStore(t, dir, filesystem.Options{})
	for range 8 {
		mustAppend(t, store, one("Filled")...)
	}
	must(t, store.Close())
	file, err := os.OpenFile(filepath.Join(dir, filepath.FromSlash(threeSegments[2])), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteString("\n\n\n\n")
	must(t, err)
	must(t, file.Close())
	holdLock(t, dir)
	if report, err = filesystem.Verify(t.Context(), dir); err != nil || report.Unread != 0 {
		t.Errorf("Verify() = %+v, %v; want that there was nothing more to look at than newlines", report, err)
	}
}

func TestALockThatIsNoFileIsToldOfAndNotTakenForAWriter(t *testing.T) {
	whole := makeStore(t, 12)
	dir := copyStore(t, whole)
	replaceByDir(".lock")(t, dir)
	report, err := filesystem.Verify(t.Context(), dir)
	if err != nil || report.Events != 12 || report.LockFault == nil {
		t.Fatalf("Verify() = %+v, %v; want 12 events, and what is wrong with the lock", report, err)
	}
	checkCorrupt(t, report.LockFault, dir, ".lock", "a directory")
	_, err = filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{DryRun: true})
	checkCorrupt(t, err, dir, ".lock", "a directory")
	// Without a ledger nobody can say what is committed.
	remove("ledger")(t, dir)
	for _, how := range []string{"OpenReadOnly", "Verify", "RepairDir dry"} {
		checkCorrupt(t, openersAndRepair()[how](t, dir), dir, ".lock", "a directory")
	}
}
