package filesystem_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Tests that need real processes start the test binary again. An environment
// variable says which role it plays then; it talks JSON over stdin and stdout and
// ends when its stdin does.
const roleVariable = "OPOSSUM_TEST_ROLE"

// roles are what a child process can be. A role returns when its work is done.
var roles = map[string]func(*parent) error{
	"store":  playStore,
	"racer":  playRacer,
	"writer": playWriter,
	"reader": playReader,
}

func TestMain(m *testing.M) {
	name := os.Getenv(roleVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	p := &parent{in: json.NewDecoder(os.Stdin), out: json.NewEncoder(os.Stdout)}
	err := p.in.Decode(&p.setup)
	if err == nil {
		err = roles[name](p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// setup is the first thing that a child is told. Each role uses the fields it
// needs.
type setup struct {
	Dir         string
	SegmentSize int64
	LockTimeout time.Duration
	Name        string
	Seed        uint64
	Number      int
}

func (s setup) options() filesystem.Options {
	return filesystem.Options{SegmentSize: s.SegmentSize, LockTimeout: s.LockTimeout, PollInterval: time.Millisecond}
}

// parent is what a child sees of the test.
type parent struct {
	setup setup
	in    *json.Decoder
	out   *json.Encoder
}

// next reads the next thing the parent says. It returns false when the parent has
// nothing more to say.
func (p *parent) next(v any) (bool, error) {
	if err := p.in.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// process is what a test sees of a child.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.Closer
	in    *json.Encoder
	out   *json.Decoder
	errs  bytes.Buffer
	ended bool
}

// startProcess starts a child. It is gone when the test ends.
func startProcess(t testing.TB, role string, s setup) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])}
	p.cmd.Env = append(os.Environ(), roleVariable+"="+role)
	p.cmd.Stderr = &p.errs
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
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
	p.stdin, p.in, p.out = stdin, json.NewEncoder(stdin), json.NewDecoder(stdout)
	p.tell(s)
	return p
}

// tell sends v to the child.
func (p *process) tell(v any) {
	p.t.Helper()
	if err := p.in.Encode(v); err != nil {
		p.fail("tell", err)
	}
}

// hear waits for the next thing that the child says.
func (p *process) hear(v any) {
	p.t.Helper()
	if err := p.out.Decode(v); err != nil {
		p.fail("hear", err)
	}
}

func (p *process) fail(what string, err error) {
	p.t.Helper()
	p.kill()
	p.t.Fatalf("%s child: %v\n%s", what, err, p.errs.String())
}

// kill ends the child without giving it a chance to do anything, and waits until
// the kernel has taken its locks away.
func (p *process) kill() {
	if p.ended {
		return
	}
	p.ended = true
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.cmd.Wait()         // says that it was killed
}

// end lets the child come to its end.
func (p *process) end() {
	p.t.Helper()
	if err := p.stdin.Close(); err != nil {
		p.t.Error(err)
	}
	p.ended = true
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("child: %v\n%s", err, p.errs.String())
	}
}

// request is what the role "store" can be asked; answer is what it says.
type (
	request struct {
		Do    string // append, head, read, subscribe
		Types []string
		Tag   domain.Tag
		Guard bool // append only when no event carries Tag
		Count int  // events to wait for
	}
	answer struct {
		Error     string
		Conflict  *ports.ConflictError
		Positions domain.Positions
		Head      domain.Position
		Events    []seen
	}
	seen struct {
		Position domain.Position
		Type     string
		Tags     []domain.Tag
	}
)

// playStore opens a store and does with it what it is asked.
func playStore(p *parent) (err error) {
	ctx := context.Background()
	store, err := filesystem.Open(ctx, p.setup.Dir, p.setup.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for {
		var r request
		if more, err := p.next(&r); err != nil || !more {
			return err
		}
		if err := p.out.Encode(r.carryOut(ctx, store)); err != nil {
			return err
		}
	}
}

func (r request) carryOut(ctx context.Context, store *filesystem.Store) (a answer) {
	var err error
	query := domain.All()
	if r.Tag != "" {
		query = domain.NewQuery(domain.Tagged(r.Tag))
	}
	switch r.Do {
	case "append":
		var events []domain.Event
		for _, typ := range r.Types {
			events = append(events, domain.Event{Type: typ, Tags: []domain.Tag{r.Tag}})
		}
		var guards []domain.AppendCondition
		if r.Guard {
			guards = append(guards, domain.AppendCondition{FailIfEventsMatch: query})
		}
		a.Positions, err = store.Append(ctx, events, guards...)
		errors.As(err, &a.Conflict)
	case "head":
		a.Head, err = store.Head(ctx)
	case "read":
		var result ports.ReadResult
		if result, err = store.Read(ctx, query, ports.ReadOptions{}); err == nil {
			a.Head = result.Head
			for e, err := range result.Events {
				if err != nil {
					a.Error = err.Error()
					return a
				}
				a.Events = append(a.Events, seen{e.Position, e.Type, e.Tags})
			}
		}
	case "subscribe":
		for e, err := range store.Subscribe(ctx, query, 0) {
			if err != nil {
				a.Error = err.Error()
				return a
			}
			if a.Events = append(a.Events, seen{e.Position, e.Type, e.Tags}); len(a.Events) == r.Count {
				return a
			}
		}
	default:
		err = errors.New("unknown request " + r.Do)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

// ask sends r and returns the answer.
func (p *process) ask(r request) answer {
	p.t.Helper()
	p.tell(r)
	var a answer
	p.hear(&a)
	return a
}

// mustAsk is ask for a request that must not fail.
func (p *process) mustAsk(r request) answer {
	p.t.Helper()
	a := p.ask(r)
	if a.Error != "" {
		p.t.Fatalf("%s in another process: %s", r.Do, a.Error)
	}
	return a
}

// rounds is how often a test of many rounds repeats itself. OPOSSUM_ROUNDS
// overrides it.
func rounds(t testing.TB, usual, few int) int {
	t.Helper()
	if text := os.Getenv("OPOSSUM_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("OPOSSUM_ROUNDS is %q, want a number from 1", text)
		}
		return n
	}
	if underRace || testing.Short() {
		return few
	}
	return usual
}
