package vfs

import (
	"errors"
	"runtime/debug"
)

// ErrFault reports that a mapped file could not be read: it became shorter than it
// was when it was mapped, or the disk failed.
var ErrFault = errors.New("a mapped file cannot be read: it was cut, or the disk failed")

// Mapping is the start of a file in memory, for reading. It is for files that
// nobody writes to any more. Data must be touched inside of [Guard] only, and never
// after Release.
type Mapping struct {
	Data    []byte
	release func([]byte) error
}

// Release gives the memory back.
func (m *Mapping) Release() error {
	if m == nil || m.release == nil {
		return nil
	}
	data := m.Data
	m.Data = nil
	return m.release(data)
}

// Copied returns a mapping that is memory of its own.
func Copied(data []byte) *Mapping { return &Mapping{Data: data} }

// Guard calls do, which may touch mapped files. A file that cannot be read, which
// would end the program otherwise, is [ErrFault].
func Guard(do func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			if _, ok := r.(interface{ Addr() uintptr }); !ok {
				panic(r)
			}
			err = ErrFault
		}
	}()
	return do()
}
