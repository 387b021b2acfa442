//go:build !linux

package vfs

import "os"

// names reports whether name stands for file.
func (o *Dir) names(name string, file *os.File) (bool, error) { return o.namesByInfo(name, file) }
