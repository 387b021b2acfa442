// Command opossum looks into a store in a folder, checks it and mends what a
// crash left behind.
//
//	opossum --help
//
// Exit codes: 0 it is so, or it is done; 1 it is not so: damage was found, the
// folder is not safe, a position is not there, or something failed, and the text on
// standard error says what; 2 nothing was looked at: the command line is wrong, or the
// directory that it names is not there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/opossum-go/opossum/domain"
)

const (
	exitOK    = 0
	exitNo    = 1
	exitUsage = 2
)

const description = `Looks into an Opossum store, which is a folder of text files, checks it and mends what a crash left behind. ` +
	`Without DIR a command uses the current directory. Only repair changes a store. Every command may run while others use the store; repair waits for the append lock, also with --dry-run, up to 5 s.

Exit codes: 0 it is so, or it is done. 1 it is not so: damage was found, the folder is not safe, or something failed; standard error says what. 2 nothing was looked at: the command line is wrong, or there is no such directory.`

// commandLine is everything that can be said to opossum. Each command is a struct
// with a method Run(context.Context, *console) error.
type commandLine struct {
	Version versionFlag `short:"V" help:"Print the version."`

	Events eventsCommand `cmd:"" group:"look" help:"List events, by type, tag, position and time; follow new ones."`
	Cat    catCommand    `cmd:"" group:"look" help:"Print the stored lines of events, for jq and grep."`
	Stats  statsCommand  `cmd:"" group:"look" help:"Count events, bytes, segments, types and tags."`

	Projections projectionsCommand `cmd:"" group:"look" help:"List projections, or print the states of one."`

	Verify verifyCommand `cmd:"" group:"check" help:"Check every byte of a store; says what is wrong where."`
	Repair repairCommand `cmd:"" group:"check" help:"Mend what a crash left behind; never touches a committed event."`
	Doctor doctorCommand `cmd:"" group:"check" help:"Probe a directory: is a store safe there, and for whom?"`

	HoldLock holdLockCommand `cmd:"" hidden:""`

	Bench       benchCommand       `cmd:"" group:"prove" help:"Measure the disk of a directory and the store on it."`
	BenchWorker benchWorkerCommand `cmd:"" hidden:""`

	Torture      tortureCommand      `cmd:"" group:"prove" help:"Race and kill processes on stores in a directory, and judge every call."`
	TortureChild tortureChildCommand `cmd:"" hidden:""`
}

var groups = map[string]string{
	"look":  "Look into a store:",
	"check": "Check and mend:",
	"prove": "Measure and prove:",
}

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP) // the terminal is gone
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main for given arguments and files. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var line commandLine
	left := -1 // the exit code when help or version was all that was asked for
	parser, err := kong.New(&line,
		kong.Name("opossum"), kong.Description(description), kong.ExplicitGroups(groupList()),
		kong.Vars{"version": version()}, kong.Writers(stdout, stderr), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { left = max(left, code) }),
		kong.WithHyphenPrefixedParameters(slices.ContainsFunc(args, isNegative)), // so that --limit -1 is a number, and refused as one
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(newConsole(stdin, stdout, stderr)),
	)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	if len(args) == 0 {
		parser.Stdout = stderr
		_, _ = parser.Parse([]string{"--help"})
		return exitUsage
	}
	if i := slices.IndexFunc(args, func(arg string) bool { return !utf8.ValidString(arg) }); i >= 0 {
		return exitCode(ctx, "opossum", wrongUsage(`%q is not UTF-8 and cannot be given here; change into such a directory, and name it "."`, args[i]), stderr)
	}
	chosen, err := parser.Parse(args)
	if left >= 0 {
		return left
	}
	if unprinted, ok := errors.AsType[*fs.PathError](err); ok { // that of help; the command line is right
		return exitCode(ctx, "opossum", unprinted, stderr)
	}
	if err == nil {
		err = chosen.Run()
		if group := chosen.Selected().Group; err != nil && group != nil && group.Key == "prove" {
			err = aside{err}
		}
	}
	return exitCode(ctx, commandIn(chosen, err), err, stderr)
}

// isNegative reports whether an argument is a number or a time below zero, and no flag.
func isNegative(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && '0' <= arg[1] && arg[1] <= '9'
}

// commandIn returns the command that a command line asks for, such as "opossum
// events", also when it is wrong.
func commandIn(chosen *kong.Context, err error) string {
	if parse, ok := errors.AsType[*kong.ParseError](err); ok {
		chosen = parse.Context
	}
	if chosen == nil || chosen.Selected() == nil {
		return "opossum"
	}
	return "opossum " + chosen.Selected().Name
}

// aside is an error of a command that is given no store.
type aside struct{ error }

// Unwrap returns the error.
func (a aside) Unwrap() error { return a.error }

// errNo ends a command whose answer is no and already printed.
var errNo = errors.New("no")

// usageError is a command line that cannot be understood.
type usageError struct {
	text string
	see  string // the command that says what is right, when it is not --help
}

// Error says what is wrong with the command line.
func (e usageError) Error() string { return e.text }

func wrongUsage(format string, args ...any) error {
	return usageError{text: fmt.Sprintf(format, args...)}
}

// isDirectory refuses anything but a directory to work in.
func isDirectory(path string) error {
	if path == "" {
		return wrongUsage(`name the directory: "" is none, and the current one is "."`)
	}
	info, err := os.Stat(path)
	if whole, absErr := filepath.Abs(path); absErr == nil {
		path = whole
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wrongUsage("there is no directory %q", path)
	case err != nil:
		return err
	case !info.IsDir():
		return wrongUsage("%q is not a directory", path)
	}
	return nil
}

// wholePath returns the path of a directory, absolute and without links, as a store
// names its files.
func wholePath(dir string) (string, error) {
	if err := isDirectory(dir); err != nil {
		return "", err
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// exitCode prints err, unless the command has, and returns the exit code for it.
func exitCode(ctx context.Context, command string, err error, stderr io.Writer) int {
	var parse *kong.ParseError
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNo):
		return exitNo
	case errors.As(err, &parse), errors.As(err, &usage), errors.Is(err, domain.ErrInvalid):
		isUsage := errors.As(err, &usage)
		if !isUsage || usage.see == "" {
			usage.see = command + " --help"
		}
		fmt.Fprintf(stderr, "opossum: %s%s; see %s\n", oneLine(err), meant(err), usage.see)
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "opossum: stopped by a signal")
		return exitNo
	}
	explain(stderr, command, err)
	return exitNo
}

// meant completes the error for what other programs call a command and this one a flag.
func meant(err error) string {
	for _, flag := range []string{"help", "version"} {
		if err.Error() == "unexpected argument "+flag {
			return `, did you mean "--` + flag + `"?`
		}
	}
	return ""
}

func groupList() []kong.Group {
	list := make([]kong.Group, 0, len(groups))
	for _, key := range []string{"look", "check", "prove"} {
		list = append(list, kong.Group{Key: key, Title: groups[key]})
	}
	return list
}
