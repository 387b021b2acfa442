package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// worker is another process that works on a store.
type worker struct {
	process *exec.Cmd
	in      io.WriteCloser
	orders  *json.Encoder
	answers *json.Decoder
	said    *bytes.Buffer // on standard error
}

// startWorker starts a process that has opened the store in dir when this
// returns. It ends with ctx.
func (l *lab) startWorker(ctx context.Context, dir string) (*worker, error) {
	return l.startWorkerOf(ctx, place{Dir: dir})
}

// startWorkerOf is startWorker for one that may do more than append.
func (l *lab) startWorkerOf(ctx context.Context, at place) (*worker, error) {
	command := l.config.Worker
	w := &worker{process: exec.CommandContext(ctx, command[0], command[1:]...), said: &bytes.Buffer{}} //nolint:gosec // the command is this program
	w.process.Stderr = w.said
	in, err := w.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.in, w.orders, w.answers = in, json.NewEncoder(in), json.NewDecoder(out)
	if err := w.process.Start(); err != nil {
		return nil, fmt.Errorf("start another process: %w", err)
	}
	l.workers++
	at.First = l.workers << 40
	if err := w.orders.Encode(at); err != nil {
		return nil, errors.Join(err, w.kill())
	}
	if _, err := w.end(); err != nil {
		return nil, errors.Join(err, w.kill())
	}
	return w, nil
}

// begin gives an order, end waits for what came of it, and answer for all that the
// worker says of it.
func (w *worker) begin(o order) error { return w.orders.Encode(o) }

func (w *worker) end() (sample, error) {
	a, err := w.answer()
	return a.Sample, err
}

func (w *worker) answer() (answer, error) {
	var a answer
	if err := w.answers.Decode(&a); err != nil {
		return a, fmt.Errorf("another process said nothing more: %w; on standard error it said %q", err, w.said)
	}
	if a.Error != "" {
		return a, fmt.Errorf("another process: %s", a.Error)
	}
	return a, nil
}

// kill ends the process at once, whatever it is doing.
func (w *worker) kill() error {
	err := w.process.Process.Kill()
	_ = w.process.Wait() // says that it was killed
	return err
}

// close ends the process in peace.
func (w *worker) close() error {
	err := w.in.Close()
	if waitErr := w.process.Wait(); waitErr != nil {
		err = errors.Join(err, fmt.Errorf("another process: %w; it said %q", waitErr, w.said))
	}
	return err
}

// together is the probe of several processes with one client each. It adds what
// each of them has appended to its share.
func together(workers []*worker, shares []int) probe {
	return func(_ context.Context, slice time.Duration) (sample, error) {
		var all sample
		for _, w := range workers {
			if err := w.begin(order{Slice: slice, Clients: 1}); err != nil {
				return all, err
			}
		}
		for i, w := range workers {
			part, err := w.end()
			if err != nil {
				return all, err
			}
			all.Events += part.Events
			shares[i] += part.Events
			all.Elapsed = max(all.Elapsed, part.Elapsed)
			all.Latencies = append(all.Latencies, part.Latencies...)
		}
		return all, nil
	}
}
