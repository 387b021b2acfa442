package bench

import (
	"errors"
	"os"
	"syscall"
)

// syncName names the call behind syncData.
const syncName = "fdatasync"

// syncData makes the content of f durable.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
