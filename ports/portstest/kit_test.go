package portstest_test

import (
	"context"
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
	"time"

	"github.com/opossum-go/opossum/ports/portstest"
)

func TestEveryMutantBreaksTheRulesItIsMadeToBreak(t *testing.T) {
	rules := rulesByTitle(t)
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			f := handles(m.bend)
			f.Patience = patience
			for _, title := range slices.Sorted(maps.Keys(m.breaks)) {
				rule, known := rules[title]
				if !known {
					t.Fatalf("there is no rule %q", title)
				}
				r := try(t, rule, f)
				switch want := m.breaks[title]; {
				case !r.Failed():
					t.Errorf("the rule %q lets it pass (skipped: %v)", title, r.Skipped())
				case !strings.Contains(r.Text(), want):
					t.Errorf("the rule %q fails without saying %q", title, want)
				}
				t.Logf("%s:\n%s", title, r.Text())
			}
			if testing.Verbose() {
				logOthers(t, m)
			}
		})
	}
}

// logOthers logs what other rules fail on a mutant. They may, in any way: some make
// it wait for what never comes, or turn in circles, so each has little time, and all of
// them have some. No verdict depends on it.
func logOthers(t *testing.T, m mutant) {
	t.Helper()
	const impatience = 100 * time.Millisecond
	f := handles(m.bend)
	f.Patience = impatience
	all, enough := context.WithTimeout(t.Context(), 15*impatience)
	defer enough()
	for _, rule := range portstest.Rules() {
		if _, must := m.breaks[rule.Title]; must {
			continue
		}
		if all.Err() != nil {
			t.Logf("from the rule %q on there was no time left for rules that need not fail", rule.Title)
			return
		}
		ctx, cancel := context.WithTimeout(all, 3*impatience)
		if r := tryUnder(ctx, t, rule, f); r.Failed() {
			t.Logf("%s (need not fail):\n%s", rule.Title, r.Text())
		}
		cancel()
	}
}

func TestEveryRuleIsBrokenBySomeMutant(t *testing.T) {
	broken := map[string]bool{}
	for _, m := range mutants() {
		for title := range m.breaks {
			broken[title] = true
		}
	}
	for _, rule := range portstest.Rules() {
		if !broken[rule.Title] {
			t.Errorf("no mutant breaks the rule %q", rule.Title)
		}
	}
}

func TestEveryRuleIsRegistered(t *testing.T) {
	registered := map[string]bool{}
	for _, rule := range portstest.Rules() {
		name := runtime.FuncForPC(reflect.ValueOf(rule.Check).Pointer()).Name()
		name = name[strings.LastIndexByte(name, '.')+1:]
		if registered[name] {
			t.Errorf("%s is registered twice", name)
		}
		registered[name] = true
	}
	written := ruleFunctions(t)
	if len(written) < 100 {
		t.Fatalf("found %d functions that look like a rule, want more than 100", len(written))
	}
	for _, name := range written {
		if !registered[name] {
			t.Errorf("%s looks like a rule and is not among Rules()", name)
		}
		delete(registered, name)
	}
	for name := range registered {
		t.Errorf("%s is among Rules() and was not found in the source", name)
	}
}

// ruleFunctions returns the functions func(t testing.TB, f Fixture) of the kit.
func ruleFunctions(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Type.Results == nil && paramTypes(fn) == "testing.TB Fixture" {
				found = append(found, fn.Name.Name)
			}
		}
	}
	return found
}

func paramTypes(fn *ast.FuncDecl) string {
	var out []string
	for _, param := range fn.Type.Params.List {
		switch typ := param.Type.(type) {
		case *ast.SelectorExpr:
			out = append(out, typ.X.(*ast.Ident).Name+"."+typ.Sel.Name)
		case *ast.Ident:
			out = append(out, typ.Name)
		default:
			out = append(out, "?")
		}
	}
	return strings.Join(out, " ")
}

func TestTitlesAreUnique(t *testing.T) {
	rules := portstest.Rules()
	if got := len(rulesByTitle(t)); got != len(rules) {
		t.Errorf("%d rules have %d titles", len(rules), got)
	}
}

func rulesByTitle(t *testing.T) map[string]portstest.Rule {
	t.Helper()
	rules := map[string]portstest.Rule{}
	for _, rule := range portstest.Rules() {
		rules[rule.Title] = rule
	}
	return rules
}
