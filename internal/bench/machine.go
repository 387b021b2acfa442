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
	// Sync is the median time of one write of 300 bytes and a sync on a filled file,
	// in microseconds, as measured in the first scenario; 0 when that was not picked.
	Sync    float64 `json:"sync"`
	Go      string  `json:"go"`
	Version string  `json:"version"`
	Commit  string  `json:"commit"`
}

// String writes the machine as one line for people.
func (m Machine) String() string {
	parts := []string{fmt.Sprintf("%s, %d cores", m.CPU, m.Cores), m.System, m.FileSystem}
	if m.Sync > 0 {
		parts = append(parts, fmt.Sprintf("%s %s µs", syncName, figureText(m.Sync)))
	}
	parts = append(parts, m.Go, strings.TrimSpace(m.Version+" "+m.Commit))
	return strings.Join(parts, " · ")
}

// describe says what machine this is and what file system dir is on.
func describe(c Config, dir string) Machine {
	return Machine{
		CPU: cpuName(), Cores: runtime.NumCPU(), System: systemName(), FileSystem: fileSystemOf(dir),
		Go: runtime.Version(), Version: c.Version, Commit: c.Commit,
	}
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
	l.machine.Sync = r.Baseline
	r.Note = "growing file against filled file, no store; " + l.machine.String()
	return r, nil
}
