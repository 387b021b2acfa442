//go:build !linux

package bench

import "runtime"

// The name of the processor and of the file system are only looked up on Linux.
func cpuName() string { return runtime.GOARCH + " processor" }

func systemName() string { return runtime.GOOS }

func fileSystemOf(string) string { return "file system not looked up on " + runtime.GOOS }

// freeBytes returns -1: the room below dir is only looked up on Linux.
func freeBytes(string) int64 { return -1 }
