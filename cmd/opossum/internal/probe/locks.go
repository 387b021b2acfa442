package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/gofrs/flock"
)

const (
	childTime = 10 * time.Second     // for the other process to start and take the lock
	freeTime  = 5 * time.Second      // for the lock of a dead process to be free
	pollTime  = 2 * time.Millisecond // between two looks at it
)

// locks tries the lock that keeps processes apart with a second process. It
// returns false when it does not.
func (p prober) locks(ctx context.Context, holder Holder) bool {
	const apart, freed = "lock between processes", "lock of a killed process"
	child, err := startHolder(ctx, holder, p.path("lock"))
	if err != nil {
		p.report.add(apart, Bad, "a second process could not take the lock: %v", err)
		return false
	}
	defer child.kill()
	mine := flock.New(p.path("lock"))
	defer mine.Close() //nolint:errcheck // the file is removed in a moment
	switch got, err := mine.TryLock(); {
	case err != nil:
		p.report.add(apart, Bad, "asking for a lock that is held failed: %v", err)
		return false
	case got:
		p.report.add(apart, Bad, "two processes hold the same lock at once: they would overwrite each other's events")
		return false
	}
	p.report.add(apart, OK, "a second process keeps this one out")
	child.kill()
	ctx, cancel := context.WithTimeout(ctx, freeTime)
	defer cancel()
	if got, err := mine.TryLockContext(ctx, pollTime); err != nil || !got {
		p.report.add(freed, Bad, "not free after %v, so a crash would block everybody: %v", freeTime, err)
		return false
	}
	p.report.add(freed, OK, "free at once")
	return true
}

// held is another process that holds a lock.
type held struct {
	cmd   *exec.Cmd
	stdin io.Closer
	dead  bool
}

func startHolder(ctx context.Context, holder Holder, path string) (*held, error) {
	cmd, err := holder(ctx, path)
	if err != nil {
		return nil, err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	h := &held{cmd: cmd, stdin: stdin}
	line := make(chan error, 1)
	go func() {
		text, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			err = fmt.Errorf("it ended without the lock: %q", text)
		}
		line <- err
	}()
	late := time.NewTimer(childTime)
	defer late.Stop()
	select {
	case err = <-line:
	case <-late.C:
		err = fmt.Errorf("it did not have it after %v", childTime)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		h.kill()
		return nil, err
	}
	return h, nil
}

// kill ends the process the hard way, as a crash would.
func (h *held) kill() {
	if h.dead {
		return
	}
	h.dead = true
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait() // says that it was killed
	_ = h.stdin.Close()
}

// Hold takes the lock at path, prints a line when it has it and keeps it until in
// ends: what a [Holder] runs in another process.
func Hold(path string, in io.Reader, out io.Writer) (err error) {
	lock := flock.New(path)
	got, err := lock.TryLock()
	if err != nil {
		return err
	}
	if !got {
		return errors.New("somebody else holds the lock")
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if _, err := fmt.Fprintln(out, "held"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}
