package vfs

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// identity tells a file from all others.
type identity struct {
	major, minor uint32 // of its device
	inode        uint64
}

// names reports whether name stands for file. It does not ask for the times of the
// file, see [osFile.Size].
func (o *Dir) names(name string, file *os.File) (bool, error) {
	own, err := identify(file, "", unix.AT_EMPTY_PATH)
	if err != nil {
		return o.namesByInfo(name, file)
	}
	named, err := identify(o.handle, name, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return o.namesByInfo(name, file)
	}
	return named == own, nil
}

// identify returns the identity of name below dir, of dir itself for an empty one.
func identify(dir *os.File, name string, flags int) (identity, error) {
	conn, err := dir.SyscallConn()
	if err != nil {
		return identity{}, err
	}
	var found unix.Statx_t
	controlErr := conn.Control(func(fd uintptr) {
		err = unix.Statx(int(fd), name, flags, unix.STATX_INO, &found)
	})
	if err = errors.Join(controlErr, err); err != nil {
		return identity{}, &os.PathError{Op: "statx", Path: name, Err: err}
	}
	return identity{major: found.Dev_major, minor: found.Dev_minor, inode: found.Ino}, nil
}
