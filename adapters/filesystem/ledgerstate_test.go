package filesystem_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

func TestVerifyAndRepairTellHowTheyFoundTheLedger(t *testing.T) {
	t.Parallel()
	whole := makeStore(t, 12)
	stale := readFile(t, filepath.Join(whole, "ledger"))
	store := openStore(t, whole, filesystem.Options{})
	mustAppend(t, store, one("Last")...)
	must(t, store.Close())
	for _, tt := range []struct {
		name      string
		spoil     func(*testing.T, string)
		state     filesystem.LedgerState
		want, got string
	}{
		{"as it is", func(*testing.T, string) {}, filesystem.LedgerCurrent, "", ""},
		{"from before the last append", replaceText("ledger", string(stale)), filesystem.LedgerStale, "position 13", "position 12"},
		{"removed", remove("ledger"), filesystem.LedgerMissing, "", ""},
		{"emptied", replaceText("ledger", ""), filesystem.LedgerNotWhole, "320 bytes", `0 bytes: ""`},
		{"replaced by garbage", replaceText("ledger", "gar\x1bbage"), filesystem.LedgerNotWhole, "320 bytes", `8 bytes: "gar\x1bbage"`},
		{"cut", change("ledger", func(b []byte) []byte { return b[:100] }), filesystem.LedgerNotWhole, "320 bytes", `100 bytes: "{\"position\":13,`},
		{"changed", change("ledger", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"position":13`), []byte(`"position":19`), 1)
		}), filesystem.LedgerNotWhole, "checksum", `320 bytes: "{\"position\":19,`},
		{"replaced by much garbage", replaceText("ledger", strings.Repeat("x", 5000)), filesystem.LedgerNotWhole, "320 bytes", `5000 bytes: "xxx`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			tt.spoil(t, dir)
			report, err := filesystem.Verify(t.Context(), dir)
			must(t, err)
			found := report.Ledger
			if found.State != tt.state || found.File != filepath.Join(dir, "ledger") {
				t.Errorf("Verify() found the ledger %+v, want it %s", found, tt.state)
			}
			if !strings.Contains(found.Want, tt.want) || !strings.Contains(found.Got, tt.got) || (tt.want == "") != (found.Want == "") || (tt.got == "") != (found.Got == "") {
				t.Errorf("Verify() wants %q and got %q; want %q and %q", found.Want, found.Got, tt.want, tt.got)
			}
			for _, dry := range []bool{true, false} {
				if got := mustRepair(t, dir, filesystem.RepairOptions{DryRun: dry}); got.Ledger != tt.state {
					t.Errorf("RepairDir() found the ledger %s, want %s", got.Ledger, tt.state)
				}
			}
			if report, err = filesystem.Verify(t.Context(), dir); err != nil || report.Ledger.State != filesystem.LedgerCurrent {
				t.Errorf("Verify() after the repair = %+v, %v; want a current ledger", report, err)
			}
		})
	}
}

func TestTheLedgerOfAStoreBesideItsWriterIsCurrent(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, filesystem.Options{})
	for range 3 {
		report, err := filesystem.Verify(t.Context(), dir)
		if err != nil || report.Ledger.State != filesystem.LedgerCurrent {
			t.Errorf("Verify() = %+v, %v; want a current ledger", report, err)
		}
		mustAppend(t, store, one("Next")...)
	}
}
