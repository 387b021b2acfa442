package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/examples/pharmacy/day"
)

// setUp carries out what was before the day, in order. It returns how that went,
// in words, and whether the folder held some of it already.
func (s *session) setUp(ctx context.Context, data *day.Day) (text string, again bool, err error) {
	recorded, repeated := 0, 0
	err = s.write(ctx, func(store *filesystem.Store) error {
		app := newApp(store, data.Zone())
		for _, item := range data.Setup() {
			switch r := carryOut(ctx, app, store, item); r.Outcome {
			case day.OK:
				recorded++
			case day.Repeated:
				repeated++
			default:
				return onceMore(fmt.Errorf("before the day: %v: %s: %s", item, r.Outcome, r.Text))
			}
		}
		return nil
	})
	text = fmt.Sprintf("%d commands", recorded)
	if repeated > 0 {
		text = fmt.Sprintf("%d commands carried out, %d repeated: they were done already", recorded, repeated)
	}
	return text, repeated > 0, err
}

// station is a workstation that runs, seen from the process that started it.
type station struct {
	desk   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	errors strings.Builder // what it said on standard error, complete after Wait
	done   int             // commands so far
}

// news is something that a workstation has said, or its end.
type news struct {
	from *station
	notice
	ended bool
	err   error // why it ended, nil when its work was done
}

// start starts a workstation as a process of its own: this program again.
func start(ctx context.Context, dir, desk string) (*station, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start a workstation: %w", err)
	}
	w := &station{desk: desk, cmd: exec.CommandContext(ctx, program, "workstation", "--dir", dir, "--desk", desk)} //nolint:gosec // it is this program
	w.cmd.Stderr = &w.errors
	in, inErr := w.cmd.StdinPipe()
	out, outErr := w.cmd.StdoutPipe()
	w.in, w.out = in, out
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, fmt.Errorf("connect workstation %s: %w", desk, err)
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start workstation %s: %w", desk, err)
	}
	return w, nil
}

// listen passes on what the workstation says until it has ended.
func (w *station) listen(to chan<- news) {
	decoder := json.NewDecoder(w.out)
	for {
		var m notice
		if err := decoder.Decode(&m); err != nil {
			_, rest := io.Copy(io.Discard, w.out)
			if errors.Is(err, io.EOF) {
				err = nil
			}
			if waited := w.cmd.Wait(); waited != nil {
				err = fmt.Errorf("%w: %s", waited, strings.TrimSpace(w.errors.String()))
			}
			to <- news{from: w, ended: true, err: errors.Join(err, rest)}
			return
		}
		to <- news{from: w, notice: m}
	}
}

// conduct starts both workstations and lets them work through the day: whoever
// comes to a meeting waits there for the other one. It returns when both have
// ended, with the results of all commands.
func (s *session) conduct(ctx context.Context) ([]result, error) {
	said := make(chan news)
	var stations []*station
	var failed error
	fail := func(err error) {
		failed = errors.Join(failed, err)
		dismiss(stations)
	}
	for _, desk := range day.Desks() {
		w, err := start(ctx, s.dir, desk)
		if err != nil {
			fail(err)
			break
		}
		stations = append(stations, w)
		go w.listen(said)
	}
	if failed == nil {
		s.line("Two workstations, two processes (%d and %d), one folder:", stations[0].cmd.Process.Pid, stations[1].cmd.Process.Pid)
	}
	var results []result
	waiting := make(map[string][]*station) // by meeting
	for running := len(stations); running > 0; {
		n := <-said
		switch {
		case n.ended:
			running--
			if n.err != nil {
				fail(fmt.Errorf("workstation %s ended before its work was done: %w", n.from.desk, n.err))
			}
		case n.Result != nil:
			n.from.done++
			results = append(results, *n.Result)
		default:
			waiting[n.Arrived] = append(waiting[n.Arrived], n.from)
			if here := waiting[n.Arrived]; len(here) == len(day.Desks()) {
				s.progress(n.Arrived, stations)
				if err := call(n.Arrived, here); err != nil {
					fail(err)
				}
			}
		}
	}
	if failed = errors.Join(failed, ctx.Err()); failed == nil {
		s.progress("", stations)
	}
	return results, failed
}

// progress says how far the desks are when a phase begins, and at the end.
func (s *session) progress(meeting string, stations []*station) {
	phase, begins := strings.CutPrefix(meeting, "phase ")
	if meeting == "" {
		phase, begins = "closed", true
	}
	if begins {
		s.line("  %-9s  desk A has done %3d, desk B %3d", phase, stations[0].done, stations[1].done)
	}
}

// call tells those who wait at a meeting to go on.
func call(meeting string, waiting []*station) error {
	var errs []error
	for _, w := range waiting {
		if _, err := fmt.Fprintln(w.in, meeting); err != nil {
			errs = append(errs, fmt.Errorf("call workstation %s: %w", w.desk, err))
		}
	}
	return errors.Join(errs...)
}

// dismiss ends workstations that wait for somebody who will not come: they read
// the end of their input.
func dismiss(stations []*station) {
	for _, w := range stations {
		_ = w.in.Close() // one that has ended has closed it already
	}
}
