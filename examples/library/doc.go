// Package library is the example of docs/tutorial.md: a library lends books, and
// the rules are about a book and a member at once.
package library
