package architecture_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's directory, seen from this package.
var root = filepath.Join("..", "..")

func TestImportsFollowTheRules(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "windows", "darwin"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			packages := list(t, system)
			if !slices.ContainsFunc(packages, func(p goPackage) bool { return p.ImportPath == module+"/domain" }) {
				t.Fatalf("go list found %d packages and not domain", len(packages))
			}
			for _, violation := range violations(packages) {
				t.Error(violation)
			}
		})
	}
}

// list returns the packages of the module as they are built for a system.
func list(t *testing.T, system string) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
}

func TestEachImportRuleBites(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		from     string
		imports  string
		test     string // an import of the package's tests
		violates bool
	}{
		{name: "domain imports nothing of the module", from: "domain", imports: module + "/ports", violates: true},
		{name: "domain does no I/O", from: "domain", imports: "os", violates: true},
		{name: "domain may use the standard library", from: "domain", imports: "encoding/json"},
		{name: "domain's tests use domain", from: "domain", test: module + "/domain"},
		{name: "domain's tests use nothing else", from: "domain", test: module + "/adapters/memory", violates: true},
		{name: "ports import domain", from: "ports", imports: module + "/domain"},
		{name: "ports import no decision", from: "ports", imports: module + "/decision", violates: true},
		{name: "ports import no kit", from: "ports", imports: module + "/ports/portstest", violates: true},
		{name: "the kit imports ports", from: "ports/portstest", imports: module + "/ports"},
		{name: "the kit imports no adapter", from: "ports/portstest", imports: module + "/adapters/memory", violates: true},
		{name: "the kit's tests may open an adapter", from: "ports/portstest", test: module + "/adapters/memory"},
		{name: "decision imports ports", from: "decision", imports: module + "/ports"},
		{name: "decision imports no application", from: "decision", imports: module + "/application", violates: true},
		{name: "decision imports no adapter", from: "decision", imports: module + "/adapters/memory", violates: true},
		{name: "decision imports no projection", from: "decision", imports: module + "/projection", violates: true},
		{name: "decision imports no other internal package", from: "decision", imports: module + "/internal/architecture", violates: true},
		{name: "decision ships no test kit", from: "decision", imports: module + "/ports/portstest", violates: true},
		{name: "projection imports the system's clock", from: "projection", imports: module + "/internal/system"},
		{name: "projection imports no decision", from: "projection", imports: module + "/decision", violates: true},
		{name: "projection imports its own parts", from: "projection", imports: module + "/projection/checkpoint"},
		{name: "application imports decision", from: "application", imports: module + "/decision"},
		{name: "application imports no projection", from: "application", imports: module + "/projection", violates: true},
		{name: "application imports no adapter", from: "application", imports: module + "/adapters/filesystem", violates: true},
		{name: "decision may be watched", from: "decision", imports: module + "/internal/observe"},
		{name: "application ships no test kit", from: "application", imports: module + "/" + decisionKit, violates: true},
		{name: "application's tests may use its kit", from: "application", test: module + "/" + decisionKit},
		{name: "the decision kit opens memory", from: decisionKit, imports: module + "/adapters/memory"},
		{name: "the decision kit opens no other adapter", from: decisionKit, imports: module + "/adapters/filesystem", violates: true},
		{name: "the decision kit imports no other kit", from: decisionKit, imports: module + "/ports/portstest", violates: true},
		{name: "the decision kit watches decisions", from: decisionKit, imports: module + "/internal/observe"},
		{name: "an example ships no test kit", from: "examples/pharmacy", imports: module + "/" + decisionKit, violates: true},
		{name: "an example's tests use the decision kit", from: "examples/pharmacy", test: module + "/" + decisionKit},
		{name: "specs use the decision kit", from: "specs", imports: module + "/" + decisionKit},
		{name: "an adapter imports ports", from: "adapters/memory", imports: module + "/ports"},
		{name: "an adapter imports its own parts", from: "adapters/filesystem", imports: module + "/adapters/filesystem/internal/vfs"},
		{name: "an adapter's part imports its own sibling", from: "adapters/filesystem/internal/index", imports: module + "/adapters/filesystem/internal/vfs"},
		{name: "an adapter imports no other adapter", from: "adapters/memory", imports: module + "/adapters/filesystem", violates: true},
		{name: "an adapter with a longer name is another adapter", from: "adapters/memory", imports: module + "/adapters/memorycache", violates: true},
		{name: "an adapter imports no application", from: "adapters/memory", imports: module + "/application", violates: true},
		{name: "an adapter ships no test kit", from: "adapters/memory", imports: module + "/ports/portstest", violates: true},
		{name: "an adapter's tests run the kit", from: "adapters/memory", test: module + "/ports/portstest"},
		{name: "an adapter's tests may compare with another", from: "adapters/filesystem", test: module + "/adapters/memory"},
		{name: "an adapter ships no judge of histories", from: "adapters/filesystem", imports: module + "/" + historyKit, violates: true},
		{name: "an adapter's tests may use the judge of histories", from: "adapters/filesystem", test: module + "/" + historyKit},
		{name: "internal ships no judge of histories", from: "internal/system", imports: module + "/" + historyKit, violates: true},
		{name: "the judge of histories imports ports", from: historyKit, imports: module + "/ports"},
		{name: "model tests may open adapters", from: "internal/modeltest", test: module + "/adapters/filesystem"},
		{name: "internal imports no adapter", from: "internal/system", imports: module + "/adapters/memory", violates: true},
		{name: "a command imports what it shows", from: "cmd/opossum", imports: module + "/adapters/filesystem"},
		{name: "a command imports no example", from: "cmd/opossum", imports: module + "/examples/pharmacy", violates: true},
		{name: "an example imports its own parts", from: "examples/pharmacy", imports: module + "/examples/pharmacy/model"},
		{name: "an example imports no specs", from: "examples/pharmacy", imports: module + "/specs", violates: true},
		{name: "an example imports no command", from: "examples/pharmacy", imports: module + "/cmd/opossum", violates: true},
		{name: "specs import examples", from: "specs", test: module + "/examples/pharmacy/model"},
		{name: "specs import no command", from: "specs", test: module + "/cmd/opossum", violates: true},
		{name: "no other test imports examples", from: "application", test: module + "/examples/pharmacy", violates: true},
		{name: "no other test imports specs", from: "adapters/memory", test: module + "/specs", violates: true},
		{name: "ginkgo stays out of the product", from: "application", imports: "github.com/onsi/ginkgo/v2", violates: true},
		{name: "gomega stays out of the kit", from: "ports/portstest", imports: "github.com/onsi/gomega", violates: true},
		{name: "ginkgo stays out of what specs share", from: "specs", imports: "github.com/onsi/ginkgo/v2", violates: true},
		{name: "gomega is welcome in tests", from: "specs", test: "github.com/onsi/gomega"},
		{name: "the root imports nothing of the module", from: "", imports: module + "/domain", violates: true},
		{name: "a folder without a rule is noticed", from: "util", violates: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := goPackage{ImportPath: strings.TrimSuffix(module+"/"+tt.from, "/")}
			if tt.imports != "" {
				p.Imports = []string{"fmt", tt.imports}
			}
			if tt.test != "" {
				p.XTestImports = []string{"testing", tt.test}
			}
			if got := violations([]goPackage{p}); (len(got) > 0) != tt.violates {
				t.Errorf("violations = %q, want any: %v", got, tt.violates)
			}
		})
	}
}
