package journal_test

import (
	"math"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

func TestTheEndOfASegmentSaysWhatItsLastBatchWas(t *testing.T) {
	t.Parallel()
	chain := journal.Genesis("x").Next("a batch")
	line := func(c journal.Commit) string { return string(journal.AppendCommit(nil, c)) }
	right := journal.Commit{First: 7, Last: 12, Bytes: 900, CRC: 1, Chain: chain}
	other := right
	other.Chain = chain.Next("another")
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"the line":                    {line(right), true},
		"lines in front of it":        {`{"position":12}` + "\n" + line(right), true},
		"a part of one in front":      {`on":12}` + "\n" + line(right), true},
		"another chain":               {line(other), false},
		"another position":            {line(journal.Commit{First: 7, Last: 1, Bytes: 900, CRC: 1, Chain: chain}), false},
		"nothing":                     {"", false},
		"without its newline":         {strings.TrimSuffix(line(right), "\n"), false},
		"with fill behind it":         {line(right) + "\n", false},
		"an event that says the same": {`{"position":12,"data":{"a":"\",\"chain\":\"` + chain.String() + `"}}` + "\n", false},
		"cut at its beginning":        {line(right)[1:], false},
	} {
		if got := journal.Closes(c.text, 12, chain); got != c.want {
			t.Errorf("%s: %v, want %v: %q", name, got, c.want, c.text)
		}
	}
	longest := line(journal.Commit{First: math.MaxUint64, Last: math.MaxUint64, Bytes: math.MaxInt64, CRC: math.MaxUint32, Chain: chain})
	if len(longest) >= journal.MaxCommitBytes || !journal.Closes(longest, domain.Position(math.MaxUint64), chain) {
		t.Errorf("the longest line has %d bytes, want less than %d", len(longest), journal.MaxCommitBytes)
	}
}
