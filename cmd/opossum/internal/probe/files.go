package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// prober works in a directory of its own.
type prober struct {
	dir    string
	report *Report
}

func (p prober) path(name string) string { return filepath.Join(p.dir, name) }

// try notes how a check went; a failure is what otherwise says.
func (p prober) try(name, good string, otherwise Outcome, check func() error) {
	if err := check(); err != nil {
		p.report.add(name, otherwise, "%v", err)
		return
	}
	p.report.add(name, OK, "%s", good)
}

// files tries what one process does with files.
func (p prober) files() {
	p.try("write, cut and read", "a file has what was written, and the length it was cut to", Bad, p.writeAndCut)
	p.try("rename", "a reader sees the old file or the new one, never half of one", Bad, p.rename)
	p.try("exclusive create", "of several that create one name, one succeeds", Warning, p.exclusiveCreate)
	p.try("link", "a second name for a file can be made, and replaces none", Warning, p.link)
	p.mmap()
	p.letterCase()
}

func (p prober) writeAndCut() error {
	f, err := os.OpenFile(p.path("write"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	text := bytes.Repeat([]byte("opossum\n"), 1024)
	_, err = f.WriteAt(text, 0)
	err = errors.Join(err, f.Truncate(5000), f.Close())
	if err != nil {
		return err
	}
	return wants(p.path("write"), text[:5000])
}

func wants(path string, want []byte) error {
	got, err := os.ReadFile(path) //nolint:gosec // a file of its own
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%d bytes were written, and the %d that are read are not the same", len(want), len(got))
	}
	return nil
}

// rename replaces a file again and again while somebody reads it by name.
func (p prober) rename() error {
	const rounds = 100
	contents := [2][]byte{bytes.Repeat([]byte{'a'}, 4096), bytes.Repeat([]byte{'b'}, 4096)}
	target := p.path("target")
	if err := os.WriteFile(target, contents[0], 0o600); err != nil {
		return err
	}
	stop := make(chan struct{})
	var reader sync.WaitGroup
	var torn error
	if runtime.GOOS != "windows" { // there a file that is open for reading is not replaced
		reader.Go(func() {
			for torn == nil {
				select {
				case <-stop:
					return
				default:
				}
				text, err := os.ReadFile(target) //nolint:gosec // a file of its own
				if err != nil {
					torn = fmt.Errorf("while it was replaced, the file could not be read: %w", err)
				} else if !bytes.Equal(text, contents[0]) && !bytes.Equal(text, contents[1]) {
					torn = fmt.Errorf("while it was replaced, %d bytes were read that are neither the old file nor the new one", len(text))
				}
			}
		})
	}
	var err error
	for i := 1; i <= rounds && err == nil; i++ {
		err = os.WriteFile(p.path("next"), contents[i%2], 0o600)
		if err == nil {
			err = os.Rename(p.path("next"), target)
		}
		if err == nil {
			err = wants(target, contents[i%2])
		}
	}
	close(stop)
	reader.Wait()
	if _, gone := os.Lstat(p.path("next")); err == nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.New("the old name is still there after a rename")
	}
	return errors.Join(err, torn)
}

func (p prober) exclusiveCreate() error {
	const rounds, rivals = 20, 4
	for round := range rounds {
		won := make(chan error, rivals)
		for range rivals {
			go func() {
				f, err := os.OpenFile(p.path(fmt.Sprint("exclusive", round)), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
				if err == nil {
					err = f.Close()
				}
				won <- err
			}()
		}
		winners := 0
		var failed error
		for range rivals {
			switch err := <-won; {
			case err == nil:
				winners++
			case !errors.Is(err, fs.ErrExist):
				failed = err
			}
		}
		if winners != 1 || failed != nil {
			return errors.Join(fmt.Errorf("%d of %d created the same name, want one", winners, rivals), failed)
		}
	}
	return nil
}

func (p prober) link() error {
	if err := os.WriteFile(p.path("linked"), []byte("first"), 0o600); err != nil {
		return err
	}
	if err := os.Link(p.path("linked"), p.path("name")); err != nil {
		return err
	}
	if err := os.Link(p.path("write"), p.path("name")); !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("a link to a name that exists gave %v, want that it exists", err)
	}
	return wants(p.path("name"), []byte("first"))
}

func (p prober) letterCase() {
	if err := os.WriteFile(p.path("case"), nil, 0o600); err != nil {
		p.report.add("letter case", Unchecked, "%v", err)
		return
	}
	if _, err := os.Stat(p.path("CASE")); err == nil {
		p.report.add("letter case", OK, "names that differ only in case are one name; a store does not mind")
		return
	}
	p.report.add("letter case", OK, "names that differ only in case are two names")
}

const mappedFiles = "mapped files" // the name of that check

func (p prober) mmap() {
	if mapFile == nil {
		p.report.add(mappedFiles, Unchecked, "not asked on %s", runtime.GOOS)
		return
	}
	p.try(mappedFiles, "a mapped file shows what was written", Warning, func() error {
		f, err := os.OpenFile(p.path("mapped"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // the file is removed in a moment
		if _, err = f.WriteAt(make([]byte, 4096), 0); err != nil {
			return err
		}
		text, unmap, err := mapFile(f, 4096)
		if err != nil {
			return err
		}
		_, err = f.WriteAt([]byte("opossum"), 100)
		seen := string(text[100:107])
		if err = errors.Join(err, unmap()); err == nil && seen != "opossum" {
			err = fmt.Errorf("a mapped file shows %q, not what was written", seen)
		}
		return err
	})
}
