package verdict_test

import (
	"context"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/internal/verdict"
)

func TestAVerdictIsWhatTheTestSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		test            func(testing.TB)
		failed, skipped bool
		text            string
	}{
		"passes":      {func(t testing.TB) { t.Log("fine") }, false, false, "fine"},
		"goes on":     {func(t testing.TB) { t.Error("one"); t.Errorf("%s", "two") }, true, false, "one\ntwo"},
		"ends":        {func(t testing.TB) { fatal(t); t.Error("two") }, true, false, "one"},
		"is skipped":  {func(t testing.TB) { skip(t); t.Error("two") }, false, true, "not here"},
		"panics":      {func(testing.TB) { panic("oh") }, true, false, "panic: oh"},
		"cleans up":   {func(t testing.TB) { t.Cleanup(func() { t.Log("last") }); t.Cleanup(func() { t.Log("first") }) }, false, false, "first\nlast"},
		"is over":     {func(t testing.TB) { t.Cleanup(func() { t.Log(t.Context().Err()) }) }, false, false, context.Canceled.Error()},
		"fails fast":  {func(t testing.TB) { failNow(t); t.Log("two") }, true, false, "failed"},
		"says where":  {func(t testing.TB) { t.Helper(); t.Logf("%d", 1) }, false, false, "1"},
		"skips later": {func(t testing.TB) { t.Error("one"); t.Skipf("%d", 2) }, true, true, "one\n2"},
	} {
		v := verdict.Of(t.Context(), t, c.test)
		if v.Failed() != c.failed || v.Skipped() != c.skipped || strings.TrimSpace(v.Text()) != c.text {
			t.Errorf("%s: got failed %v, skipped %v, %q", name, v.Failed(), v.Skipped(), v.Text())
		}
	}
}

// Behind these nothing runs, which linters know of the originals.
var (
	fatal   = func(t testing.TB) { t.Fatal("one") }
	failNow = func(t testing.TB) { t.FailNow() }
	skip    = func(t testing.TB) { t.Skip("not here") }
)
