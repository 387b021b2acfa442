package portstest_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/opossum-go/opossum/internal/verdict"
	"github.com/opossum-go/opossum/ports/portstest"
)

// try checks one rule in a bubble, whose time passes when everybody waits, and returns
// its verdict.
func try(t *testing.T, rule portstest.Rule, f portstest.Fixture) (v verdict.Verdict) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { v = tryUnder(t.Context(), t, rule, f) })
	return v
}

// tryUnder checks one rule, which loses its context when ctx ends.
func tryUnder(ctx context.Context, t testing.TB, rule portstest.Rule, f portstest.Fixture) verdict.Verdict {
	t.Helper()
	return verdict.Of(ctx, t, func(t testing.TB) { rule.Check(t, f) })
}
