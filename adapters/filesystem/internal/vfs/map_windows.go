package vfs

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

func mapFile(f *os.File, length int) (*Mapping, error) {
	section, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return nil, &os.PathError{Op: "map", Path: f.Name(), Err: err}
	}
	address, err := windows.MapViewOfFile(section, windows.FILE_MAP_READ, 0, 0, uintptr(length))
	// The view keeps the section.
	if err = errors.Join(err, windows.CloseHandle(section)); err != nil {
		return nil, &os.PathError{Op: "map", Path: f.Name(), Err: err}
	}
	data := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&address))), length)
	return &Mapping{Data: data, release: func([]byte) error { return windows.UnmapViewOfFile(address) }}, nil
}
