package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Tests that need real processes start the test binary again. An environment
// variable says which role it plays then, in the directory that is its only argument.
// It ends when its standard input does.
const roleVariable = "OPOSSUM_TEST_ROLE"

var roles = map[string]func(context.Context, *sqlite.Projections) error{
	"holder":    holdStock,
	"committer": commitStock,
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	go func() { // whatever the role is doing, it does not outlive the test
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	store, err := sqlite.Open(os.Args[1], sqlite.Options{})
	if err == nil {
		err = roles[role](context.Background(), store)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stdout, "failed:", err)
		os.Exit(1)
	}
}

// child is another process.
type child struct {
	cmd *exec.Cmd
	in  io.Closer
	out *bufio.Scanner
}

func start(t *testing.T, role, dir string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], dir)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, in: in, out: bufio.NewScanner(out)}
	t.Cleanup(func() { c.kill() })
	return c
}

// line returns the next line that the child prints.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.out.Scan() {
		t.Fatalf("the other process ended: %v", errors.Join(c.out.Err(), c.cmd.Wait()))
	}
	if line := c.out.Text(); !strings.HasPrefix(line, "failed:") {
		return line
	}
	t.Fatalf("the other process %s", c.out.Text())
	return ""
}

// kill ends the child as kill -9 does, and waits until it is gone.
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.in.Close()
		_ = c.cmd.Wait()
	}
}

// holdStock runs the projection stock and does nothing.
func holdStock(ctx context.Context, store *sqlite.Projections) error {
	if _, err := store.Acquire(ctx, stock); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, "held"); err != nil {
		return err
	}
	select {} // until the test ends
}

// commitStock commits to stock without end and says so: all states get the version
// that the checkpoint gets. Every few commits it makes a shadow, with the same
// states at the same checkpoint, and swaps it in.
func commitStock(ctx context.Context, store *sqlite.Projections) error {
	writer, err := store.Acquire(ctx, stock)
	if err != nil {
		return err
	}
	info, err := store.Projection(ctx, stock)
	if err != nil {
		return err
	}
	at := domain.Position(0)
	if info.Live != nil {
		at = info.Live.Checkpoint
	}
	for {
		if at%4 == 0 {
			if err := rebuildStock(ctx, writer, at); err != nil {
				return err
			}
		}
		if err := writer.Commit(ctx, ports.Live, stockAt(at, at+1)); err != nil {
			return err
		}
		at++
		if _, err := fmt.Fprintln(os.Stdout, at); err != nil {
			return err
		}
	}
}

func rebuildStock(ctx context.Context, writer ports.ProjectionWriter, at domain.Position) error {
	if err := writer.Begin(ctx, fmt.Sprint("v", at)); err != nil {
		return err
	}
	half := at / 2
	if err := writer.Commit(ctx, ports.Shadow, stockAt(0, half)); err != nil {
		return err
	}
	if err := writer.Commit(ctx, ports.Shadow, stockAt(half, at)); err != nil {
		return err
	}
	return writer.Swap(ctx)
}

const (
	stock = "stock"
	// stockSize is the number of states in the projection stock.
	stockSize = 60
)

// stockAt is a step to upTo: each state has the version upTo and says so in its data
// and in a tag.
func stockAt(after, upTo domain.Position) ports.ProjectionBatch {
	batch := ports.ProjectionBatch{After: after, UpTo: upTo}
	for i := range stockSize {
		state := counted(fmt.Sprintf("item:%03d", i), int(upTo)+1, 0)
		state.Tags = []domain.Tag{versionTag(upTo)}
		batch.Put = append(batch.Put, state)
	}
	batch.Park = []ports.ParkedEvent{{Position: 1, Type: "Odd", Error: upTo.String(), Attempts: 1}}
	return batch
}

func versionTag(at domain.Position) domain.Tag {
	return domain.NewTag("version", fmt.Sprint(int(at)+1))
}
