package filesystem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/system"
	"github.com/opossum-go/opossum/ports"
)

const (
	manifestName = "store.json"
	manifestTemp = "store.json.tmp"
	lockName     = ".lock"
	turnName     = ".turn"
	eventsDir    = "events"
	segmentExt   = ".jsonl"
	modeLocal    = "local"
)

// ErrFormat reports a directory that this version of the adapter cannot open: a
// store of another format or mode, or no store at all.
var ErrFormat = errors.New("opossum: not a store that this version can open")

// manifest is store.json: what a directory must say of itself before anything in
// it is believed.
type manifest struct {
	Format  int       `json:"format"`
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Mode    string    `json:"mode"`
}

// readManifest reads and checks store.json. A missing file is fs.ErrNotExist.
func readManifest(dir vfs.FS, path string) (manifest, error) {
	f, err := dir.Open(manifestName, os.O_RDONLY)
	if err != nil {
		return manifest{}, regular(err, path)
	}
	text, err := vfs.ReadFrom(f, 0)
	if err = errors.Join(err, f.Close()); err != nil {
		return manifest{}, err
	}
	file := filepath.Join(path, manifestName)
	// The version is looked at before anything else: a newer format may differ in
	// all the rest.
	var version struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil || version.Format == nil {
		return manifest{}, &ports.CorruptError{File: file, Want: `a JSON object with "format"`, Got: short(text)}
	}
	if *version.Format != journal.Format {
		return manifest{}, fmt.Errorf("%w: %s has format %d, this version knows format %d; use a version of Opossum that knows it",
			ErrFormat, file, *version.Format, journal.Format)
	}
	var m manifest
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return manifest{}, &ports.CorruptError{File: file, Want: "format, id, created and mode", Got: err.Error()}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || m.ID == "" {
		return manifest{}, &ports.CorruptError{File: file, Want: "one JSON object with a store id", Got: short(text)}
	}
	if m.Mode != modeLocal {
		return manifest{}, fmt.Errorf("%w: %s has mode %q, this version knows %q", ErrFormat, file, m.Mode, modeLocal)
	}
	return m, nil
}

// createManifest makes dir a store. It is called under the append lock. A crash
// in between leaves a directory in which it can be called again. The caller syncs
// dir.
func createManifest(dir vfs.FS, path string, o Options) (manifest, error) {
	if err := refuseForeign(dir, path); err != nil {
		return manifest{}, err
	}
	if _, err := listSegments(dir, path); err != nil {
		return manifest{}, err
	}
	if err := refuseRemains(dir, path); err != nil {
		return manifest{}, err
	}
	// Of its own making, and of a fixed length: a segment's header must fit one disk
	// sector, so that it is there as a whole or not at all.
	m := manifest{Format: journal.Format, ID: system.UUIDs{}.NewID(), Created: o.Clock.Now().UTC().Round(0), Mode: modeLocal}
	text, err := json.Marshal(m)
	if err != nil {
		return manifest{}, err
	}
	f, err := dir.Open(manifestTemp, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return manifest{}, err
	}
	_, err = f.WriteAt(append(text, '\n'), 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return manifest{}, err
	}
	if err := dir.Mkdir(eventsDir); err != nil {
		return manifest{}, err
	}
	if err := dir.Rename(manifestTemp, manifestName); err != nil {
		return manifest{}, err
	}
	return m, nil
}

// refuseForeign refuses a directory that is no store and holds something else.
func refuseForeign(dir vfs.FS, path string) error {
	entries, err := dir.List(".")
	if err != nil {
		return err
	}
	foreign := ""
	for _, e := range entries {
		switch e.Name() {
		case manifestName:
			return nil
		case lockName, turnName, manifestTemp, eventsDir, indexesDir, ledgerName:
		default:
			foreign = e.Name()
		}
	}
	if foreign == "" {
		return nil
	}
	if err := refuseRemains(dir, path); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s holds %q but no %s; give a directory of its own to the store", ErrFormat, path, foreign, manifestName)
}

// segmentName is the file name of the segment whose first event is at position.
func segmentName(position domain.Position) string {
	const zeros = "00000000000000000000" // as many as the largest position has digits
	var room [len(zeros)]byte
	digits := strconv.AppendUint(room[:0], uint64(position), 10)
	return eventsDir + "/" + zeros[len(digits):] + string(digits) + segmentExt
}

// listSegments returns the first positions of the segments in ascending order,
// none when the directory of events is not there.
// Anything else in the directory is refused: what does not belong there may be a
// segment that somebody renamed.
func listSegments(dir vfs.FS, path string) ([]domain.Position, error) {
	if err := checkEventsDir(dir, path); err != nil {
		return nil, err
	}
	entries, err := dir.List(eventsDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	firsts := make([]domain.Position, 0, len(entries))
	for _, e := range entries {
		first, err := segmentEntry(e, path)
		if err != nil {
			return nil, err
		}
		firsts = append(firsts, first)
	}
	return firsts, nil
}

// segmentEntry returns the first position of the segment that e is the name of.
func segmentEntry(e fs.DirEntry, path string) (domain.Position, error) {
	first, ok := firstIn(e.Name(), segmentExt)
	if !ok {
		return 0, &ports.CorruptError{
			File: filepath.Join(path, eventsDir, e.Name()), Got: "a foreign file; move it out of the directory",
			Want: "only segments, named by their first position such as 00000000000000000001" + segmentExt,
		}
	}
	if !e.Type().IsRegular() {
		return 0, regular(&vfs.NotRegularError{Name: eventsDir + "/" + e.Name(), Mode: e.Type()}, path)
	}
	return first, nil
}

// firstIn returns the first position of the segment that a file is named by.
func firstIn(name, ending string) (first domain.Position, ok bool) {
	digits, ok := strings.CutSuffix(name, ending)
	n, err := strconv.ParseUint(digits, 10, 64)
	return domain.Position(n), ok && err == nil && len(digits) == 20 && n > 0
}

// checkEventsDir refuses anything but a directory in the place of the events.
func checkEventsDir(dir vfs.FS, path string) error {
	entries, err := dir.List(".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == eventsDir && !e.IsDir() {
			not := vfs.NotRegularError{Name: eventsDir, Mode: e.Type()}
			return &ports.CorruptError{File: filepath.Join(path, eventsDir), Want: "a directory", Got: not.Kind()}
		}
	}
	return nil
}

// regular turns a refusal to open something that is not a file into an
// ErrCorrupt.
func regular(err error, path string) error {
	if not, ok := errors.AsType[*vfs.NotRegularError](err); ok {
		return &ports.CorruptError{File: filepath.Join(path, filepath.FromSlash(not.Name)), Want: "a regular file", Got: not.Kind()}
	}
	return err
}

func short(text []byte) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "…"
	}
	return strconv.Quote(string(text))
}
