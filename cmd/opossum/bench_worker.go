package main

import (
	"context"

	"github.com/opossum-go/opossum/internal/bench"
)

// benchWorkerCommand is another process of the scenarios with several processes.
type benchWorkerCommand struct{}

// Run works as standard input says, until it ends.
func (benchWorkerCommand) Run(ctx context.Context, c *console) error {
	return bench.Work(ctx, storesForBench, c.stdin, c.stdout)
}
