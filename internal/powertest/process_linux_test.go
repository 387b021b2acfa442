package powertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opossum-go/opossum/internal/powertest"
)

// patience is how long a writer may be silent before it counts as hanging.
const patience = time.Minute

// process is what a test sees of a writer.
type process struct {
	t       testing.TB
	witness *powertest.Witness
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	stderr  bytes.Buffer
	events  chan powertest.Report // what the test waits for: acknowledgements, marks, idleness
	gone    chan struct{}         // closed when all was heard and the process has ended
	once    sync.Once
	marks   int
	err     error // how the process ended; read after gone is closed
}

// startWriter starts a writer that witness listens to. Words before the command
// are those of a program that starts it, such as strace.
func startWriter(t testing.TB, witness *powertest.Witness, setup writerSetup, before ...string) *process {
	t.Helper()
	text, err := json.Marshal(setup)
	if err != nil {
		t.Fatal(err)
	}
	command := slices.Concat(before, []string{os.Args[0]})
	p := &process{
		t: t, witness: witness, gone: make(chan struct{}), events: make(chan powertest.Report, 1),
		cmd: exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...),
	}
	p.cmd.Env = append(os.Environ(), writerVariable+"="+string(text))
	p.cmd.Stderr = &p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that kill reaches all of it
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	go p.listen(stdout)
	return p
}

// listen hears everything that the writer says.
func (p *process) listen(stdout io.Reader) {
	defer close(p.gone)
	in := json.NewDecoder(stdout)
	for {
		var r powertest.Report
		err := in.Decode(&r)
		if err == nil {
			err = p.witness.Hear(r)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				p.t.Errorf("writer: %v", err)
				p.killGroup()
			}
			break
		}
		switch r.Kind {
		case powertest.Marked, powertest.Idle:
			p.events <- r
		case powertest.Acknowledged:
			select {
			case p.events <- r:
			default: // nobody waits for it
			}
		default:
		}
	}
	// Nobody may be left waiting to say something.
	_, _ = io.Copy(io.Discard, stdout)
	p.err = p.cmd.Wait()
}

// wait waits until the writer says what is wanted. It returns false when the writer
// has ended instead.
func (p *process) wait(wanted func(powertest.Report) bool) bool {
	p.t.Helper()
	for {
		select {
		case r := <-p.events:
			if wanted(r) {
				return true
			}
		case <-p.gone:
			select { // it may have been said last
			case r := <-p.events:
				if wanted(r) {
					return true
				}
			default:
				return false
			}
		case <-time.After(patience):
			p.t.Fatalf("a writer was silent for %v", patience)
		}
	}
}

// acknowledged waits for n more acknowledgements, or for the end of all lanes.
func (p *process) acknowledged(n int) bool {
	p.t.Helper()
	return n == 0 || p.wait(func(r powertest.Report) bool { n--; return n <= 0 || r.Kind == powertest.Idle })
}

// idle waits until all lanes have come to their end.
func (p *process) idle() bool {
	p.t.Helper()
	return p.wait(func(r powertest.Report) bool { return r.Kind == powertest.Idle })
}

// mark waits until everything that the writer has said before was heard.
func (p *process) mark() bool {
	p.t.Helper()
	p.marks++
	if !p.ask("mark", p.marks) {
		return false
	}
	return p.wait(func(r powertest.Report) bool { return r.Kind == powertest.Marked && r.Number == p.marks })
}

// ask sends a line to the writer. It returns false when the writer has ended.
func (p *process) ask(what string, number int) bool {
	_, err := fmt.Fprintln(p.stdin, what, number)
	return err == nil
}

// kill ends the writer at once and hears what it had said.
func (p *process) kill() {
	p.once.Do(func() {
		p.killGroup()
		<-p.hears()
	})
}

// killGroup kills the writer and what started it.
func (p *process) killGroup() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended by itself
	_ = p.stdin.Close()
}

// end lets the writer close its store, and returns how it ended.
func (p *process) end() error {
	p.once.Do(func() {
		_ = p.stdin.Close() // the writer may have ended by itself
		select {
		case <-p.hears():
		case <-time.After(patience):
			p.t.Errorf("a writer did not end within %v", patience)
			p.killGroup()
			<-p.gone
		}
	})
	<-p.gone
	if p.err != nil {
		return fmt.Errorf("writer: %w: %s", p.err, p.stderr.String())
	}
	return nil
}

// hears drops what nobody waits for any more, and returns what is closed when the
// writer has ended.
func (p *process) hears() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-p.events:
			case <-p.gone:
				return
			}
		}
	}()
	return done
}

// writeHonestly makes a store with some batches that are safe.
func writeHonestly(t *testing.T, witness *powertest.Witness, dir string, segmentSize int64) {
	t.Helper()
	p := startWriter(t, witness, writerSetup{Dir: dir, Number: 1000, Lanes: 2, Batches: 20, SegmentSize: segmentSize})
	p.idle()
	if err := p.end(); err != nil {
		t.Fatal(err)
	}
}
