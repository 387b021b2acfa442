//go:build race

package filesystem_test

const underRace = true
