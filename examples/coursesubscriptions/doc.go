// Package coursesubscriptions is the course example of https://dcb.events: a
// course has a number of seats, a student may take five courses, and both rules
// have to hold in one decision although no single course or student owns it.
//
// The package shows how a small domain looks: events that know their tags
// (events.go), decision models that each answer one question (models.go), and
// commands that load the questions they have and answer with an event or a
// [Refusal] (commands.go). Run a command with [application.Decide], or register
// all of them with [Register].
package coursesubscriptions
