package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Machine says where the figures come from.
type Machine struct {
	CPU        string `json:"cpu"`
	Cores      int    `json:"cores"`
	System     string `json:"system"` // operating system and kernel
	FileSystem string `json:"fileSystem"`
	// SyncCall is the system call that makes a write durable.
	SyncCall string `json:"syncCall"`
	// Sync is the median time of one write of 300 bytes and SyncCall on a filled file,
	// in microseconds, measured before the first scenario.
	Sync float64 `json:"sync"`
	// SyncHint says what is to be thought of syncs that are as fast as that; empty when
	// they are not remarkable.
	SyncHint string `json:"syncHint,omitempty"`
	Go       string `json:"go"`
	Version  string `json:"version"`
	Commit   string `json:"commit"`
}

// String writes the machine for people: a line, and one more for the hint.
func (m Machine) String() string {
	text := strings.Join([]string{
		fmt.Sprintf("%s, %d cores", m.CPU, m.Cores), m.System, m.FileSystem, fmt.Sprintf("%s %s µs", m.SyncCall, figureText(m.Sync)),
		m.Go, strings.TrimSpace(m.Version + " " + m.Commit),
	}, " · ")
	if m.SyncHint != "" {
		text += "\nnote: " + m.SyncHint
	}
	return text
}

// describe says what machine this is, what file system the measured directory is on,
// and how long a sync takes there.
func (l *lab) describe(ctx context.Context) error {
	sync, err := l.syncTime(ctx)
	if err != nil {
		return fmt.Errorf("opossum: bench: measure how long a sync takes: %w", err)
	}
	l.machine = Machine{
		CPU: cpuName(), Cores: runtime.NumCPU(), System: systemName(), FileSystem: fileSystemOf(l.dir),
		SyncCall: syncName, Sync: sync, SyncHint: syncHint(sync),
		Go: runtime.Version(), Version: l.config.Version, Commit: l.config.Commit,
	}
	return nil
}

// syncTime takes one slice, and no longer than the usual one.
func (l *lab) syncTime(ctx context.Context) (micros float64, err error) {
	f, err := newRawFile(l.dir, "sync", 1<<20)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.discard()) }()
	s, err := f.writes(1)(ctx, min(l.config.Slice, usualSlice))
	return latency.of(s), err
}

// What a sync takes, in microseconds, below which it is remarkable.
const (
	fasterThanDisks    = 20
	fasterThanFlushing = 200 // disks with a cache that needs power take longer to empty it
)

// syncHint guesses from the time of a sync whether something is flushed. Nothing in a
// program can know that.
func syncHint(micros float64) string {
	switch {
	case micros < fasterThanDisks:
		return "no disk syncs that fast: either something in between keeps the data over a power cut, or a power cut loses acknowledged events; " +
			"this is a guess from the time alone"
	case micros < fasterThanFlushing:
		return "syncs are that fast where the cache of the disk survives a power cut; with any other disk, it or the hypervisor does not flush, " +
			"and a power cut loses acknowledged events; this is a guess from the time alone"
	}
	return ""
}

// machineScenarios measure the disk alone.
func machineScenarios() []Scenario {
	return []Scenario{{
		Name:  "disk",
		About: "one write of 300 bytes and " + syncName + " at the end of a growing file; the same in a filled file",
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.disk(ctx) },
	}}
}

func (l *lab) disk(ctx context.Context) (r Result, err error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	growing, err := newRawFile(l.dir, "growing", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, growing.discard()) }()
	growing.size = 1 << 40 // it never begins anew
	r, err = l.compare(ctx, comparison{metric: latency, store: growing.writes(1), baseline: raw.writes(1)})
	if err != nil {
		return Result{}, err
	}
	r.Note = "growing file against filled file, no store"
	return r, nil
}
