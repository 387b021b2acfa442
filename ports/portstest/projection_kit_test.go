package portstest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/internal/verdict"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/ports/portstest"
)

func TestTheProjectionsThatMutantsAreMadeOfKeepEveryRule(t *testing.T) {
	portstest.RunProjections(t, projectionHandles(nil))
}

func TestEveryProjectionMutantBreaksTheRulesItIsMadeToBreak(t *testing.T) {
	rules := map[string]portstest.ProjectionRule{}
	for _, rule := range portstest.ProjectionRules() {
		if _, twice := rules[rule.Title]; twice {
			t.Errorf("two rules have the title %q", rule.Title)
		}
		rules[rule.Title] = rule
	}
	for _, m := range projectionMutants() {
		t.Run(m.name, func(t *testing.T) {
			f := projectionHandles(m.bend)
			f.Patience = patience
			for _, title := range slices.Sorted(maps.Keys(m.breaks)) {
				rule, known := rules[title]
				if !known {
					t.Fatalf("there is no rule %q", title)
				}
				r := tryProjections(t, rule, f)
				switch want := m.breaks[title]; {
				case !r.Failed():
					t.Errorf("the rule %q lets it pass (skipped: %v)", title, r.Skipped())
				case !strings.Contains(r.Text(), want):
					t.Errorf("the rule %q fails without saying %q", title, want)
				}
				t.Logf("%s:\n%s", title, r.Text())
			}
		})
	}
}

func TestEveryProjectionRuleIsBrokenBySomeMutant(t *testing.T) {
	broken := map[string]bool{}
	for _, m := range projectionMutants() {
		for title := range m.breaks {
			broken[title] = true
		}
	}
	for _, rule := range portstest.ProjectionRules() {
		if !broken[rule.Title] {
			t.Errorf("no mutant breaks the rule %q", rule.Title)
		}
	}
}

func TestEveryProjectionRuleIsRegistered(t *testing.T) {
	registered := map[string]bool{}
	for _, rule := range portstest.ProjectionRules() {
		name := runtime.FuncForPC(reflect.ValueOf(rule.Check).Pointer()).Name()
		registered[name[strings.LastIndexByte(name, '.')+1:]] = true
	}
	paths, err := filepath.Glob("projection_*.go")
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Type.Results != nil || paramTypes(fn) != "testing.TB ProjectionFixture" {
				continue
			}
			if written++; !registered[fn.Name.Name] {
				t.Errorf("%s looks like a rule and is not among ProjectionRules()", fn.Name.Name)
			}
		}
	}
	if written < 50 || written != len(registered) {
		t.Errorf("found %d rules in the source, %d are registered", written, len(registered))
	}
}

func TestProjectionRulesAreSkippedWithoutTheCapabilityThatTheyNeed(t *testing.T) {
	less := map[string]portstest.ProjectionFixture{"Reopen": projectionHandles(nil), "OpenOther": projectionHandles(nil), "Close": {}}
	for name, f := range less {
		switch name {
		case "Reopen":
			f.Reopen = nil
		case "OpenOther":
			f.OpenOther = nil
		default:
			full := projectionHandles(nil)
			f.Open = func(t testing.TB) ports.ProjectionStore { return uncloseable{full.Open(t)} }
		}
		skipped := 0
		for _, rule := range portstest.ProjectionRules() {
			r := tryProjections(t, rule, f)
			if r.Failed() {
				t.Errorf("without %s the rule %q fails: %s", name, rule.Title, r.Text())
			}
			if r.Skipped() {
				skipped++
			}
		}
		if skipped < 4 || skipped > 15 {
			t.Errorf("without %s %d rules are skipped, want some and not most", name, skipped)
		}
	}
}

// uncloseable hides the Close of a store.
type uncloseable struct{ ports.ProjectionStore }

// tryProjections checks one rule and returns its verdict.
func tryProjections(t *testing.T, rule portstest.ProjectionRule, f portstest.ProjectionFixture) verdict.Verdict {
	t.Helper()
	check := func(t testing.TB, _ portstest.Fixture) { rule.Check(t, f) }
	return try(t, portstest.Rule{Title: rule.Title, Check: check}, portstest.Fixture{})
}
