package published_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/specs/internal/published"
)

// The site has 41 cases. Each suite checks with LeftOut that it ran its own.
const cases = 41

func TestEveryPublishedCaseIsRunByOneSuite(t *testing.T) {
	t.Parallel()
	var raw struct{ Cases []json.RawMessage }
	text, err := os.ReadFile("dcb-examples.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	if len(raw.Cases) != cases || len(published.All()) != cases {
		t.Errorf("the file has %d cases, All returns %d, want %d", len(raw.Cases), len(published.All()), cases)
	}
	run := 0
	for example, folder := range published.Suites() {
		of := published.Of(example)
		run += len(of)
		if len(of) == 0 {
			continue
		}
		if !suiteRuns(t, folder, "published."+constant(example)+", ") {
			t.Errorf("no file in specs/%s runs the cases of %q and counts them", folder, example)
		}
	}
	if run != cases {
		t.Errorf("the suites have %d cases, want %d", run, cases)
	}
}

// constant returns the Go name of an example, which is that of its suite's folder
// apart from case.
func constant(e published.Example) string {
	for _, name := range []string{
		"CourseSubscriptions", "UniqueUsername", "InvoiceNumber", "OptInToken", "ProductPrice", "EventSourcedAggregate", "RecordDuplication",
	} {
		if strings.ToLower(name) == published.Suites()[e] {
			return name
		}
	}
	return "?"
}

// suiteRuns reports whether the suite takes its cases from here and counts the
// ones it ran.
func suiteRuns(t *testing.T, folder, example string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	text := source.String()
	return strings.Contains(text, "published.Entries("+example) && strings.Contains(text, "published.LeftOut("+example) &&
		strings.Contains(text, "ReportAfterSuite(")
}

func TestEveryCaseSaysWhatComesOut(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range published.All() {
		if (c.ThenEvent == nil) == (c.ThenError == nil) {
			t.Errorf("%s has not exactly one of an event and an error", c.ID)
		}
		if c.When.Name == "" || c.Title == "" || seen[c.ID] {
			t.Errorf("%+v has no command, no title or an id that another case has, too", c)
		}
		seen[c.ID] = true
	}
}

func TestAnAgeCountsBackFromNow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	ages := map[time.Duration]int{}
	for _, c := range published.All() {
		for _, e := range c.Given(now, time.Hour) {
			ages[now.Sub(e.Metadata.OccurredAt)]++
		}
	}
	for _, age := range []time.Duration{4 * 24 * time.Hour, 3 * 24 * time.Hour, 61 * time.Minute, 20 * time.Minute, time.Hour} {
		if ages[age] == 0 {
			t.Errorf("no given event is %v old; ages: %v", age, ages)
		}
	}
}
