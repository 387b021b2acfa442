package torture

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestARoundHasRoomForSeveralDisturbancesHoweverShortItIs(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{100 * time.Millisecond, 250 * time.Millisecond, time.Second, 3 * time.Second} {
		const draws = 1000
		o := &round{run: &run{Config: Config{RoundLength: length}}, random: rand.New(rand.NewPCG(1, 2))}
		var each time.Duration
		outlasted := 0
		for range draws {
			hang := o.hangTime()
			each += (o.pause() + hang) / draws
			if hang > o.impatience() {
				outlasted++
			}
		}
		if each > length/2 {
			t.Errorf("in a round of %v a pause and what hangs take %v on average, want two of them or more", length, each)
		}
		if outlasted < draws/4 || outlasted > draws*9/10 {
			t.Errorf("in a round of %v %d of %d hang for longer than some are patient, want many and not all", length, outlasted, draws)
		}
	}
}
