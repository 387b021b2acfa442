package probe

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// fileSystems are those that statfs(2) names by a number.
var fileSystems = map[uint32]FileSystem{
	unix.EXT4_SUPER_MAGIC:      {Name: "ext4", Kind: Local},
	unix.XFS_SUPER_MAGIC:       {Name: "xfs", Kind: Local},
	unix.BTRFS_SUPER_MAGIC:     {Name: "btrfs", Kind: Local},
	unix.F2FS_SUPER_MAGIC:      {Name: "f2fs", Kind: Local},
	unix.EXFAT_SUPER_MAGIC:     {Name: "exfat", Kind: Local},
	unix.MSDOS_SUPER_MAGIC:     {Name: "vfat", Kind: Local},
	unix.OVERLAYFS_SUPER_MAGIC: {Name: "overlay", Kind: Local},
	0x2fc12fc1:                 {Name: "zfs", Kind: Local},
	0xca451a4e:                 {Name: "bcachefs", Kind: Local},
	0x7366746e:                 {Name: "ntfs", Kind: Local},
	unix.TMPFS_MAGIC:           {Name: "tmpfs", Kind: Memory},
	unix.RAMFS_MAGIC:           {Name: "ramfs", Kind: Memory},
	unix.NFS_SUPER_MAGIC:       {Name: "NFS", Kind: Network},
	unix.SMB_SUPER_MAGIC:       {Name: "SMB", Kind: Network},
	unix.CIFS_SUPER_MAGIC:      {Name: "CIFS", Kind: Network},
	unix.SMB2_SUPER_MAGIC:      {Name: "SMB 2", Kind: Network},
	unix.AFS_FS_MAGIC:          {Name: "AFS", Kind: Network},
	unix.CEPH_SUPER_MAGIC:      {Name: "Ceph", Kind: Network},
	unix.V9FS_MAGIC:            {Name: "9P", Kind: Network},
	unix.FUSE_SUPER_MAGIC:      {Name: "FUSE", Kind: Network},
	0x47504653:                 {Name: "GPFS", Kind: Network},
	0x0bd00bd0:                 {Name: "Lustre", Kind: Network},
}

func fileSystemOf(dir string) (FileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return FileSystem{}, fmt.Errorf("statfs %s: %w", dir, err)
	}
	f, known := fileSystems[uint32(st.Type)] // 32 bits wide on every architecture
	if !known {
		f = FileSystem{Name: fmt.Sprintf("type %#x", uint32(st.Type)), Kind: Unknown}
	}
	f.FreeBytes, f.FreeInodes = int64(st.Bavail)*st.Bsize, int64(st.Ffree)
	if st.Files == 0 {
		f.FreeInodes = -1 // btrfs and others make them as needed
	}
	return f, nil
}

func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
