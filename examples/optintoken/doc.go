// Package optintoken is the opt-in example of https://dcb.events: whoever signs up
// gets a one-time password (OTP) by mail and confirms with it, once, within an
// hour.
//
// The sign-up is found by two tags at once, address and OTP, so the decision
// depends on one sign-up and nothing else. No table of pending sign-ups is kept
// and none has to be cleaned up; time comes from the clock of the command
// ([application.WithClock]).
//
// The tags are those of the example. In a program of your own keep addresses out
// of tags: tag a hash of them instead.
package optintoken
