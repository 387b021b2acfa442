//go:build linux || darwin

package main

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// watchReader tells unread when nobody reads out any more, if that is a pipe: a
// command that waits would find out with its next line only.
func watchReader(out io.Writer, unread func(error)) {
	file, ok := out.(*os.File)
	if !ok {
		return
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return
	}
	go func() {
		// Nothing is ever there to be read; without an event to wait for, some systems do not tell of the end.
		const priority = 0x80 // POLLRDBAND
		watched := []unix.PollFd{{Fd: int32(file.Fd()), Events: priority}}
		_, err := unix.Poll(watched, -1)
		for errors.Is(err, unix.EINTR) {
			_, err = unix.Poll(watched, -1)
		}
		if err == nil && watched[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
			unread(syscall.EPIPE)
		}
	}()
}
