package torture

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	evidenceName = "evidence.txt"
	callsName    = "calls.jsonl"
	wordsName    = "process-%d.txt" // by the number of the finding
)

// keepEvidence writes down what was found, and every call that was made.
func (r *run) keepEvidence() error {
	var errs []error
	for i := range r.result.Failed.Findings {
		f := &r.result.Failed.Findings[i]
		f.Around = around(f.Evidence, r.book.log)
		if f.Words != "" {
			name := fmt.Sprintf(wordsName, i+1)
			f.Evidence += "; all that it said is in " + name
			errs = append(errs, os.WriteFile(filepath.Join(r.root, name), []byte(f.Words), 0o600))
		}
	}
	var text strings.Builder
	r.result.Write(&text)
	return errors.Join(
		errors.Join(errs...),
		os.WriteFile(filepath.Join(r.root, evidenceName), []byte(text.String()), 0o600),
		writeFile(filepath.Join(r.root, callsName), r.book.writeCalls),
	)
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path) //nolint:gosec // G304: in the folder of the run
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffered := bufio.NewWriter(f)
	return errors.Join(write(buffered), buffered.Flush())
}

var positionsNamed = regexp.MustCompile(`position[s:]* (\d+)(?: to (\d+))?`)

const (
	mostNamed    = 3
	neighbours   = 1
	shownOfEvent = 160 // bytes
)

// around returns the events that a text names by their positions, with their
// neighbours, one line for each.
func around(text string, log []domain.SequencedEvent) []string {
	wanted := map[domain.Position]bool{}
	for _, match := range positionsNamed.FindAllStringSubmatch(text, mostNamed) {
		for _, number := range match[1:] {
			if n, err := strconv.ParseUint(number, 10, 64); err == nil && n > 0 {
				for p := n - min(n, neighbours); p <= n+neighbours; p++ {
					wanted[domain.Position(p)] = true
				}
			}
		}
	}
	var lines []string
	for _, e := range log {
		if wanted[e.Position] {
			line := fmt.Sprintf("%d %s %s %s %q", e.Position, e.Type, e.Tags, e.Metadata.ID, e.Data)
			lines = append(lines, line[:min(len(line), shownOfEvent)])
		}
	}
	return lines
}

// writtenCall is a line of calls.jsonl. Times are those of one clock for all
// processes, in nanoseconds.
type writtenCall struct {
	Client     string               `json:"client"`
	Call       string               `json:"call"` // append, read or subscription
	Begin      moment               `json:"begin,omitempty"`
	End        moment               `json:"end,omitempty"` // 0 for a call that never ended
	Outcome    string               `json:"outcome,omitempty"`
	Positions  []domain.Position    `json:"positions,omitempty"` // first and last of an append, all of others
	Conflict   *ports.ConflictError `json:"conflict,omitempty"`
	Conditions []string             `json:"conditions,omitempty"`
	Events     []domain.Event       `json:"events,omitempty"`
	Query      string               `json:"query,omitempty"`
	Options    *ports.ReadOptions   `json:"options,omitempty"`
	After      domain.Position      `json:"after,omitempty"`
	Head       domain.Position      `json:"head,omitempty"`
}

func (b *book) writeCalls(out io.Writer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	encoder := json.NewEncoder(out)
	for _, a := range b.appends {
		c := writtenCall{
			Client: a.Client, Call: "append", Begin: a.invoked, End: a.returned,
			Outcome: a.Outcome.String(), Conflict: a.Conflict, Events: a.Events,
		}
		if a.Positions.Len() > 0 {
			c.Positions = []domain.Position{a.Positions.First, a.Positions.Last}
		}
		for _, condition := range a.Conditions {
			c.Conditions = append(c.Conditions, fmt.Sprintf("no %v after %d", condition.FailIfEventsMatch, condition.After))
		}
		if err := encoder.Encode(c); err != nil {
			return err
		}
	}
	for _, g := range b.glances {
		c := writtenCall{
			Client: g.Client, Call: "read", Begin: g.Invoked, End: g.Ending,
			Query: g.Query.received().String(), Options: &g.Options, Head: g.Head, Positions: g.Positions,
		}
		if err := encoder.Encode(c); err != nil {
			return err
		}
	}
	for _, w := range b.watches {
		c := writtenCall{Client: w.Client, Call: "subscription", Query: w.Query.received().String(), After: w.After, Positions: w.Positions}
		if err := encoder.Encode(c); err != nil {
			return err
		}
	}
	return nil
}
