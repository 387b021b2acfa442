package vfs

import (
	"io"
	"math"
)

// Range returns what reads f from offset up to, not including, end, or as many bytes as
// there are, and about how many that will be. A negative end stands for the end of the file. The size
// is not trusted: it is read until there is no more.
func Range(f File, offset, end int64) (from io.Reader, length int64, err error) {
	size, err := f.Size()
	if err != nil {
		return nil, 0, err
	}
	if end < 0 {
		end = math.MaxInt64
	}
	return io.NewSectionReader(f, offset, end-offset), min(size, end) - offset, nil
}
