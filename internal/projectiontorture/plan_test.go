package projectiontorture_test

import (
	"math/rand/v2"
	"time"
)

// plan says what a round is about and when a process is killed in it.
type plan struct {
	// about is the phase that is wanted; empty means any.
	about phase
	// raise is how many projections get a new version, and are built anew at the start.
	raise int
	// afterwards says that the projections come to the head and are judged before the
	// process is disturbed.
	afterwards bool
	// rebuild has the process rebuild without end.
	rebuild bool
	// feed is how many appends there are at most until the kill.
	feed int
	// pair has two processes run the same projections, mixed one of them with the
	// versions of before.
	pair, mixed bool
	// gentle has the process end by itself instead of being killed.
	gentle bool
	moment *moment
	// delay is what passes between the moment, or the start when there is none, and the
	// kill.
	delay time.Duration
}

// many appends are more than it takes.
const many = 10_000

// maxInside is about as long as a call takes.
const maxInside = 500 * time.Microsecond

// maxDelay is longer than most calls take.
const maxDelay = 3 * time.Millisecond

// roundsInTurn is what the rounds are about, in this order. Catching up comes behind
// a kill that leaves no build to be finished, and each phase among the first ten, which
// are those of a lane that does its part of the usual rounds.
var roundsInTurn = []func(*rand.Rand) plan{
	raised, lively, catchingUp, rebuilding, lively, catchingUp, swapping, raisedToSwap, anyTime, starting, rebuilding, anyTime, lively, catchingUp,
}

// drawPlan returns the plan of a round, from 0. With pairs there are always two
// processes.
func drawPlan(random *rand.Rand, plans []func(*rand.Rand) plan, round int, pairs bool) plan {
	p := plans[round%len(plans)](random)
	p.pair = pairs || round%4 == 3 || round%5 == 4
	p.delay = time.Duration(random.Int64N(int64(maxDelay)))
	if p.moment == nil {
		p.delay *= 50
		p.mixed, p.gentle = p.pair && random.IntN(2) == 0, random.IntN(3) == 0
		return p
	}
	if p.pair {
		p.moment.Nth = 1 // more than that may never come to a process that has few
	}
	p.moment.draw(random)
	if p.moment.Freeze || p.moment.Self {
		p.delay = 0
	}
	return p
}

// draw decides where around a call the process is killed, most often inside.
func (m *moment) draw(random *rand.Rand) {
	switch n := random.IntN(20); {
	case n < 6: // before it
		m.Freeze = true
	case n < 12: // inside
		m.Self, m.SelfDelay = true, time.Duration(random.Int64N(1+random.Int64N(int64(maxInside)))) // sooner more often than later
	case n < 15: // inside or behind
	case n < 18: // behind it
		m.After, m.Freeze = true, true
	default: // in what comes then
		m.After = true
	}
}

// starting kills when projections are acquired, which are made when they are not there.
func starting(random *rand.Rand) plan {
	return plan{about: opening, moment: &moment{Call: acquire, Phase: opening, Nth: 1 + random.IntN(len(models))}}
}

// raised builds projections because they have a new version.
func raised(random *rand.Rand) plan {
	raise := 1 + random.IntN(len(models))
	m := &moment{Call: commit, Phase: rebuild, Nth: 1 + random.IntN(2*raise)}
	if random.IntN(6) == 0 {
		m = &moment{Call: begin, Phase: rebuild, Nth: 1 + random.IntN(raise)}
	}
	return plan{about: rebuild, raise: raise, moment: m}
}

// raisedToSwap kills when such a build takes the place of the old copy.
func raisedToSwap(random *rand.Rand) plan {
	raise := 1 + random.IntN(len(models))
	return plan{about: atSwap, raise: raise, moment: &moment{Call: swap, Phase: atSwap, Nth: 1 + random.IntN(raise)}}
}

// rebuilding builds projections because somebody asks for it.
func rebuilding(random *rand.Rand) plan {
	m := &moment{Call: commit, Phase: rebuild, Nth: 1 + random.IntN(40)}
	switch random.IntN(8) {
	case 0:
		m = &moment{Call: begin, Phase: rebuild, Nth: 1 + random.IntN(4)}
	case 1:
		m = &moment{Call: drop, Phase: rebuild, Nth: 1}
	}
	return plan{about: rebuild, afterwards: true, rebuild: true, feed: random.IntN(3) * 10, moment: m}
}

// swapping kills when such a build takes the place of the old copy.
func swapping(random *rand.Rand) plan {
	return plan{
		about: atSwap, afterwards: true, rebuild: true, feed: random.IntN(3) * 10,
		moment: &moment{Call: swap, Phase: atSwap, Nth: 1 + random.IntN(6)},
	}
}

// lively kills while events come one by one.
func lively(random *rand.Rand) plan {
	m := &moment{Call: commit, Phase: live, Nth: 1 + random.IntN(40)}
	switch random.IntN(6) {
	case 0:
		m.Projection, m.Nth = mail, 1+random.IntN(4)
	case 1:
		m.Parks, m.Nth = true, 1+random.IntN(2)
	}
	return plan{about: live, afterwards: true, feed: many, moment: m}
}

// catchingUp kills while that is read which came when nobody ran.
func catchingUp(random *rand.Rand) plan {
	m := &moment{Call: commit, Phase: catchUp, Nth: 1 + random.IntN(10)}
	if random.IntN(4) == 0 {
		m.Projection, m.Nth = mail, 1+random.IntN(4)
	}
	return plan{about: catchUp, moment: m}
}

// anyTime kills at some time after the start, whatever goes on.
func anyTime(random *rand.Rand) plan { return plan{raise: random.IntN(3), rebuild: true, feed: 40} }
