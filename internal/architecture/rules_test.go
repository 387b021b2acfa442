package architecture_test

import (
	"fmt"
	"slices"
	"strings"
)

const (
	module = "github.com/opossum-go/opossum"
	kit    = "ports/portstest"

	decisionKit   = "application/decisiontest"
	projectionKit = "projection/projectiontest"

	// What a test said, for the tests of test kits.
	verdictKit = "internal/verdict"

	// Judges of what a store did, for the tests of this module.
	historyKit = "internal/history"

	// Judges what real processes did, for the command line and its tests.
	tortureHarness = "internal/torture"

	// What opossum bench measures, projections among it.
	benchmarks = "internal/bench"
)

// goPackage is what `go list -json` says about a package, as far as the rules
// look at it.
type goPackage struct {
	ImportPath   string
	Imports      []string // of the package itself
	TestImports  []string // of its tests inside the package
	XTestImports []string // of its tests outside the package
}

// layer is a folder with everything below it.
type layer struct {
	folder string
	// may lists the folders that it may import beside itself.
	may []string
	// apart says that its direct subfolders may not import each other.
	apart bool
}

// layers is in the order of the package comment; the first one that holds a
// package applies.
var layers = []layer{
	{folder: "domain"},
	{folder: kit, may: []string{"domain", "ports"}},
	{folder: "ports", may: []string{"domain"}},
	{folder: "decision", may: []string{"domain", "ports", "internal/system", "internal/observe", "internal/typed"}},
	{folder: projectionKit, may: []string{"domain", "ports", "decision", "projection"}},
	{folder: "projection", may: []string{"domain", "ports", "internal/system", "internal/typed"}},
	{folder: decisionKit, may: []string{"domain", "ports", "decision", "application", "adapters/memory", "internal/observe"}},
	{folder: "application", may: []string{"domain", "ports", "internal/system", "decision"}},
	{folder: "adapters", may: []string{"domain", "ports", "internal"}, apart: true},
	{folder: tortureHarness, may: []string{"domain", "ports", "adapters/filesystem", historyKit}},
	{folder: benchmarks, may: []string{"domain", "ports", "projection", "internal"}},
	{folder: "internal", may: []string{"domain", "ports"}},
	{folder: "cmd", may: product},
	{folder: "examples", may: product},
	{folder: "specs", may: slices.Concat(product, []string{"examples", kit, decisionKit, projectionKit})},
	{folder: ""},
}

// product is what programs and specs are made of.
var product = []string{"domain", "ports", "decision", "projection", "application", "adapters", "internal"}

// violations returns one sentence for each import that breaks a rule.
func violations(packages []goPackage) []string {
	var found []string
	for _, p := range packages {
		where := inModule(p.ImportPath)
		rule, known := layerOf(where)
		if !known {
			found = append(found, fmt.Sprintf("%s: no import rule knows this folder, add one to package architecture", where))
			continue
		}
		for _, imported := range p.Imports {
			if why := rule.objection(where, imported); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", name(where), imported, why))
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := rule.objectionToTest(imported); why != "" {
				found = append(found, fmt.Sprintf("a test of %s imports %s: %s", name(where), imported, why))
			}
		}
	}
	return found
}

// objection returns why the package at where may not import a package, or "".
func (l layer) objection(where, imported string) string {
	if below(imported, "github.com/onsi") {
		return "ginkgo and gomega belong in _test.go files"
	}
	if l.folder == "domain" && slices.Contains([]string{"os", "net", "syscall", "log", "log/slog", "os/exec", "net/http", "io/fs"}, imported) {
		return "domain is pure"
	}
	if !below(imported, module) {
		return ""
	}
	target := inModule(imported)
	for _, forTests := range []string{kit, decisionKit, projectionKit, historyKit, verdictKit} {
		if below(target, forTests) && !below(where, forTests) && !slices.Contains(l.may, forTests) {
			return "a test kit is for tests"
		}
	}
	if l.folder != "" && below(target, l.folder) {
		if l.apart && part(where) != part(target) {
			return "adapters know nothing of each other"
		}
		return ""
	}
	if slices.ContainsFunc(l.may, func(may string) bool { return below(target, may) }) {
		return ""
	}
	return "not among what " + name(l.folder) + " may import"
}

// objectionToTest returns why a test in this layer may not import a package.
func (l layer) objectionToTest(imported string) string {
	if !below(imported, module) {
		return ""
	}
	target := inModule(imported)
	if l.folder == "domain" && !below(target, "domain") {
		return "domain is tested by itself"
	}
	for _, leaf := range []string{"specs", "examples", "cmd"} {
		if below(target, leaf) && l.folder != leaf && (l.folder != "specs" || leaf != "examples") {
			return "nothing depends on " + leaf
		}
	}
	return ""
}

// layerOf returns the first layer that holds the folder.
func layerOf(where string) (layer, bool) {
	for _, l := range layers {
		if l.folder == where || (l.folder != "" && below(where, l.folder)) {
			return l, true
		}
	}
	return layer{}, false
}

// part returns the first two elements of a path, such as adapters/memory.
func part(where string) string {
	elements := strings.SplitN(where, "/", 3)
	return strings.Join(elements[:min(2, len(elements))], "/")
}

// below reports whether path is folder or lies in it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// inModule returns the folder of a package of this module.
func inModule(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func name(folder string) string {
	if folder == "" {
		return "the root"
	}
	return folder
}
