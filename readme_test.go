package opossum_test

import (
	_ "embed"
	"regexp"
	"strings"
	"testing"
)

var (
	//go:embed README.md
	readme string
	//go:embed example_test.go
	exampleSource string
)

// TestTheReadmeShowsTheExampleThatRuns keeps the first Go code of the README equal
// to the body of Example, and the text under it equal to what Example prints.
func TestTheReadmeShowsTheExampleThatRuns(t *testing.T) {
	t.Parallel()
	body, output := example(t)
	if got := block(t, "go"); got != body {
		t.Errorf("README.md shows\n%s\nbut Example is\n%s", got, body)
	}
	if got := block(t, "text"); got != output {
		t.Errorf("README.md says that it prints\n%s\nbut Example prints\n%s", got, output)
	}
}

// example returns the body of Example without its indentation, and what it prints.
func example(t *testing.T) (body, output string) {
	t.Helper()
	source := strings.ReplaceAll(exampleSource, "\r\n", "\n")
	parts := regexp.MustCompile(`(?s)\nfunc Example\(\) \{\n(.*?)\t// Output:\n(.*?)\n\}\n`).FindStringSubmatch(source)
	if parts == nil {
		t.Fatal("example_test.go has no Example with an output")
	}
	return regexp.MustCompile(`(?m)^\t`).ReplaceAllString(parts[1], ""),
		regexp.MustCompile(`(?m)^\t// `).ReplaceAllString(parts[2], "") + "\n"
}

// block returns the first code of the README in the given language.
func block(t *testing.T, language string) string {
	t.Helper()
	text := strings.ReplaceAll(readme, "\r\n", "\n")
	found := regexp.MustCompile("(?s)\n```" + language + "\n(.*?)```\n").FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("README.md has no code in %s", language)
	}
	return found[1]
}
