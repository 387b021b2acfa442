package portstest_test

import (
	"context"
	"testing"

	"github.com/opossum-go/opossum/internal/verdict"
	"github.com/opossum-go/opossum/ports/portstest"
)

// try checks one rule and returns its verdict.
func try(t testing.TB, rule portstest.Rule, f portstest.Fixture) verdict.Verdict {
	t.Helper()
	return tryUnder(t.Context(), t, rule, f)
}

// tryUnder checks one rule, which loses its context when ctx ends.
func tryUnder(ctx context.Context, t testing.TB, rule portstest.Rule, f portstest.Fixture) verdict.Verdict {
	t.Helper()
	return verdict.Of(ctx, t, func(t testing.TB) { rule.Check(t, f) })
}
