package invoicenumber_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	invoices "github.com/opossum-go/opossum/examples/invoicenumber"
	"github.com/opossum-go/opossum/ports"
)

const (
	creators = 3 // of one process
	each     = 5 // invoices of one creator
)

// folderVariable makes the test binary a creator of invoices in a folder.
const folderVariable = "OPOSSUM_INVOICE_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(folderVariable); dir != "" {
		if err := playClerk(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// playClerk opens the folder, says so, waits for the end of its input, and creates
// its invoices. It prints the numbers it was given.
func playClerk(dir string) error {
	ctx := context.Background()
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	numbers, err := create(ctx, store)
	return errors.Join(err, json.NewEncoder(os.Stdout).Encode(numbers), store.Close())
}

// create has all creators of one process create their invoices, at the same time,
// and returns the numbers that they were given.
func create(ctx context.Context, store application.Store) ([]int, error) {
	var (
		mu      sync.Mutex // guards what follows
		numbers []int
		failed  error
		running sync.WaitGroup
	)
	patient := application.WithRetry(application.Retry{MaxAttempts: 1 << 20, InitialDelay: time.Millisecond, MaxDelay: 20 * time.Millisecond})
	for range creators {
		running.Go(func() {
			for range each {
				result, err := application.Decide(ctx, store, invoices.CreateInvoice{Data: json.RawMessage(`{}`)}.Decide, patient)
				mu.Lock()
				failed = errors.Join(failed, err)
				numbers = append(numbers, int(result.Positions.First)) // the folder holds invoices only
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return numbers, failed
}

func TestInvoicesOfSeveralProcessesAreNumberedWithoutGapOrDuplicate(t *testing.T) {
	t.Parallel()
	const others = 3
	dir := t.TempDir()
	store, err := filesystem.Open(t.Context(), dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	var clerks []*clerk
	for range others {
		clerks = append(clerks, startClerk(t, dir))
	}
	for _, c := range clerks {
		c.awaitReady()
	}
	for _, c := range clerks {
		c.begin()
	}
	given, err := create(t.Context(), store)
	if err != nil {
		t.Error(err)
	}
	for _, c := range clerks {
		given = append(given, c.end()...)
	}
	mustBeGapless(t, store, (others+1)*creators*each)
	slices.Sort(given)
	if !slices.Equal(given, upTo((others+1)*creators*each)) {
		t.Errorf("the creators were given the numbers %v", given)
	}
	if _, err := filesystem.Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

func TestInvoicesOfOneProcessAreNumberedWithoutGapOrDuplicate(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	if _, err := create(t.Context(), store); err != nil {
		t.Error(err)
	}
	mustBeGapless(t, store, creators*each)
}

func TestANumberCostsOneEventHoweverManyInvoicesThereAre(t *testing.T) {
	t.Parallel()
	store := &countingStore{Store: &memory.Store{}}
	for n := range 200 {
		if _, err := application.Decide(t.Context(), store, invoices.CreateInvoice{Data: json.RawMessage(`{}`)}.Decide); err != nil {
			t.Fatal(err)
		}
		if want := (ports.ReadOptions{Backwards: true, Limit: 1}); store.last != want {
			t.Fatalf("read with %+v, want %+v", store.last, want)
		}
		if store.reads != n+1 || store.events != n {
			t.Fatalf("%d reads of %d events for %d invoices", store.reads, store.events, n+1)
		}
	}
}

func mustBeGapless(t *testing.T, store ports.Reader, n int) {
	t.Helper()
	result, err := store.Read(t.Context(), domain.All(), ports.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for e, err := range result.Events {
		if err != nil {
			t.Fatal(err)
		}
		var invoice invoices.InvoiceCreated
		if err := json.Unmarshal(e.Data, &invoice); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, invoice.Number)
	}
	if !slices.Equal(numbers, upTo(n)) {
		t.Errorf("invoices are numbered %v, want 1 to %d", numbers, n)
	}
}

func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i + 1
	}
	return numbers
}

// countingStore counts the reads and the events that they yield.
type countingStore struct {
	*memory.Store
	last   ports.ReadOptions
	reads  int
	events int
}

func (s *countingStore) Read(ctx context.Context, q domain.Query, o ports.ReadOptions) (ports.ReadResult, error) {
	s.last = o
	s.reads++
	result, err := s.Store.Read(ctx, q, o)
	events := result.Events
	result.Events = func(yield func(domain.SequencedEvent, error) bool) {
		for e, err := range events {
			s.events++
			if !yield(e, err) {
				return
			}
		}
	}
	return result, err
}

// clerk is another process that creates invoices.
type clerk struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.Closer
	out   *bufio.Reader
	fault strings.Builder
}

func startClerk(t *testing.T, dir string) *clerk {
	t.Helper()
	c := &clerk{t: t, cmd: exec.CommandContext(t.Context(), os.Args[0])}
	c.cmd.Env = append(os.Environ(), folderVariable+"="+dir)
	c.cmd.Stderr = &c.fault
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait() // again, when the test has ended it already
	})
	c.in, c.out = in, bufio.NewReader(out)
	return c
}

func (c *clerk) awaitReady() {
	c.t.Helper()
	if line, err := c.out.ReadString('\n'); err != nil || line != "ready\n" {
		_ = c.cmd.Wait()
		c.t.Fatalf("the clerk says %q, %v\n%s", line, err, c.fault.String())
	}
}

func (c *clerk) begin() {
	c.t.Helper()
	if err := c.in.Close(); err != nil {
		c.t.Fatal(err)
	}
}

// end waits for the process and returns the numbers it was given.
func (c *clerk) end() []int {
	c.t.Helper()
	var numbers []int
	said := json.NewDecoder(c.out).Decode(&numbers)
	if err := c.cmd.Wait(); err != nil || said != nil {
		c.t.Fatalf("the clerk ends with %v, %v\n%s", err, said, c.fault.String())
	}
	return numbers
}
