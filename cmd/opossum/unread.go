package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// errUnread says that nobody reads what a command prints any more.
var errUnread = errors.New("the results cannot be printed")

// untilUnread returns a context that ends with ctx, and with the first error that
// unread is told of: whoever works long for what nobody reads stops, and clears up
// what it has made. A pipe that nobody reads does not end the process any more.
func untilUnread(ctx context.Context) (_ context.Context, unread func(error)) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // the write fails instead
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(err error) {
		if err != nil {
			cancel(fmt.Errorf("%w: %w", errUnread, err))
		}
	}
}

// told is a writer whose failures unread is told of.
type told struct {
	io.Writer
	unread func(error)
}

func (w told) Write(text []byte) (int, error) {
	n, err := w.Writer.Write(text)
	w.unread(err)
	return n, err
}
