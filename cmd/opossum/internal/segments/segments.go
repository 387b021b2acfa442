// Package segments walks over the segment files of a store as they stand: line by
// line, without taking events apart. A store that is open for reading says first
// how far they are committed; what stands behind that is none of its business.
package segments

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Segment is one file of events.
type Segment struct {
	// Name is the file's name below the folder of the store, with forward slashes.
	Name string
	// Path is where it is.
	Path string
	// First is the position of its first event.
	First domain.Position
	// Bytes is its size, with all that stands behind the last whole append.
	Bytes int64
	// IndexBytes is the size of its index file, -1 when there is none.
	IndexBytes int64
}

// List returns the segments of the store in the folder dir, oldest first.
func List(dir string) ([]Segment, error) {
	files, err := os.ReadDir(filepath.Join(dir, "events"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	segments := make([]Segment, 0, len(files))
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), ".jsonl")
		first, err := strconv.ParseUint(name, 10, 64)
		if !ok || err != nil {
			continue
		}
		info, err := file.Info()
		if err != nil {
			return nil, err
		}
		s := Segment{
			Name: "events/" + file.Name(), Path: filepath.Join(dir, "events", file.Name()),
			First: domain.Position(first), Bytes: info.Size(), IndexBytes: -1,
		}
		index, err := os.Stat(filepath.Join(dir, "indexes", name+".idx"))
		switch {
		case err == nil:
			s.IndexBytes = index.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		segments = append(segments, s)
	}
	return segments, nil
}

// Kind says what a line is.
type Kind int

const (
	// Header is the first line of a segment.
	Header Kind = iota
	// Event is the line of one event.
	Event
	// Commit is the line that closes the events before it.
	Commit
)

// Line is a line of a segment.
type Line struct {
	Kind Kind
	// Position is that of the event; of a commit line, that of the last event before.
	Position domain.Position
	// Text is the line without its newline. It is valid until the next line.
	Text []byte
	// Offset is where the line begins, in bytes from the start of the file.
	Offset int64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Lines yields the lines of the segment up to the commit line of the event at
// head, which must be committed. It reads a line at a time and notices a file that
// changed under it: positions that have a gap, and events that do not fit the
// checksum of their commit line, end it with a [*ports.CorruptError] behind them. As
// in the store, its position is the first that may be affected.
func (s Segment) Lines(ctx context.Context, head domain.Position) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		if s.First > head {
			return
		}
		file, err := os.Open(s.Path)
		if err != nil {
			yield(Line{}, err)
			return
		}
		defer file.Close() //nolint:errcheck // open for reading only
		w := walk{segment: s, in: bufio.NewReaderSize(file, 256<<10), next: s.First}
		for n := 0; ; n++ {
			if n%1024 == 0 && ctx.Err() != nil {
				yield(Line{}, ctx.Err())
				return
			}
			line, more, err := w.line()
			if err == nil && !more {
				if w.next <= head && w.events > 0 {
					err = w.damage("the commit line of these events", "the end of the file")
				}
				if err == nil {
					return
				}
			}
			if !yield(line, err) || err != nil || (line.Kind == Commit && line.Position >= head) {
				return
			}
		}
	}
}

// walk is how far a segment was read.
type walk struct {
	segment Segment
	in      *bufio.Reader
	long    []byte // a line that is longer than the buffer of in
	offset  int64
	next    domain.Position
	crc     uint32 // of the events since the last commit line
	events  int    // how many these are
}

const (
	headerPrefix = `{"segment":{`
	eventPrefix  = `{"position":`
	commitPrefix = `{"commit":{`
)

// line returns the next line that is not empty, false at the end of the file.
func (w *walk) line() (Line, bool, error) {
	text, err := w.text()
	for err == nil && len(text) == 1 { // fill
		text, err = w.text()
	}
	switch {
	case errors.Is(err, io.EOF) && len(text) > 0:
		return Line{}, false, w.damage("a whole line", fmt.Sprintf("%d bytes without a newline", len(text)))
	case errors.Is(err, io.EOF):
		return Line{}, false, nil
	case err != nil:
		return Line{}, false, fmt.Errorf("read %s: %w", w.segment.Path, err)
	}
	l := Line{Text: text[:len(text)-1], Offset: w.offset - int64(len(text))}
	switch start := string(l.Text[:min(len(l.Text), len(headerPrefix))]); {
	case start == headerPrefix && l.Offset == 0:
		return l, true, nil
	case start == eventPrefix || (!strings.HasPrefix(start, commitPrefix) && positionOf(l.Text) > 0):
		l.Kind, l.Position = Event, w.next
		want := eventPrefix + w.next.String() + ","
		if !strings.HasPrefix(string(l.Text[:min(len(l.Text), len(want))]), want) && positionOf(l.Text) != w.next {
			return Line{}, false, w.damageAt(l, w.next, "the event at position "+w.next.String())
		}
		w.next++
		w.events++
		w.crc = crc32.Update(w.crc, castagnoli, text)
		return l, true, nil
	case strings.HasPrefix(start, commitPrefix):
		l.Kind, l.Position = Commit, w.next-1
		if want := fmt.Sprintf(`"crc32c":"%08x"`, w.crc); !strings.Contains(string(l.Text), want) || w.events == 0 {
			return Line{}, false, w.damageAt(l, w.begun(), "a commit line with "+want)
		}
		w.crc, w.events = 0, 0
		return l, true, nil
	}
	return Line{}, false, w.damageAt(l, w.next, "an event or a commit line")
}

// positionOf returns the position of an event whose line is in another form than that
// in which events are written, 0 when the line is none of an event.
func positionOf(line []byte) domain.Position {
	var event struct {
		Position domain.Position `json:"position"`
	}
	if json.Unmarshal(line, &event) != nil {
		return 0
	}
	return event.Position
}

// text returns the next line with its newline.
func (w *walk) text() ([]byte, error) {
	text, err := w.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		w.long = w.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			w.long = append(w.long, text...)
			text, err = w.in.ReadSlice('\n')
		}
		w.long = append(w.long, text...)
		text = w.long
	}
	w.offset += int64(len(text))
	return text, err
}

// begun is the position of the first event that has no commit line yet. Without that
// line none of them counts.
func (w *walk) begun() domain.Position { return w.next - domain.Position(w.events) }

func (w *walk) damage(want, got string) error {
	return &ports.CorruptError{File: w.segment.Path, Offset: w.offset, Position: w.begun(), Want: want, Got: got}
}

func (w *walk) damageAt(l Line, position domain.Position, want string) error {
	const most = 60
	return &ports.CorruptError{
		File: w.segment.Path, Offset: l.Offset, Position: position,
		Want: want, Got: strconv.Quote(string(l.Text[:min(len(l.Text), most)])),
	}
}
