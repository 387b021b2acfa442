package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

// reportFiles verifies the store and says where it is.
func (s *session) reportFiles(ctx context.Context) error {
	report, err := filesystem.Verify(ctx, s.dir)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	path, err := filepath.Abs(s.dir)
	if err != nil {
		return err
	}
	s.heading("Files")
	s.line("  %s", path)
	s.line("  verified: %s in %s, %d KiB, every line, checksum and link of the chain",
		plural(int(report.Events), "event", "events"), plural(report.Segments, "file", "files"), (report.Bytes+1023)/1024)
	s.line("  end of the chain: %s", report.Chain)
	s.line("  the events are text: jq -c 'select(.type==\"Dispensed\")' %s", filepath.Join(s.dir, "events", "*.jsonl"))
	for _, u := range report.Unfinished {
		s.line("  an append at the end was never finished: %s, %d bytes at %d (%s)", u.File, u.Bytes, u.Offset, u.Reason)
	}
	return nil
}

// conclude says how the day went and what one can do next.
func (s *session) conclude(commands int, again bool, wrong int, took time.Duration) {
	s.line("")
	if wrong == 0 {
		s.line("All %d commands and all races came out as the data of the day expects, in %.1f s.", commands, took.Seconds())
	} else {
		s.line("%s not come out as the data of the day expects; each is named below.", plural(wrong, "thing did", "things did"))
	}
	if again {
		s.line("The folder held this day already: what was done was recognised by its command id and not done twice.")
	}
	s.line("Run it again: nothing is done twice. Start afresh: pharmacy reset --yes, or delete the folder.")
	s.line("Go on: pharmacy inventory | log | due | history RX | cases | daily | dispense | do | rebuild | verify   (pharmacy = go run ./examples/pharmacy)")
}
