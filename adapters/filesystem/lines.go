package filesystem

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/domain"
)

const (
	// In a file that is not mapped, neighbouring lines come with one call.
	maxRun = 256 << 10 // bytes fetched at once, unless one line is longer
	maxGap = 4 << 10   // bytes between two lines that are fetched rather than skipped
	// Lines of one read share memory: who keeps one event keeps so many bytes at most,
	// or its line, and 2 KiB for tags.
	blockBytes = 16 << 10
	// commitBytes is what stands between two lines that are copied together, at most: the commit
	// line of a small batch.
	commitBytes = 200
	cacheLine   = 64 // bytes that a processor fetches at once, at least
)

// line is an event line that was fetched.
type line struct {
	text     []byte // in memory that it shares with its neighbours
	position domain.Position
	entry    journal.Entry
	sharing  int32 // lines in that memory; 0 unless it is the first of them
	reader   *reader
}

// fetch reads the text of lines, which stand in order of the read. It is called
// inside of mapped.
func (w *walker) fetch(lines []line) error {
	s := w.store
	var b block
	for len(lines) > 0 {
		n := 1
		r := lines[0].reader
		w.used = r.seg
		from, to := lines[0].place()
		if r.data == nil {
			for n < len(lines) && lines[n].reader == r {
				start, end := lines[n].place()
				if max(to, end)-min(from, start) > maxRun || start > to+maxGap || end < from-maxGap {
					break
				}
				from, to = min(from, start), max(to, end)
				n++
			}
		} else {
			for n < len(lines) && lines[n].reader == r {
				n++
			}
		}
		data := r.data
		if data == nil {
			var err error
			if data, err = w.call(r, from, to); err != nil {
				return fmt.Errorf("opossum: read %s: %w", s.file(segmentName(r.seg.first)), err)
			}
		} else {
			from = 0
		}
		if err := s.keep(&b, lines, n, data, from); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// call reads a segment that is not mapped, from from up to, not including, to or its
// end. What it returns is written over by the next call.
func (w *walker) call(r *reader, from, to int64) (data []byte, err error) {
	if to-from <= recentRun && to <= r.committed {
		w.scratch, err = r.recent.read(w.scratch[:0], r.file, from, to, r.committed)
		return w.scratch, err
	}
	w.scratch = slices.Grow(w.scratch[:0], int(to-from))[:to-from]
	n, err := r.file.ReadAt(w.scratch, from)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return w.scratch[:n], err
}

// keep gives the first n lines their text, from data, which begins at from in their
// segment. It is copied to memory that neighbours share, also those of other calls with
// this block. When data ends too early, those in front of its end have theirs.
func (s *Store) keep(b *block, lines []line, n int, data []byte, from int64) error {
	var before int64
	var touched byte
	for i := range lines[:n] {
		start, end := lines[i].place()
		if end-from > int64(len(data)) {
			return errors.Join(s.keep(b, lines[:i], i, data, from), s.corrupt(segmentName(lines[i].reader.seg.first), &journal.Damage{
				Offset: start, Position: lines[i].position,
				Want: fmt.Sprintf("the line of %d bytes that was committed", end-start), Got: fmt.Sprintf("a file that ends at byte %d", from+int64(len(data))),
			}))
		}
		if start-before > commitBytes { // it is probably not in the processor's caches
			for at := start - from; at < end-from; at += cacheLine {
				touched ^= data[at]
			}
		}
		before = end
	}
	runtime.KeepAlive(touched)
	for n > 0 {
		run, begin, end := adjoining(lines[:n])
		text := b.add(lines, run, data[begin-from:end-from])
		for i := range lines[:run] {
			start, next := lines[i].place()
			lines[i].text = text[start-begin : next-begin : next-begin]
		}
		lines, n = lines[run:], n-run
	}
	return nil
}

// block is memory that lines share which follow each other in a read. The zero block is
// ready.
type block struct {
	text  []byte
	first *line // in text
}

// add copies text, that of the first n lines, and returns the copy. What does not fit
// any more goes to new memory, with room for the lines behind it.
func (b *block) add(lines []line, n int, text []byte) []byte {
	at := len(b.text)
	switch {
	case b.first != nil && len(text) <= cap(b.text)-at:
		b.text = append(b.text, text...)
	case len(text) > blockBytes/2: // alone, and its memory need not be cleared first
		at, b.text, b.first = 0, slices.Clip(append([]byte(nil), text...)), &lines[0]
	default:
		room := max(len(text), bytesTogether(lines))
		at, b.text, b.first = 0, append(make([]byte, 0, room), text...), &lines[0]
	}
	b.first.sharing += int32(n)
	return b.text[at:]
}

// bytesTogether returns how many bytes are of use to the next lines, blockBytes at most,
// in front of one that gets memory of its own.
func bytesTogether(lines []line) int {
	size := 0
	for i := range lines {
		from, to := lines[i].place()
		if to-from > blockBytes/2 {
			return size
		}
		if size += int(to - from); size >= blockBytes {
			return blockBytes
		}
	}
	return size
}

// adjoining returns how many lines follow each other with nothing but newlines and
// commit lines between them, and where they begin and end. Unless it is one line,
// they take blockBytes at most.
func adjoining(lines []line) (n int, begin, end int64) {
	begin, end = lines[0].place()
	for n = 1; n < len(lines); n++ {
		start, next := lines[n].place()
		if start < end || start > end+commitBytes || next-begin > blockBytes {
			break
		}
		end = next
	}
	return n, begin, end
}

// place returns where the line begins and ends in its segment.
func (l *line) place() (from, to int64) {
	return int64(l.entry.Offset), int64(l.entry.Offset) + int64(l.entry.Length)
}

// decode checks a line against what it was when it was committed and makes event
// what it says. The event keeps the text.
func (s *Store) decode(event *domain.SequencedEvent, l *line, decoder *journal.Decoder) error {
	if sum := journal.Checksum(journal.TextOf(l.text)); sum != l.entry.CRC {
		l.reader.seg.recent.forget()
		return s.corrupt(segmentName(l.reader.seg.first), &journal.Damage{
			Offset: int64(l.entry.Offset), Position: l.position,
			Want: fmt.Sprintf("the line with CRC-32C %08x that was committed", l.entry.CRC), Got: fmt.Sprintf("one with %08x", sum),
		})
	}
	if l.sharing > 0 {
		decoder.Together(int(l.sharing))
	}
	err := decoder.Decode(event, l.text, l.reader.proven)
	if err == nil && event.Position != l.position {
		err = fmt.Errorf("the line is that of position %d", event.Position)
	}
	if err != nil {
		*event = domain.SequencedEvent{}
		return fmt.Errorf("opossum: position %d: %w", l.position, err)
	}
	return nil
}
