// Package guide_test is the code of docs/projections.md and of the read models in the
// README: what they show runs here.
package guide_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThePagesShowCodeThatRuns holds each paragraph of Go in the guide, and in the
// README where it names a file, against the code.
func TestThePagesShowCodeThatRuns(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	guide := code(t, "definitions_test.go", "example_test.go")
	example := "projection/example_test.go"
	for _, page := range []struct{ file, fence, code string }{
		{"docs/projections.md", "go", guide},
		{"README.md", "go " + example, code(t, filepath.Join(root, example))},
	} {
		pieces := regexp.MustCompile("(?s)\n```"+page.fence+"\n(.*?)```\n").FindAllStringSubmatch(text(t, filepath.Join(root, page.file)), -1)
		if len(pieces) == 0 {
			t.Errorf("%s shows no code between ```%s and ```", page.file, page.fence)
		}
		for _, piece := range pieces {
			for paragraph := range strings.SplitSeq(strings.TrimSpace(piece[1]), "\n\n") {
				if !strings.Contains(page.code, unindented(paragraph)+"\n") {
					t.Errorf("%s shows code that runs nowhere:\n%s", page.file, paragraph)
				}
			}
		}
	}
}

func code(t *testing.T, files ...string) string {
	t.Helper()
	var all strings.Builder
	for _, file := range files {
		all.WriteString(text(t, file))
	}
	return unindented(all.String())
}

// unindented returns text without the tabs at the start of its lines.
func unindented(text string) string {
	return regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(text, "")
}

func text(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
