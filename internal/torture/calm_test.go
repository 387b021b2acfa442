package torture

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

func TestTheEndOfARoundPassesOverProcessesThatCouldNotBeStarted(t *testing.T) {
	t.Parallel()
	config, err := Config{Dir: t.TempDir(), Child: []string{os.Args[0]}, Rounds: 1, Seed: 1, Patience: time.Minute}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(4) { // in some of them a writer is drawn that is to be killed while it writes
		r := &run{Config: config, root: t.TempDir(), book: newBook(), result: Result{Stores: 1}}
		o := &round{run: r, number: 1, random: rand.New(rand.NewPCG(seed, 1))}
		for number := range 8 {
			o.writers = append(o.writers, &slot{role: "writer", number: number + 1})
		}
		if err := o.start(o.writers[0]); err != nil {
			t.Fatal(err)
		}
		if err := o.calmDown(t.Context()); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
