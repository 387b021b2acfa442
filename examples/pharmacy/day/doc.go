// Package day holds one business day of the pharmacy example as data: who works
// there, who prescribes, what is in stock, which prescriptions are there already,
// what happened before, and the commands that two workstations are to carry out,
// each with what is expected to come out of it.
//
// The data is day.json, embedded in the program. People, companies and numbers in
// it are invented. It is written by the program in gen, which holds the stories
// that the day tells:
//
//	go generate ./examples/pharmacy/day
//
// # How the day is divided
//
// A day has phases. Both workstations finish a phase before either begins the next
// one, so that a command may depend on anything of an earlier phase and on earlier
// commands of its own workstation. Inside a phase the two run freely beside each
// other.
//
// A race is a pair of commands, one at each workstation, that look at the same
// facts before either of them writes.
package day

//go:generate go run ./gen -o day.json
