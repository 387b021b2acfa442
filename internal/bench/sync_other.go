//go:build !linux

package bench

import (
	"cmp"
	"os"
	"runtime"
)

// syncName names the call behind syncData, the strongest one that the system has.
var syncName = cmp.Or(map[string]string{"darwin": "F_FULLFSYNC", "windows": "FlushFileBuffers"}[runtime.GOOS], "fsync")

// syncData makes the content of f durable.
func syncData(f *os.File) error { return f.Sync() }
