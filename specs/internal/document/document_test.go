package document_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/specs/internal/document"
)

// spec is a spec as Ginkgo reports it: the titles of its containers and its own.
func spec(titles ...string) map[string]any {
	return state("passed", titles...)
}

func state(state string, titles ...string) map[string]any {
	last := len(titles) - 1
	return map[string]any{
		"ContainerHierarchyTexts": titles[:last], "LeafNodeType": "It", "LeafNodeText": titles[last], "State": state,
		"LeafNodeLocation": map[string]any{"FileName": "/home/ada/x_test.go", "LineNumber": 7}, "RunTime": 123,
	}
}

// suite is what Ginkgo reports about a folder.
func suite(path string, specs ...map[string]any) map[string]any {
	return map[string]any{"SuitePath": path, "SuiteDescription": "A suite", "SpecReports": specs}
}

// printed is the document of some suites.
func printed(t *testing.T, outline document.Outline, suites ...map[string]any) (string, error) {
	t.Helper()
	report, err := json.Marshal(suites)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	err = document.Print(&text, strings.NewReader(string(report)), outline)
	return text.String(), err
}

// zoo is an outline of two chapters from one folder, and one from another.
func zoo() document.Outline {
	return document.Outline{
		Title: "The zoo", Intro: "What it does.", Stores: []string{"in memory", "on paper"},
		Chapters: []document.Chapter{
			{Title: "Small animals", Intro: "Those below a metre.", Folder: "animals", Subjects: []string{"A mouse"}},
			{Title: "Visitors", Folder: "people"},
			{Title: "Other animals", Folder: "animals", Subjects: []string{"A lion"}},
		},
	}
}

func TestTheDocumentFollowsTheOutlineAndPrintsEachSpecOnce(t *testing.T) {
	t.Parallel()
	got, err := printed(t, zoo(),
		suite("/home/ada/zoo/specs/people",
			spec("Visitors", "pay"),
			spec("Visitors", "when it rains", "pay less"),
			spec("Visitors", "when it rains", "stay dry")),
		suite(`C:\zoo\specs\animals`,
			spec("An eagle", "flies"),
			spec("A lion", "roars"),
			spec("A bear", "sleeps"),
			spec("A mouse", "in memory", "eats", "cheese_cake"),
			spec("A mouse", "in memory", "eats", "*corn*"),
			spec("A mouse", "in memory", "is small"),
			spec("A mouse", "on paper", "eats", "cheese_cake"),
			spec("A mouse", "on paper", "eats", "*corn*"),
			spec("A mouse", "on paper", "is small")))
	if err != nil {
		t.Fatal(err)
	}
	want := `# The zoo

What it does.

- [Small animals](#small-animals)
- [Visitors](#visitors)
- [Other animals](#other-animals)

## Small animals

Those below a metre.

### A mouse

*in memory, on paper*

- eats
  - cheese\_cake
  - \*corn\*
- is small

## Visitors

- pay
- when it rains
  - pay less
  - stay dry

## Other animals

### A lion

- roars

### A bear

- sleeps

### An eagle

- flies
`
	if got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

func TestTheOrderOfSuitesAndSubjectsInTheReportDoesNotMatter(t *testing.T) {
	t.Parallel()
	mouse, lion, bear, visitor := spec("A mouse", "is small"), spec("A lion", "roars"), spec("A bear", "sleeps"), spec("Visitors", "pay")
	first, err := printed(t, zoo(), suite("specs/animals", mouse, lion, bear), suite("specs/people", visitor))
	if err != nil {
		t.Fatal(err)
	}
	second, err := printed(t, zoo(), suite("elsewhere/people", visitor), suite("elsewhere/animals", bear, lion, mouse))
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("printed\n%s\nand then\n%s", first, second)
	}
}

func TestASpecThatRunsOnOneStoreOnlySaysSo(t *testing.T) {
	t.Parallel()
	got, err := printed(t, one("animals"), suite("specs/animals",
		spec("A mouse", "on paper", "is drawn"),
		spec("A mouse", "on paper", "is seen", "by day"),
		spec("A mouse", "in memory", "is seen", "by day"),
		spec("A mouse", "is small")))
	if err != nil {
		t.Fatal(err)
	}
	want := "- is drawn *(on paper)*\n- is seen *(in memory, on paper)*\n  - by day\n- is small\n"
	if !strings.HasSuffix(got, "### A mouse\n\n"+want) {
		t.Errorf("printed\n%s\nwant at the end\n%s", got, want)
	}
}

func TestATableThatIsRunTwiceIsPrintedOnce(t *testing.T) {
	t.Parallel()
	got, err := printed(t, one("animals"), suite("specs/animals",
		spec("A mouse", "eats by day", "cheese"), spec("A mouse", "eats by day", "corn"),
		spec("A mouse", "eats by night", "cheese"), spec("A mouse", "eats by night", "corn"),
		spec("A mouse", "leaves", "corn")))
	if err != nil {
		t.Fatal(err)
	}
	want := "- eats by day\n  - cheese\n  - corn\n- eats by night (all of the above)\n- leaves\n  - corn\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("printed\n%s\nwant at the end\n%s", got, want)
	}
}

// one is an outline of one folder.
func one(folder string) document.Outline {
	return document.Outline{Stores: []string{"in memory", "on paper"}, Chapters: []document.Chapter{{Title: "Animals", Folder: folder}}}
}

func TestWhatMakesNoDocument(t *testing.T) {
	t.Parallel()
	mouse := spec("A mouse", "is small")
	tests := []struct {
		name    string
		outline document.Outline
		suites  []map[string]any
		want    string
	}{
		{"a spec that failed", one("animals"), []map[string]any{suite("specs/animals", mouse, state("failed", "A mouse", "flies"))}, "A mouse / flies: the spec is failed"},
		{"a spec that is pending", one("animals"), []map[string]any{suite("specs/animals", state("pending", "A mouse", "flies"))}, "pending"},
		{"a title that says should", one("animals"), []map[string]any{suite("specs/animals", spec("A mouse", "Should be small"))}, "present tense"},
		{"two specs with one title", one("animals"), []map[string]any{suite("specs/animals", mouse, mouse)}, "two specs have this title"},
		{"a folder that no chapter prints", one("animals"), []map[string]any{suite("specs/animals", mouse), suite("specs/plants", spec("A rose", "smells"))}, `"plants"`},
		{"a chapter without specs", one("plants"), []map[string]any{suite("specs/animals", mouse)}, `no specs of folder "plants"`},
		{"a subject that is not there", zoo(), []map[string]any{suite("specs/animals", mouse), suite("specs/people", spec("Visitors", "pay"))}, `no subject "A lion"`},
		{"a subject in two chapters", document.Outline{Chapters: []document.Chapter{
			{Title: "One", Folder: "animals", Subjects: []string{"A mouse"}}, {Title: "Two", Folder: "animals", Subjects: []string{"A mouse"}},
		}}, []map[string]any{suite("specs/animals", mouse)}, "printed already"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := printed(t, tt.outline, tt.suites...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one that says %q", err, tt.want)
			}
			if got != "" {
				t.Errorf("printed %q all the same", got)
			}
		})
	}
}

func TestWordsThatOnlyContainShouldAreFine(t *testing.T) {
	t.Parallel()
	if _, err := printed(t, one("animals"), suite("specs/animals", spec("A mouse", "sits on a shoulder"))); err != nil {
		t.Error(err)
	}
}

func TestWhatGinkgoNotesBesideSpecsIsNotPrinted(t *testing.T) {
	t.Parallel()
	after := spec("cleans up")
	after["LeafNodeType"] = "AfterSuite"
	got, err := printed(t, one("animals"), suite("specs/animals", spec("A mouse", "is small"), after))
	if err != nil || strings.Contains(got, "cleans up") {
		t.Errorf("printed\n%s, error %v", got, err)
	}
}

func TestAFileThatIsNoReportIsRefused(t *testing.T) {
	t.Parallel()
	err := document.Print(&strings.Builder{}, strings.NewReader("ok  specs"), zoo())
	if err == nil || !strings.Contains(err.Error(), "--json-report") {
		t.Errorf("error = %v, want one that says where reports come from", err)
	}
}

func TestCompareShowsTheFirstLineThatDiffers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		there, printed string
		want           []string // parts of the error, none when there is no difference
	}{
		{"the same", "a\nb\n", "a\nb\n", nil},
		{"another line", "a\nb\nc\n", "a\nx\ny\n", []string{"line 2", "in the file:  b", "in the specs: x", "make docs"}},
		{"a line too many", "a\nb\n", "a\n", []string{"line 2", "in the file:  b"}},
		{"a line too few", "a", "a\nb", []string{"line 2", "in the file:  (the end)", "in the specs: b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := document.Compare("x.md", []byte(tt.there), []byte(tt.printed))
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("error = %v, want one: %v", err, tt.want != nil)
			}
			if i := slices.IndexFunc(tt.want, func(part string) bool { return !strings.Contains(err.Error(), part) }); i >= 0 {
				t.Errorf("error = %v, want %q in it", err, tt.want[i])
			}
		})
	}
}
