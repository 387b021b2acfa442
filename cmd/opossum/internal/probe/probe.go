// Package probe tries out what a directory and the machine do with files, and says
// whether a store is safe there. It believes what it sees, not what the file system
// is called; only where a probe cannot show a danger, the kind of the file system
// decides.
package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Outcome says how a check went.
type Outcome string

const (
	// OK is what a store needs.
	OK Outcome = "ok"
	// Warning is what somebody has to think about.
	Warning Outcome = "warning"
	// Bad is what makes the directory unsafe for a store.
	Bad Outcome = "bad"
	// Unchecked is what this system does not let itself be asked.
	Unchecked Outcome = "unchecked"
)

// Check is one thing that was tried.
type Check struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Text    string  `json:"text"`
}

// Use is a way to use a store, and whether it is safe.
type Use struct {
	Safe bool     `json:"safe"`
	Why  []string `json:"why"` // what makes it safe, or what makes it unsafe
}

// Kind says who keeps the files of a file system.
type Kind string

const (
	// Local is a disk of this machine.
	Local Kind = "local"
	// Network is another machine, or a program in between.
	Network Kind = "network"
	// Memory is gone when the machine stops.
	Memory Kind = "memory"
	// Unknown is a kind that this program has not heard of.
	Unknown Kind = "unknown"
)

// FileSystem is what the system says about the file system of a directory. Counts
// are -1 where it does not say.
type FileSystem struct {
	Name       string `json:"name"`
	Kind       Kind   `json:"kind"`
	FreeBytes  int64  `json:"freeBytes"`
	FreeInodes int64  `json:"freeInodes"`
}

// Report is what was found.
type Report struct {
	// Dir is the directory that was asked about.
	Dir string `json:"dir"`
	// Store is the store that Dir is or belongs to, empty when there is none.
	Store string `json:"store"`
	// Probed is the directory in which files were made: Dir, or the one around the
	// store, so that nothing is made in it. When it is the store, nothing could be made
	// around it on the same disk. It is empty when nothing was made.
	Probed     string     `json:"probed"`
	FileSystem FileSystem `json:"fileSystem"`
	// SyncMicroseconds is the median time of a small write that is made durable.
	SyncMicroseconds float64 `json:"syncMicroseconds"`
	Checks           []Check `json:"checks"`

	OneProcess       Use `json:"oneProcess"`
	SeveralProcesses Use `json:"severalProcesses"` // of one machine
	SeveralMachines  Use `json:"severalMachines"`
}

// Holder returns a command for another process that takes the lock at path, prints
// a line when it has it, and keeps it until its standard input ends or it dies.
type Holder func(ctx context.Context, path string) (*exec.Cmd, error)

// Run probes the directory dir and leaves nothing behind. An error means that it
// could not be probed at all.
func Run(ctx context.Context, dir string, holder Holder) (r Report, err error) {
	if r.Dir, err = filepath.Abs(dir); err != nil {
		return r, err
	}
	path, err := filepath.EvalSymlinks(r.Dir)
	if err != nil {
		return r, err
	}
	if r.FileSystem, err = fileSystemOf(path); err != nil {
		return r, err
	}
	scratch, err := r.makeScratch(path)
	if err != nil {
		r.add("files can be made here", Bad, "%v", err)
		r.judge(false, false)
		return r, nil
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	p := prober{dir: scratch, report: &r}
	p.fileSystem()
	p.files()
	p.sync()
	p.clock()
	p.machine()
	single := len(r.bad()) == 0
	several := p.locks(ctx, holder)
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	r.judge(single, several)
	return r, nil
}

func (r *Report) add(name string, outcome Outcome, format string, args ...any) {
	r.Checks = append(r.Checks, Check{name, outcome, fmt.Sprintf(format, args...)})
}

// bad returns what went wrong so far.
func (r *Report) bad() (bad []string) {
	for _, c := range r.Checks {
		if c.Outcome == Bad {
			bad = append(bad, c.Name+": "+c.Text)
		}
	}
	return bad
}

// judge says in words what follows from the checks: single, whether files do what
// one process needs, and several, whether locks keep processes apart.
func (r *Report) judge(single, several bool) {
	bad := r.bad()
	network := r.FileSystem.Kind == Network
	const drive = "it is a network drive: there a client that was cut off can come back after its lock was given to another, and overwrite an acknowledged event without any error; a store refuses to be opened on one"
	switch {
	case !single:
		r.OneProcess = Use{Why: bad}
	case network:
		r.OneProcess = Use{Why: []string{drive + ", unless Options.UnsafeNetworkDrive says that one machine alone uses the folder"}}
	default:
		r.OneProcess = Use{Safe: true, Why: []string{"files do what a store needs"}}
	}
	switch {
	case !single || !several:
		r.SeveralProcesses = Use{Why: bad}
	case network: // the lock worked, but nobody was cut off
		r.SeveralProcesses = Use{Why: []string{drive}}
	default:
		r.SeveralProcesses = Use{Safe: true, Why: []string{"a lock keeps them apart, and the system frees it when its holder dies"}}
	}
	r.SeveralMachines = Use{Why: []string{
		"over a network no lock stops a machine that was cut off and comes back; this version has no way to commit without one, so no directory is safe for that",
	}}
}
