package filesystem_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// blows are what befalls a file while two handles have the store open.
var blows = []struct {
	name string
	do   func(path string, text []byte) error
}{
	{"flipped in the middle", func(path string, text []byte) error {
		text[len(text)/2] ^= 4
		return overwrite(path, text)
	}},
	{"filled with zeros", func(path string, text []byte) error {
		clear(text)
		return overwrite(path, text)
	}},
	{"cut in half", func(path string, text []byte) error { return os.Truncate(path, int64(len(text)/2)) }},
	{"emptied", func(path string, _ []byte) error { return os.Truncate(path, 0) }},
	{"removed", func(path string, _ []byte) error { return os.Remove(path) }},
	{"replaced by a copy", func(path string, text []byte) error {
		return errors.Join(os.Remove(path), os.WriteFile(path, text, 0o600))
	}},
	{"replaced by one that is flipped", func(path string, text []byte) error {
		text[len(text)/2] ^= 4
		return errors.Join(os.Remove(path), os.WriteFile(path, text, 0o600))
	}},
	{"replaced by a directory", func(path string, _ []byte) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }},
}

// overwrite changes the bytes of a file in place, as long as it is.
func overwrite(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return errors.Join(err, f.Close())
}

func TestNoFileThatIsDamagedUnderAnOpenStoreIsReadOrBuried(t *testing.T) {
	t.Parallel()
	// A fault of the memory that a file is mapped to would end the process.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	p := newPatient(t)
	tried, passed := 0, 0
	for _, blow := range blows {
		for _, name := range p.names() {
			text := slices.Clone(p.whole[name])
			if len(text) == 0 && strings.Contains(blow.name, "flipped") {
				continue // the lock, in which nothing is written
			}
			what := name + " " + blow.name + " under an open store"
			tried++
			if p.sufferOpen(t, what, func() error { return blow.do(p.path(name), text) }) {
				passed++
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d blows, after %d of them the next append was made", tried, passed)
}

// sufferOpen is suffer for a store that was open before the damage. It returns
// whether an append was made.
func (p *patient) sufferOpen(t *testing.T, what string, damage func() error) (appended bool) {
	t.Helper()
	defer p.heal(t)
	defer func() {
		if v := recover(); v != nil {
			t.Fatalf("%s: panic: %v\n%s", what, v, debug.Stack())
		}
	}()
	writer, err := filesystem.Open(t.Context(), p.dir, filesystem.Options{Clock: fixedClock{}})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := filesystem.OpenReadOnly(t.Context(), p.dir, filesystem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeBoth := func() {
		for _, store := range []*filesystem.Store{writer, reader} {
			if err := store.Close(); err != nil {
				t.Errorf("%s: Close() = %v", what, err)
			}
		}
	}
	if err := damage(); err != nil {
		t.Logf("%s: this system does not let it happen: %v", what, err)
		closeBoth()
		return false
	}
	_, verified := filesystem.Verify(t.Context(), p.dir)
	_ = p.read(t, what+": read-only", reader)
	broken := p.read(t, what, writer)
	added, err := writer.Append(t.Context(), one("Added"))
	if err != nil && (errors.Is(err, ports.ErrUnknownOutcome) || !strings.Contains(err.Error(), p.dir)) {
		t.Errorf("%s: Append() = %v, want it refused before it writes, with the name of a file", what, err)
	}
	appended = err == nil
	closeBoth()
	if appended && added.First != domain.Position(len(p.events)+1) {
		t.Errorf("%s: the next event got position %d, want %d", what, added.First, len(p.events)+1)
	}
	report, err := filesystem.Verify(t.Context(), p.dir)
	switch {
	case err != nil && verified == nil:
		t.Errorf("%s: Verify finds nothing wrong at first, and afterwards: %v", what, err)
	case err != nil:
		return appended
	case broken != nil:
		t.Errorf("%s: an append buried damage: reading says %v and Verify nothing", what, broken)
	}
	want := len(p.events)
	if appended {
		want++
	}
	after := eventsOf(t, p.dir)
	if len(after) != want || !slices.EqualFunc(after[:len(p.events)], p.events, sameEvent) {
		t.Errorf("%s: afterwards the store in %s holds %d events, not the %d that were stored: %+v", what, filepath.Base(p.dir), len(after), want, report)
	}
	return appended
}
