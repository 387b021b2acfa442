package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// testName finds the name of a test function anywhere in a text.
	testName = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark|Example)(?:[A-Z_]\w*)\b`)
	// ruleTitle finds a quoted title in a code span: `"a title"`.
	ruleTitle = regexp.MustCompile("`\"([^`]+)\"`")
	// confirmation finds the section that says what holds a decision.
	confirmation = regexp.MustCompile(`(?ms)^#{2,3} Confirmation\n(.*?)(?:^#{1,3} |\z)`)
)

// evidence is what decisions can refer to.
type evidence struct {
	functions map[string]bool // test functions, examples, benchmarks, fuzz targets
	titles    map[string]bool // string literals of the conformance kit and the specs
}

// missing returns what a decision refers to and the repository does not have.
func (e evidence) missing(decision string) []string {
	var gone []string
	for _, function := range testName.FindAllString(decision, -1) {
		if !e.functions[function] {
			gone = append(gone, "there is no function "+function)
		}
	}
	for _, title := range ruleTitle.FindAllStringSubmatch(decision, -1) {
		if !e.titles[title[1]] {
			gone = append(gone, "there is no rule or spec "+strconv.Quote(title[1]))
		}
	}
	slices.Sort(gone)
	return slices.Compact(gone)
}

// confirms reports whether a decision has a Confirmation that names a test.
func confirms(decision string) bool {
	section := confirmation.FindStringSubmatch(decision)
	return section != nil && (testName.MatchString(section[1]) || ruleTitle.MatchString(section[1]))
}

func TestDecisionsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	have := gather(t)
	for _, file := range decisionFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text := mustReadFile(t, file)
			for _, gone := range have.missing(text) {
				t.Error(gone)
			}
			if !confirms(text) {
				t.Error("the section Confirmation is missing or names no test")
			}
		})
	}
}

func TestDecisionsAreAllInTheIndex(t *testing.T) {
	t.Parallel()
	index := mustReadFile(t, filepath.Join(root, "ADR", "README.md"))
	for _, file := range decisionFiles(t) {
		if link := "(" + filepath.Base(file) + ")"; !strings.Contains(index, link) {
			t.Errorf("ADR/README.md has no link %s", link)
		}
	}
	for _, link := range regexp.MustCompile(`\((\d{4}-[^)]+\.md)\)`).FindAllStringSubmatch(index, -1) {
		if _, err := os.Stat(filepath.Join(root, "ADR", link[1])); err != nil {
			t.Errorf("ADR/README.md links to a decision that is not there: %v", err)
		}
	}
}

func TestADecisionThatNamesNoTestIsNoticed(t *testing.T) {
	t.Parallel()
	have := evidence{
		functions: map[string]bool{"TestQueryMatches": true},
		titles:    map[string]bool{"an append is all or nothing": true},
	}
	tests := []struct {
		name, text string
		gone       []string
		confirmed  bool
	}{
		{"a test that exists", "### Confirmation\n\n`TestQueryMatches`\n", nil, true},
		{"a rule that exists", "### Confirmation\n`\"an append is all or nothing\"`", nil, true},
		{"a test that does not exist", "## Confirmation\nTestGone", []string{"there is no function TestGone"}, true},
		{"an example that does not exist", "## Confirmation\nExampleQuery_Gone", []string{"there is no function ExampleQuery_Gone"}, true},
		{"a rule that does not exist", "## Confirmation\n`\"gone\"`", []string{`there is no rule or spec "gone"`}, true},
		{"a reference in a table", "| a | `FuzzGone` |\n", []string{"there is no function FuzzGone"}, false},
		{"no confirmation", "## Consequences\nTestQueryMatches\n", nil, false},
		{"a confirmation without a test", "### Confirmation\nby review\n## More\nTestQueryMatches\n", nil, false},
		{"words that are no test", "### Confirmation\nTests, Testing and Examples\n", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := have.missing(tt.text); !slices.Equal(got, tt.gone) {
				t.Errorf("missing = %q, want %q", got, tt.gone)
			}
			if got := confirms(tt.text); got != tt.confirmed {
				t.Errorf("confirmed = %v, want %v", got, tt.confirmed)
			}
		})
	}
}

// decisionFiles returns the decisions: ADR/NNNN-title.md.
func decisionFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "ADR", "[0-9][0-9][0-9][0-9]-*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d decisions, error %v", len(files), err)
	}
	return files
}

// gather parses the Go files of the module for test functions and titles.
func gather(t *testing.T) evidence {
	t.Helper()
	have := evidence{functions: map[string]bool{}, titles: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "bin", "testdata"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		folder := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		titled := below(folder, "ports/portstest") || below(folder, "specs")
		if filepath.Ext(path) != ".go" || (!titled && !strings.HasSuffix(path, "_test.go")) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		have.add(file, titled)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return have
}

func (e evidence) add(file *ast.File, titled bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && testName.MatchString(n.Name.Name) {
				e.functions[n.Name.Name] = true
			}
		case *ast.BasicLit:
			if titled && n.Kind == token.STRING {
				if text, err := strconv.Unquote(n.Value); err == nil {
					e.titles[text] = true
				}
			}
		}
		return true
	})
}

func mustReadFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
