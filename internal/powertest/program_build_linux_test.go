package powertest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const programPackage = "github.com/opossum-go/opossum/cmd/opossum"

// lieVariable chooses what a program that was built to lie lies about.
const lieVariable = "OPOSSUM_POWER_LIE"

// Lies of a program.
const (
	lieWritten = "written" // writes that fail succeed
	lieEnded   = "ended"   // a read that fails is the end of the file
	lieDone    = "done"    // the exit code is 0
)

// liarsFile is added to the package through which a store uses files.
const liarsFile = `package vfs

import (
	"io"
	"os"
)

var lie = os.Getenv("` + lieVariable + `")

func (f osFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(b, at)
	if lie == "` + lieWritten + `" {
		return len(b), nil
	}
	return n, err
}

func (f osFile) Truncate(size int64) error {
	if err := f.File.Truncate(size); lie != "` + lieWritten + `" {
		return err
	}
	return nil
}

func (f osFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if err != nil && lie == "` + lieEnded + `" {
		return n, io.EOF
	}
	return n, err
}
`

// builtPrograms are their paths, by whether they can lie. One test runs at a time, and
// TestMain removes them.
var builtPrograms = map[bool]string{}

// buildProgram builds the command opossum, once. One that can lie is made of the same
// code with a few lines more.
func buildProgram(t *testing.T, lies bool) (path string) {
	t.Helper()
	if path := builtPrograms[lies]; path != "" {
		return path
	}
	dir, err := os.MkdirTemp("", "program") //nolint:usetesting // it outlives this test
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "opossum")
	words := []string{"build", "-o", path}
	if lies {
		words = append(words, "-overlay", overlay(t, dir))
	}
	cmd := exec.CommandContext(t.Context(), "go", append(words, programPackage)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	builtPrograms[lies] = path
	return path
}

// removePrograms removes what buildProgram has made.
func removePrograms() {
	for _, path := range builtPrograms {
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// lines is the reader of cat and stats, and what is added to it to make it lie.
var (
	linesHonest = "bufio.NewReaderSize(file, 256<<10)"
	linesLying  = "bufio.NewReaderSize(liar{file}, 256<<10)"
	linesLiar   = `
type liar struct{ *os.File }

func (l liar) Read(b []byte) (int, error) {
	n, err := l.File.Read(b)
	if err != nil && os.Getenv("` + lieVariable + `") == "` + lieEnded + `" {
		return n, io.EOF
	}
	return n, err
}
`
)

// overlay returns the file that tells the compiler of other contents of files.
func overlay(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Dir(strings.TrimSpace(string(out)))
	command, lines := filepath.Join(module, "cmd", "opossum", "main.go"), filepath.Join(module, "cmd", "opossum", "internal", "segments", "segments.go")
	replace := map[string]string{}
	for at, content := range map[string]string{
		command: lying(t, command, "os.Exit(code)", `if os.Getenv("`+lieVariable+`") == "`+lieDone+`" { code = 0 }; os.Exit(code)`),
		lines:   lying(t, lines, linesHonest, linesLying) + linesLiar,
		filepath.Join(module, "adapters", "filesystem", "internal", "vfs", "liar.go"): liarsFile,
	} {
		replace[at] = filepath.Join(dir, filepath.Base(at))
		if err := os.WriteFile(replace[at], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, words, 0o600); err != nil {
		t.Fatal(err)
	}
	return list
}

// lying returns a source file with a lie in place of what is honest.
func lying(t *testing.T, path, honest, lie string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(text, []byte(honest)) != 1 {
		t.Fatalf("%s has no place for a lie: want one %s", path, honest)
	}
	return strings.Replace(string(text), honest, lie, 1)
}
