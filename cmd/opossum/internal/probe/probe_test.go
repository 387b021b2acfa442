package probe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/cmd/opossum/internal/probe"
)

const roleVariable = "OPOSSUM_PROBE_ROLE"

// TestMain plays the other process of a test when it is asked to.
func TestMain(m *testing.M) {
	role, path, _ := strings.Cut(os.Getenv(roleVariable), " ")
	var err error
	switch role {
	case "":
		os.Exit(m.Run())
	case "holds":
		err = probe.Hold(path, os.Stdin, os.Stdout)
	case "pretends":
		fmt.Println("held")
		_, err = io.Copy(io.Discard, os.Stdin)
	case "fails":
		err = errors.New("no")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func as(role string) probe.Holder {
	return func(ctx context.Context, path string) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), roleVariable+"="+role+" "+path)
		return cmd, nil
	}
}

func mustProbe(t *testing.T, dir string, holder probe.Holder) probe.Report {
	t.Helper()
	report, err := probe.Run(t.Context(), dir, holder)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(report.Probed); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind, error %v", left, err)
	}
	return report
}

func outcome(r probe.Report, name string) probe.Outcome {
	i := slices.IndexFunc(r.Checks, func(c probe.Check) bool { return c.Name == name })
	if i < 0 {
		return "not tried"
	}
	return r.Checks[i].Outcome
}

func TestADirectoryOnADiskIsSafeForTheProcessesOfOneMachine(t *testing.T) {
	t.Parallel()
	r := mustProbe(t, t.TempDir(), as("holds"))
	if !r.OneProcess.Safe || !r.SeveralProcesses.Safe || r.SeveralMachines.Safe {
		t.Errorf("report %+v, want safe for processes, not for machines", r)
	}
	for _, name := range []string{"write, cut and read", "rename", "exclusive create", "link", "lock between processes", "lock of a killed process"} {
		if got := outcome(r, name); got != probe.OK {
			t.Errorf("%s is %s, want ok", name, got)
		}
	}
	if r.SyncMicroseconds <= 0 || r.FileSystem.Name == "" || len(r.SeveralMachines.Why) != 1 {
		t.Errorf("report %+v lacks the time of a sync, the file system, or why several machines are not safe", r)
	}
}

func TestALockThatKeepsNobodyOutIsNotSafe(t *testing.T) {
	t.Parallel()
	r := mustProbe(t, t.TempDir(), as("pretends"))
	if !r.OneProcess.Safe || r.SeveralProcesses.Safe || outcome(r, "lock between processes") != probe.Bad {
		t.Errorf("report %+v, want safe for one process only", r)
	}
	if why := strings.Join(r.SeveralProcesses.Why, ""); !strings.Contains(why, "two processes hold the same lock at once") {
		t.Errorf("why: %s", why)
	}
}

func TestALockThatCannotBeTakenIsNotSafe(t *testing.T) {
	t.Parallel()
	r := mustProbe(t, t.TempDir(), as("fails"))
	if r.SeveralProcesses.Safe || outcome(r, "lock between processes") != probe.Bad || outcome(r, "lock of a killed process") != "not tried" {
		t.Errorf("report %+v, want not safe for several processes", r)
	}
}

// makeStore returns a folder that looks like a store, and the one around it.
func makeStore(t *testing.T) (store, around string) {
	t.Helper()
	around, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store = filepath.Join(around, "store")
	if err := errors.Join(os.MkdirAll(filepath.Join(store, "events"), 0o700), os.WriteFile(filepath.Join(store, "store.json"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	return store, around
}

func TestNothingIsMadeInAStore(t *testing.T) {
	t.Parallel()
	store, around := makeStore(t)
	for _, dir := range []string{store, filepath.Join(store, "events")} {
		tried := ""
		r, err := probe.Run(t.Context(), dir, func(ctx context.Context, path string) (*exec.Cmd, error) {
			tried = path
			return as("holds")(ctx, path)
		})
		if err != nil || r.Dir != dir || r.Store != store || r.Probed != around || filepath.Dir(filepath.Dir(tried)) != around {
			t.Errorf("%s: files were tried at %s, report %+v, %v; want them in %s", dir, tried, r, err, around)
		}
		if left, err := os.ReadDir(around); err != nil || len(left) != 1 {
			t.Errorf("it left %v behind, error %v", left, err)
		}
	}
}

func TestAStoreWhoseLockCannotBeOpenedIsNotSafe(t *testing.T) {
	t.Parallel()
	store, _ := makeStore(t)
	if err := os.Mkdir(filepath.Join(store, ".lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	if r, err := probe.Run(t.Context(), store, as("holds")); err != nil || r.OneProcess.Safe || outcome(r, "files can be made here") != probe.Bad {
		t.Errorf("Run() = %+v, %v; want that it is not safe", r, err)
	}
}

func TestAProbeThatIsInterruptedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := func(ctx context.Context, path string) (*exec.Cmd, error) {
		cancel()
		return as("holds")(ctx, path)
	}
	if r, err := probe.Run(ctx, dir, interrupted); !errors.Is(err, context.Canceled) {
		t.Errorf("Run() = %+v, %v; want the context's error", r, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind, error %v", left, err)
	}
}
