package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

// manyTypesScenarios are W10: each event has a type of its own.
func manyTypesScenarios() []Scenario {
	return []Scenario{{
		Name:  "W10",
		About: "one client appends events of 256 bytes, each of a new type, ten to a tag; " + oneWrite,
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.manyTypes(ctx) },
	}}
}

func (l *lab) manyTypes(ctx context.Context) (r Result, err error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	s, err := l.newStore(ctx, "types", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	const size = 256
	zeros := append(append([]byte{'"'}, bytes.Repeat([]byte{'0'}, size-2)...), '"')
	return l.compare(ctx, comparison{
		metric: rate, baseline: raw.writesOf(1, lineBytes(size)), against: "baseline: " + oneWrite,
		store: serial(func(ctx context.Context) (int, error) {
			i := s.next.take()
			_, err := s.Append(ctx, []domain.Event{{
				Type: fmt.Sprintf("test-%d", i), Tags: []domain.Tag{domain.NewTag("test", fmt.Sprint(i/10))}, Data: zeros,
			}})
			return 1, err
		}),
	})
}
