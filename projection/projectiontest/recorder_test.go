package projectiontest_test

import (
	"testing"

	"github.com/opossum-go/opossum/internal/verdict"
)

// try runs a test and returns its verdict.
func try(t testing.TB, test func(testing.TB)) verdict.Verdict {
	t.Helper()
	return verdict.Of(t.Context(), t, test)
}
