package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/opossum-go/opossum/adapters/filesystem"
)

// console is where a command reads and prints. Nothing but the answer goes to
// stdout, which other programs may read; what is said about it goes to stderr.
type console struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	width          int // columns of the terminal that stdout is, 0 when it is none
}

func newConsole(stdin io.Reader, stdout, stderr io.Writer) *console {
	c := &console{stdin: stdin, stdout: stdout, stderr: stderr}
	if file, ok := stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		c.width = 80
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			c.width = width
		}
	}
	return c
}

// terminal reports whether a person sees stdout, and not a file or another program.
func (c *console) terminal() bool { return c.width > 0 }

// printable returns text with everything escaped that a terminal could take for a
// command or that could hide text: control characters, those that turn the
// direction of writing, and bytes that are no UTF-8. The escapes are those of JSON
// where there is one.
func printable(text string) string {
	if strings.IndexFunc(text, hidden) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }

// oneLine returns the text of err on one line.
func oneLine(err error) string { return strings.Join(textsOf(err), "; ") }

// textsOf returns the texts of the errors that are joined in err, each once.
func textsOf(err error) (texts []string) {
	for text := range strings.SplitSeq(inWords(err.Error(), err), "\n") {
		if text = printable(strings.TrimPrefix(text, "opossum: ")); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// systemCalls are what system calls do whose names may stand in an error.
var systemCalls = map[string]string{
	"stat": "look at", "lstat": "look at", "fstat": "look at", "statat": "look at", "statx": "look at",
	"openat": "open", "readdirent": "list", "fdatasync": "sync", "fsync": "sync", "mmap": "map",
	"mkdir": "make", "mkdirat": "make", "unlinkat": "remove", "removeat": "remove", "renameat": "rename", "linkat": "link",
}

// inWords returns text, which holds that of err, with the names of system calls
// replaced by what they do.
func inWords(text string, err error) string {
	switch e := err.(type) { //nolint:errorlint // each error of the tree has its turn
	case *fs.PathError:
		said := fs.PathError{Op: cmp.Or(systemCalls[e.Op], e.Op), Path: e.Path, Err: e.Err}
		text = strings.ReplaceAll(text, e.Error(), said.Error())
	case *os.LinkError:
		said := os.LinkError{Op: cmp.Or(systemCalls[e.Op], e.Op), Old: e.Old, New: e.New, Err: e.Err}
		text = strings.ReplaceAll(text, e.Error(), said.Error())
	case *os.SyscallError:
		said := os.SyscallError{Syscall: cmp.Or(systemCalls[e.Syscall], e.Syscall), Err: e.Err}
		text = strings.ReplaceAll(text, e.Error(), said.Error())
	}
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() error }:
		text = inWords(text, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			text = inWords(text, err)
		}
	}
	return text
}

// explain prints an error of a command for people: what is wrong where, and what to
// do.
func explain(w io.Writer, command string, err error) {
	damage := damageIn(err)
	if len(damage) == 0 {
		fmt.Fprintf(w, "opossum: %s\n", oneLine(err))
	} else {
		fmt.Fprintln(w, "opossum: the store is damaged")
	}
	p := &lines{to: w}
	for _, d := range damage {
		damageFinding(d).print(p)
	}
	switch {
	case len(damage) > 0, errors.Is(err, filesystem.ErrFormat), errors.As(err, new(aside)):
	case errors.Is(err, fs.ErrNotExist):
		p.line("  Give the folder that holds store.json, for example: %s path/to/store", command)
	case errors.Is(err, fs.ErrPermission):
		p.line("  Run it as the user who owns the folder.")
	}
}
