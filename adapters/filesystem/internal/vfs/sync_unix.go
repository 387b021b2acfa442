//go:build unix && !linux

package vfs

import "os"

// syncData is the strongest flush the system has; on darwin Sync asks the drive
// itself to flush.
func syncData(f *os.File) error { return f.Sync() }

func syncDir(d *os.File) error { return d.Sync() }
