package filesystem_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func mustRepair(t *testing.T, dir string, options filesystem.RepairOptions) filesystem.RepairReport {
	t.Helper()
	report, err := filesystem.RepairDir(t.Context(), dir, options)
	if err != nil {
		t.Fatalf("RepairDir(%+v) = %v", options, err)
	}
	return report
}

func TestRepairMendsWhatACrashLeftBehindAndKeepsEveryEvent(t *testing.T) {
	whole := makeStore(t, 12)
	want := eventsOf(t, whole)
	staleLedger := readFile(t, filepath.Join(whole, "ledger"))
	writer := openStore(t, whole, filesystem.Options{})
	mustAppend(t, writer, one("Last")...)
	want = append(want, readAll(t, writer, domain.All())[12])
	if err := writer.Close(); err != nil { // every index file is written then
		t.Fatal(err)
	}

	tests := []struct {
		name   string
		spoil  func(t *testing.T, dir string)
		torn   bool
		ledger filesystem.LedgerState
	}{
		{"nothing to repair", func(*testing.T, string) {}, false, filesystem.LedgerCurrent},
		{"a torn tail", func(t *testing.T, dir string) { tornTail(t, dir) }, true, filesystem.LedgerCurrent},
		{"no ledger", remove("ledger"), false, filesystem.LedgerMissing},
		{"a ledger that is not whole", replaceText("ledger", "garbage"), false, filesystem.LedgerNotWhole},
		{"a ledger that is behind", func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "ledger"), staleLedger)
		}, false, filesystem.LedgerStale},
		{"a torn tail and no ledger", func(t *testing.T, dir string) {
			tornTail(t, dir)
			remove("ledger")(t, dir)
		}, true, filesystem.LedgerMissing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := copyStore(t, whole)
			tt.spoil(t, dir)
			check := func(report filesystem.RepairReport, rewritten bool) {
				t.Helper()
				if got := len(report.Torn) == 1; got != tt.torn || report.Ledger != tt.ledger || report.Events != 13 || report.LedgerRewritten != rewritten {
					t.Errorf("report = %+v, want torn %v, ledger %s, rewritten %v, 13 events", report, tt.torn, tt.ledger, rewritten)
				}
				if nothing := !tt.torn && tt.ledger == filesystem.LedgerCurrent; report.Nothing() != nothing {
					t.Errorf("Nothing() = %v, want %v", report.Nothing(), nothing)
				}
			}
			before := readDisk(t, dir)
			check(mustRepair(t, dir, filesystem.RepairOptions{DryRun: true}), false)
			checkDisk(t, dir, before)

			check(mustRepair(t, dir, filesystem.RepairOptions{}), tt.ledger != filesystem.LedgerCurrent)
			if got := eventsOf(t, dir); !slices.EqualFunc(got, want, sameEvent) {
				t.Errorf("after the repair there are %d events, want the %d from before", len(got), len(want))
			}
			if again := mustRepair(t, dir, filesystem.RepairOptions{}); !again.Nothing() {
				t.Errorf("a second repair found %+v, want nothing", again)
			}
		})
	}
}

func TestRepairRefusesWhatACrashDoesNotExplain(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  error
	}{
		{"a changed event", change("events/00000000000000000001.jsonl", func(text []byte) []byte {
			text[slices.Index(text, 'E')] = 'e'
			return text
		}), ports.ErrCorrupt},
		{"a segment that is gone", remove("events/00000000000000000001.jsonl"), ports.ErrCorrupt},
		{"no store", func(t *testing.T, dir string) {
			if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, fs.ErrNotExist},
	}
	whole := makeStore(t, 12)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := copyStore(t, whole)
			tt.spoil(t, dir)
			before := readDisk(t, dir)
			for _, dry := range []bool{true, false} {
				report, err := filesystem.RepairDir(t.Context(), dir, filesystem.RepairOptions{DryRun: dry})
				if !errors.Is(err, tt.want) {
					t.Errorf("RepairDir(dry run %v) = %+v, %v; want %v", dry, report, err, tt.want)
				}
			}
			checkDisk(t, dir, before)
		})
	}
}

func TestARepairWaitsForTheProcessThatAppends(t *testing.T) {
	for _, dry := range []bool{true, false} {
		t.Run(fmt.Sprintf("dry run %v", dry), func(t *testing.T) {
			dir := makeStore(t, 12)
			tornTail(t, dir)
			release := holdLock(t, dir)
			ctx := &askedContext{Context: t.Context(), often: make(chan struct{})}
			go func() {
				<-ctx.often // it is waiting
				release()
			}()
			report, err := filesystem.RepairDir(ctx, dir, filesystem.RepairOptions{DryRun: dry})
			if err != nil || len(report.Torn) != 1 {
				t.Errorf("RepairDir() = %+v, %v; want the torn tail that it sees when the lock is free", report, err)
			}
		})
		t.Run(fmt.Sprintf("dry run %v, until the context ends", dry), func(t *testing.T) {
			dir := makeStore(t, 12)
			holdLock(t, dir)
			inner, cancel := context.WithCancel(t.Context())
			ctx := &askedContext{Context: inner, often: make(chan struct{})}
			go func() {
				<-ctx.often
				cancel()
			}()
			_, err := filesystem.RepairDir(ctx, dir, filesystem.RepairOptions{DryRun: dry})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v, want the context's", err)
			}
			checkText(t, err, filepath.Join(dir, ".lock"))
		})
	}
}
