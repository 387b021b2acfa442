package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/opossum-go/opossum/internal/torture"
)

// tortureCommand races and kills processes on stores in a directory.
type tortureCommand struct {
	Dir         string         `arg:"" optional:"" default:"." help:"Directory on the disk to use; everything is made in a new directory below it, which stays only when something is found."`
	For         *time.Duration `xor:"extent" placeholder:"60s" help:"Begin no round after this time."`
	Rounds      *int           `xor:"extent" placeholder:"N" help:"Run that many rounds."`
	RoundLength time.Duration  `default:"3s" help:"How long processes race before the store is judged; what is under way then comes to its end."`
	StoreEvents int            `default:"40000" help:"Begin a new store when one has that many events; small ones are judged faster."`
	Writers     int            `default:"4" help:"Processes that append."`
	Readers     int            `default:"2" help:"Processes that read and subscribe."`
	Goroutines  int            `default:"8" help:"Goroutines that append in each writer."`
	Seed        uint64         `placeholder:"S" help:"Repeat the plan of another run; 0 draws one."`
	JSON        bool           `help:"Print one JSON object for each round, and one for the verdict."`
	Bug         string         `hidden:"" help:"Plant a bug that has to be found."`
}

// Help says more than fits the list of commands.
func (tortureCommand) Help() string {
	return `Processes append under conditions, read and subscribe, all on one store. They are killed (signal 9), stopped for a while, and locked out by one that hangs. ` +
		`After each round a fresh process verifies the store, recovers it, appends once more and reads everything. Then every call that any process made is judged by the log: ` +
		`nothing acknowledged is lost, nothing refused is there, every condition held at its place, every conflict had its reason, every batch is whole, every reader saw the same. A run of 100 rounds or more notes which kind of mischief never happened.

Exit codes: 0 nothing was found. 1 something was found, and the text says what and where; or the run could not go on. 2 the command line is wrong, or there is no such directory.`
}

func (t tortureCommand) config() torture.Config {
	config := torture.Config{
		Dir: t.Dir, RoundLength: t.RoundLength, StoreEvents: t.StoreEvents,
		Writers: t.Writers, Readers: t.Readers, Goroutines: t.Goroutines, Seed: t.Seed, Bug: t.Bug,
	}
	if t.For != nil {
		config.For = *t.For
	}
	if t.Rounds != nil {
		config.Rounds = *t.Rounds
	}
	return config
}

// Validate checks the numbers before anything is done. It refuses zeros, which are
// defaults to [torture.Config] and would mean something else than they say.
func (t tortureCommand) Validate() error {
	atLeastOne := func(flag string, number int) error {
		if number < 1 {
			return wrongUsage("--%s must be at least 1, not %d", flag, number)
		}
		return nil
	}
	moreThanNothing := func(flag string, length time.Duration) error {
		if length <= 0 {
			return wrongUsage("--%s must be more than 0s, not %v", flag, length)
		}
		return nil
	}
	err := cmp.Or(
		atLeastOne("writers", t.Writers), atLeastOne("readers", t.Readers), atLeastOne("goroutines", t.Goroutines),
		atLeastOne("store-events", t.StoreEvents), moreThanNothing("round-length", t.RoundLength),
	)
	if err == nil && t.Rounds != nil {
		err = atLeastOne("rounds", *t.Rounds)
	}
	if err == nil && t.For != nil {
		err = moreThanNothing("for", *t.For)
	}
	if err != nil {
		return err
	}
	return t.config().Validate()
}

// Run tortures and prints the verdict.
func (t tortureCommand) Run(ctx context.Context, c *console) error {
	if err := isDirectory(t.Dir); err != nil {
		return err
	}
	var err error
	if t.Dir, err = filepath.Abs(t.Dir); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program to start it as its own children: %w", err)
	}
	config := t.config()
	config.Child = []string{self, "torture-child"}
	config.Repeat = t.repeat
	ctx, unread := untilUnread(ctx)
	lines := json.NewEncoder(c.stdout)
	lines.SetEscapeHTML(false)
	config.Progress = func(r torture.Round) {
		if t.JSON {
			unread(lines.Encode(tortureLine{Kind: "round", Passed: len(r.Findings) == 0, Round: &r}))
			return
		}
		r.Write(told{c.stderr, unread})
	}
	result, err := torture.Run(ctx, config)
	if err != nil {
		return err
	}
	if t.JSON {
		unread(lines.Encode(tortureLine{Kind: "verdict", Passed: result.Passed(), Result: &result}))
	} else {
		result.Write(c.stdout)
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errUnread):
		return cause
	case result.Interrupted:
		return context.Canceled
	case !result.Passed():
		return errNo
	}
	return nil
}

// tortureLine is one line of --json.
type tortureLine struct {
	Kind   string          `json:"kind"` // round or verdict
	Passed bool            `json:"passed"`
	Round  *torture.Round  `json:"round,omitempty"`
	Result *torture.Result `json:"result,omitempty"`
}

// repeat returns the command that runs the plan of this run again.
func (t tortureCommand) repeat(seed uint64, rounds int) string {
	dir := t.Dir
	if strings.ContainsAny(dir, " '\"$&;()") {
		dir = strconv.Quote(dir)
	}
	command := fmt.Sprintf("opossum torture %s --seed %d --rounds %d --round-length %v --store-events %d --writers %d --readers %d --goroutines %d",
		dir, seed, rounds, t.RoundLength, t.StoreEvents, t.Writers, t.Readers, t.Goroutines)
	if t.Bug != "" {
		command += " --bug " + t.Bug
	}
	return command
}

// tortureChildCommand is what the processes of a torture run are. Only the run
// itself starts it.
type tortureChildCommand struct{}

// Run takes orders from the run that started it. A signal from the terminal is for
// that run, which ends its children itself.
func (tortureChildCommand) Run(ctx context.Context, c *console) error {
	return torture.RunChild(context.WithoutCancel(ctx), c.stdin, c.stdout)
}
