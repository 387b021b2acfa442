//go:build race

package projectiontorture_test

// underRace says whether the race detector is on.
const underRace = true
