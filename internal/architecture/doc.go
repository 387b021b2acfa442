// Package architecture holds, as tests, what no compiler checks: which package
// may import which, and that every decision in ADR names tests that exist.
//
// The import rules, each for a folder and everything below it:
//
//	domain                    nothing of the module, and nothing that does I/O
//	ports                     domain
//	ports/portstest           domain, ports
//	decision                  domain, ports, internal/system, internal/observe, internal/typed
//	projection                domain, ports, internal/system, internal/typed
//	projection/projectiontest the same and decision
//	application               the same and decision
//	application/decisiontest  all of these but projection, and adapters/memory
//	adapters/x                domain, ports, internal; never another adapter
//	internal/torture          domain, ports, internal/history, adapters/filesystem
//	internal/bench            domain, ports, projection, internal
//	internal                  domain, ports, internal
//	cmd                       everything but specs and examples
//	examples                  everything but specs and cmd
//	specs                     everything but cmd
//	the root                  nothing
//
// The test kits ports/portstest, application/decisiontest and projection/projectiontest are imported by tests
// and by specs only, and internal/history, which judges concurrent runs, by tests and by internal/torture.
// internal/verdict, which runs a test for another one, is imported by tests only.
//
// Every folder may import its own subfolders. Tests have more freedom: a test in
// the core may open an adapter, and an adapter's test may compare with another
// adapter, but no test outside of specs and examples imports those two.
package architecture
