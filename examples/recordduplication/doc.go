// Package recordduplication is the example of https://dcb.events about a form
// that is sent twice: whoever places an order makes an idempotency token first,
// and a token is good for one order.
//
// The token is a tag of the order's event, so "was it used" is a question to the
// log like any other, and two requests with one token at the same time cannot
// both be accepted.
//
// Here a repetition is refused, because that is the rule of the example. When it
// is to get the first answer instead, whatever the command, use
// [application.CommandID].
package recordduplication
