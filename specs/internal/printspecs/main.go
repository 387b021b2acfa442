// Command printspecs prints the titles of all specs as a document, specs/SPECS.md.
// It is started in the root of the module:
//
//	go run ./specs/internal/printspecs           writes the document
//	go run ./specs/internal/printspecs -check    fails when the document is not up to date
//
// The specs are listed, not run: that they hold is what go test says.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/opossum-go/opossum/specs/internal/document"
)

const file = "specs/SPECS.md"

func main() {
	log.SetFlags(0)
	check := flag.Bool("check", false, "compare with "+file+" instead of writing it")
	flag.Parse()
	if err := run(*check); err != nil {
		log.Fatal("printspecs: ", err)
	}
}

func run(check bool) error {
	printed, err := printed()
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(file, printed, 0o644) //nolint:gosec // a document for everybody
	}
	there, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%w: run make docs", err)
	}
	return document.Compare(file, there, printed)
}

// printed lists the specs and returns the document.
func printed() ([]byte, error) {
	dir, err := os.MkdirTemp("", "printspecs")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	const report = "report.json"
	// The seed keeps Ginkgo from mixing the specs anew each time.
	list := exec.Command("go", //nolint:gosec // the only variable is a folder of our own
		"tool", "ginkgo", "-r", "--dry-run", "--seed=1", "--skip-package=specs/internal",
		"--json-report="+report, "--output-dir="+dir, "specs")
	if out, err := list.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", list, err, out)
	}
	specs, err := os.Open(filepath.Join(dir, report)) //nolint:gosec // a file of our own
	if err != nil {
		return nil, err
	}
	defer func() { _ = specs.Close() }()
	var text bytes.Buffer
	err = document.Print(&text, specs, outline)
	return text.Bytes(), err
}
