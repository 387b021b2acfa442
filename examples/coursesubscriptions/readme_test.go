package coursesubscriptions_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheReadmeShowsThisPackage keeps the code of the README, from its second piece
// on, equal to the code here: each paragraph of it stands in a file of this package.
func TestTheReadmeShowsThisPackage(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, file := range files {
		source.WriteString(mustRead(t, file))
	}
	blocks := regexp.MustCompile("(?s)\n```go\n(.*?)```\n").FindAllStringSubmatch(mustRead(t, filepath.Join("..", "..", "README.md")), -1)
	if len(blocks) < 3 {
		t.Fatalf("README.md has %d pieces of Go, want the one of the root and at least two of this package", len(blocks))
	}
	code := unindented(source.String())
	for _, block := range blocks[1:] {
		for paragraph := range strings.SplitSeq(strings.TrimSpace(block[1]), "\n\n") {
			if !strings.Contains(code, unindented(paragraph)+"\n") {
				t.Errorf("README.md shows code that is not in this package:\n%s", paragraph)
			}
		}
	}
}

// unindented returns text without the tabs at the start of its lines.
func unindented(text string) string {
	return regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(text, "")
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
