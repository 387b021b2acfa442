package drive

import (
	"fmt"
	"syscall"
)

// remoteTypes are the file systems, by the magic number statfs(2) gives, whose
// files another machine serves or may change.
var remoteTypes = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB 2",
	0x5346414f: "AFS",
	0x00c36400: "Ceph",
	0x01021997: "9P",
	0x65735546: "FUSE",
	0x47504653: "GPFS",
	0x0bd00bd0: "Lustre",
}

// Remote returns the kind of the network file system that the directory path is
// on, "" for a local one.
func Remote(path string) (string, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return "", fmt.Errorf("statfs %s: %w", path, err)
	}
	return remoteTypes[uint32(st.Type)], nil // 32 bits wide on every architecture
}
