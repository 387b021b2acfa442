//go:build !linux

package bench

import "os"

// syncName names the call behind syncData: the strongest one that the system has,
// F_FULLFSYNC on darwin and FlushFileBuffers on Windows.
const syncName = "sync"

// syncData makes the content of f durable.
func syncData(f *os.File) error { return f.Sync() }
