package domain_test

import (
	"math"
	"slices"
	"testing"

	"github.com/opossum-go/opossum/domain"
)

func TestPositionIsWrittenInDecimal(t *testing.T) {
	t.Parallel()
	for p, want := range map[domain.Position]string{0: "0", 42: "42", math.MaxUint64: "18446744073709551615"} {
		if got := p.String(); got != want {
			t.Errorf("Position(%d).String() = %q, want %q", uint64(p), got, want)
		}
	}
}

func TestPositionsListsFirstToLastInclusive(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		block domain.Positions
		want  []domain.Position
	}{
		{"zero value is the empty block", domain.Positions{}, nil},
		{"one event", domain.Positions{First: 1, Last: 1}, []domain.Position{1}},
		{"several events", domain.Positions{First: 7, Last: 9}, []domain.Position{7, 8, 9}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.block.Len(); got != len(tt.want) {
				t.Errorf("%+v.Len() = %d, want %d", tt.block, got, len(tt.want))
			}
			if got := slices.Collect(tt.block.All()); !slices.Equal(got, tt.want) {
				t.Errorf("%+v.All() yields %v, want %v", tt.block, got, tt.want)
			}
		})
	}
}

func TestPositionsAllStopsWhenTheLoopDoes(t *testing.T) {
	t.Parallel()
	var seen []domain.Position
	for p := range (domain.Positions{First: 3, Last: 9}).All() {
		seen = append(seen, p)
		if p == 4 {
			break
		}
	}
	if want := []domain.Position{3, 4}; !slices.Equal(seen, want) {
		t.Errorf("loop saw %v, want %v", seen, want)
	}
}
