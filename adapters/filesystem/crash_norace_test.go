//go:build !race

package filesystem

const underRace = false
