package vfs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
)

// BenchmarkSync is a write into a filled file with its sync, after nothing, after looks
// at the size of the file and at its name, and after one at its times.
func BenchmarkSync(b *testing.B) {
	path := ""
	looks := []struct {
		name string
		look func(vfs.File) error
	}{
		{"after=nothing", func(vfs.File) error { return nil }},
		{"after=Size", func(f vfs.File) error { _, err := f.Size(); return err }},
		{"after=Current", func(f vfs.File) error { _, err := f.Current(); return err }},
		{"after=Stat", func(vfs.File) error { _, err := os.Stat(path); return err }},
	}
	for _, l := range looks {
		b.Run(l.name, func(b *testing.B) {
			const size = 8 << 20
			parent := b.TempDir()
			path = filepath.Join(parent, "a")
			dir, err := vfs.OS(parent)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = dir.Close() }() // nothing is kept
			f, err := dir.Open("a", os.O_RDWR|os.O_CREATE)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if _, err = f.WriteAt(make([]byte, size), 0); err == nil {
				err = f.Sync()
			}
			if err != nil {
				b.Fatal(err)
			}
			line := bytes.Repeat([]byte{'x'}, 470)
			at := int64(0)
			for b.Loop() {
				if err = l.look(f); err == nil {
					_, err = f.WriteAt(line, at)
				}
				if err == nil {
					err = f.Sync()
				}
				if err != nil {
					b.Fatal(err)
				}
				at = (at + int64(len(line))) % (size - int64(len(line)))
			}
		})
	}
}
