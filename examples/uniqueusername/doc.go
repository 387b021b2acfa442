// Package uniqueusername is the username example of https://dcb.events: a
// username belongs to one account at a time, and one that was given up stays
// reserved for three days.
//
// No table of names is kept anywhere. An account may be registered when the
// events about its name say that the name is free, and the append is conditional
// on no other event about that name having arrived: two people who want one name
// at the same time cannot both get it, two who want different names never meet.
//
// Time comes from the clock of the command ([application.WithClock]), so the
// reservation is tested without waiting for it. Accounts are closed and renamed
// by other parts of the program; here their events only matter.
package uniqueusername
