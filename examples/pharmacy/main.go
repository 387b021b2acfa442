// Command pharmacy runs a day of a small pharmacy on a folder of files: two
// workstations, which are two processes, work on one store.
//
//	go run ./examples/pharmacy                 a whole day
//	go run ./examples/pharmacy --help          single commands
//
// It is a demonstration for paper prescriptions or electronic ones that another
// system has verified. It is not certified for electronic prescriptions of
// controlled substances (EPCS), and it is no legal advice.
//
// The rules are in package dispensing, the read models that the reports come from
// in package reports, the data of the day in package day. This program only connects
// them to the folder, the command line and two processes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Dir string `default:"pharmacy-store" placeholder:"FOLDER" help:"Folder that holds the store (default: ${default})."`

	Day         dayCmd         `cmd:"" default:"1" help:"Run the whole day with two workstations and print the reports. This is the default."`
	Dispense    dispenseCmd    `cmd:"" help:"Dispense from a prescription."`
	Do          doCmd          `cmd:"" help:"Carry out any command, given as JSON."`
	Inventory   inventoryCmd   `cmd:"" help:"Print the perpetual inventory, by product and lot."`
	Log         logCmd         `cmd:"" help:"Print the running log of a schedule."`
	Due         dueCmd         `cmd:"" help:"Print the deadlines that run."`
	History     historyCmd     `cmd:"" help:"Print everything that happened to a prescription, or list the prescriptions of a patient, prescriber or drug."`
	Cases       casesCmd       `cmd:"" help:"Print the differences that counts found."`
	Daily       dailyCmd       `cmd:"" help:"Print the report of a day."`
	Rebuild     rebuildCmd     `cmd:"" help:"Make the read models anew, which all of these reports come from."`
	Verify      verifyCmd      `cmd:"" help:"Check every byte of the store."`
	Reset       resetCmd       `cmd:"" help:"Delete the store, to start afresh."`
	Workstation workstationCmd `cmd:"" hidden:"" help:"One of the two processes that the day starts."`
}

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks errors of the command line.
var errUsage = errors.New("see pharmacy --help")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("pharmacy"), kong.Description(
		"A day of a small pharmacy on a folder of files. "+disclaimer),
		kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(errs, "pharmacy:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited >= 0:
		return exited // help was printed
	case err != nil:
		fmt.Fprintf(errs, "pharmacy: %s; %v\n", clean(err.Error()), errUsage)
		return exitUsage
	}
	s := &session{dir: c.Dir, in: in, errs: errs, printer: newPrinter(out)}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return answer(errs, errors.Join(parsed.Run(s), s.failed()))
}

// answer prints an error, each on one line, and returns the exit code.
func answer(errs io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if unmet, ok := errors.AsType[unmetError](err); ok {
		for i, wrong := range unmet {
			if i == mostWrong {
				fmt.Fprintf(errs, "pharmacy: … and %d more\n", len(unmet)-i)
				break
			}
			fmt.Fprintln(errs, "pharmacy:", clean(wrong.Error()))
		}
		return exitFailed
	}
	// Joined errors stand on lines of their own.
	fmt.Fprintln(errs, "pharmacy:", clean(strings.ReplaceAll(err.Error(), "\n", "; ")))
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

// mostWrong is how many unexpected outcomes are printed.
const mostWrong = 20

// unmetError are the outcomes of a day that its data does not expect.
type unmetError []error

// Error says how many there are.
func (e unmetError) Error() string {
	return plural(len(e), "thing did", "things did") + " not come out as the data of the day expects"
}
