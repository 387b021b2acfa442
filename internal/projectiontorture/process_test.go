package projectiontorture_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// patience is how long anything may take that takes milliseconds on a machine with
// little else to do.
const patience = 3 * time.Minute

// process is a child as its parent sees it.
type process struct {
	setup  setup
	cmd    *exec.Cmd
	stdin  io.Closer
	orders *json.Encoder
	errs   bytes.Buffer // to be read when it is gone

	due   chan struct{} // closed when its moment has come
	gone  chan struct{} // closed when it has ended and all it said was heard
	err   error         // how it ended; to be read when it is gone
	quiet context.Context

	mu       sync.Mutex // guards the fields below
	news     chan struct{}
	reports  []report
	under    map[string]report // calls that have begun, by projection
	trouble  string
	statuses []status
}

// start starts a child.
func start(s setup) (*process, error) {
	p := &process{
		setup: s, cmd: exec.Command(os.Args[0]),
		due: make(chan struct{}), gone: make(chan struct{}), news: make(chan struct{}), under: make(map[string]report),
	}
	p.cmd.Env = append(os.Environ(), childVariable+"=yes")
	p.cmd.Stderr = &p.errs
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.stdin, p.orders = stdin, json.NewEncoder(stdin)
	var over context.CancelFunc
	p.quiet, over = context.WithCancel(context.Background())
	go p.listen(stdout, over)
	return p, p.orders.Encode(s)
}

// listen hears reports until the process is gone. Over is called when that or its
// moment has come.
func (p *process) listen(stdout io.Reader, over func()) {
	defer close(p.gone)
	defer over()
	for decoder := json.NewDecoder(stdout); ; {
		var r report
		if decoder.Decode(&r) != nil { // the end, or the half of a report that a kill cut off
			break
		}
		p.hear(r)
		if r.Due {
			close(p.due)
			over()
		}
	}
	_, _ = io.Copy(io.Discard, stdout)
	p.err = p.cmd.Wait()
}

func (p *process) hear(r report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Call != "" {
		p.reports = append(p.reports, r)
		if r.After {
			delete(p.under, r.Projection)
		} else {
			p.under[r.Projection] = r
		}
	}
	if r.Trouble != "" && p.trouble == "" {
		p.trouble = r.Trouble
	}
	if r.Statuses != nil {
		p.statuses = r.Statuses
	}
	close(p.news)
	p.news = make(chan struct{})
}

// order tells the child something. One that is gone does not hear it.
func (p *process) order(o order) { _ = p.orders.Encode(o) }

// kill ends the process with no chance to do anything more and waits until it is
// gone, with its locks.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.stdin.Close()
	<-p.gone
}

// isDue reports whether its moment has come.
func (p *process) isDue() bool {
	select {
	case <-p.due:
		return true
	default:
		return false
	}
}

// dies waits for the end of a process that kills itself.
func (p *process) dies(ctx context.Context) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.gone:
		return nil
	case <-timer.C:
		return &finding{ruleEnds, "it did not manage to kill itself"}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end has the process end by itself.
func (p *process) end() error {
	_ = p.stdin.Close()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.gone:
		if p.err == nil {
			return p.complaint()
		}
		return p.obituary()
	case <-timer.C:
		p.kill()
		return &finding{ruleEnds, fmt.Sprintf("it was asked to end, and did not within %v", patience)}
	}
}

// obituary says what is wrong with the end of a process that nobody ended.
func (p *process) obituary() error {
	return &finding{ruleEnds, fmt.Sprintf("it ended, error %v:\n%s", p.err, strings.TrimSpace(p.errs.String()))}
}

// complaint returns what it told that must not happen.
func (p *process) complaint() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trouble != "" {
		return &finding{ruleTrouble, p.trouble}
	}
	return nil
}

// until waits until done says so of what was heard, or the process is gone.
func (p *process) until(ctx context.Context, what string, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		p.mu.Lock()
		enough, news := done(), p.news
		p.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-news:
		case <-p.gone:
			return fmt.Errorf("%s: %w", what, p.obituary())
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
	}
}

// phase returns what the process was doing when it died, as far as it told, and
// whether it was inside of a call.
func (p *process) phase() (doing phase, inside call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.under {
		if r.Phase != "" && (doing == "" || r.Call == swap) {
			doing, inside = r.Phase, r.Call
		}
	}
	if doing == "" {
		doing = idle
	}
	return doing, inside
}
