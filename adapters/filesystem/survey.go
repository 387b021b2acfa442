package filesystem

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// MostFindings is how many things that are wrong [Verify] returns at most.
const MostFindings = 100

// survey is a second look at a store that proved to be damaged: it goes on where
// opening it stopped. Behind a segment that is damaged the next one is judged on its
// own, by the position in its name and the chain value in its header.
type survey struct {
	*Store
	next  journal.Mark // where the next segment begins
	known bool         // next follows from the segment before
	bound *ledger      // how much is committed, as it was said before the segments were read; nil when nothing says it
	named map[string]bool
	found []error
}

// surveyDir returns what is wrong with the store in dir besides first, at most one
// thing for each file.
func surveyDir(ctx context.Context, dir string, first *ports.CorruptError) (found []error, err error) {
	path := dir
	if path, err = filepath.Abs(path); err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return nil, err
	}
	if first.File == filepath.Join(path, manifestName) {
		return nil, nil // by another id no segment can be judged
	}
	options, err := Options{}.withDefaults()
	if err != nil {
		return nil, err
	}
	root, err := vfs.OS(path)
	if err != nil {
		return nil, err
	}
	s := newStore(path, root, nil, options)
	s.readOnly, s.readAll = true, true
	defer func() { err = errors.Join(err, s.Close()) }()
	m, err := readManifest(root, path)
	if err != nil {
		return nil, nil // first says so
	}
	s.begin(m)
	v := survey{Store: s, next: s.head, known: true, named: map[string]bool{first.File: true}}
	err = v.look(ctx)
	return v.found, err
}

func (v *survey) look(ctx context.Context) error {
	// Read before the segments are: what it says is in them then.
	l, whole, err := v.ledger.read()
	if err == nil && whole && !v.named[v.file(ledgerName)] { // otherwise that was the first thing wrong
		v.bound = &l
	}
	entries, err := v.dir.List(eventsDir)
	if err != nil {
		return nil //nolint:nilerr // so was that
	}
	var firsts []domain.Position
	for _, e := range entries {
		first, err := segmentEntry(e, v.path)
		if err != nil {
			v.add(err)
			continue
		}
		firsts = append(firsts, first)
	}
	for i, first := range firsts {
		if len(v.found) == MostFindings-1 {
			return nil
		}
		behind := domain.Position(0)
		if i+1 < len(firsts) {
			behind = firsts[i+1]
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.segment(first, behind); err != nil {
			return err
		}
	}
	if err := v.end(firsts); err != nil {
		return err
	}
	if end := v.next; v.bound != nil && v.known && end.Position < l.Position {
		found := v.missing(end.Position+1, l.says())
		if end.Position >= l.Segment {
			found = v.corrupt(segmentName(l.Segment), &journal.Damage{Offset: end.Offset, Position: end.Position + 1})
		}
		v.add(v.ledgerAhead(l, found, tail{mark: end}))
	}
	return nil
}

// end notes when index files tell of events behind the segments that begin at firsts.
func (v *survey) end(firsts []domain.Position) error {
	names, err := v.listIndexes()
	if err != nil {
		return err
	}
	last, end := domain.Position(1), v.next
	if n := len(firsts); n > 0 {
		last = firsts[n-1]
	}
	if !v.known {
		end.Position = math.MaxUint64
	}
	v.add(v.checkEnd(names, last, end, false))
	return nil
}

// add notes what is wrong, unless something is known to be wrong with the same file.
func (v *survey) add(err error) {
	corrupt, ok := errors.AsType[*ports.CorruptError](err)
	if !ok || v.named[corrupt.File] || len(v.found) == MostFindings-1 {
		return
	}
	v.named[corrupt.File] = true
	v.found = append(v.found, corrupt)
}

// segment judges the segment that begins at first. behind is where the next one
// begins, 0 for the last.
func (v *survey) segment(first, behind domain.Position) error {
	name := segmentName(first)
	switch {
	case v.known && first <= v.next.Position:
		v.add(v.corrupt(name, &journal.Damage{Position: first, Want: "no such file, for another segment holds that position", Got: "a segment"}))
		return nil
	case v.known && first > v.next.Position+1:
		v.add(v.missing(v.next.Position+1, name+" exists"))
		v.known = false
	}
	seg, damage, err := v.header(first, behind == 0)
	if seg != nil {
		damage, err = v.events(seg, behind)
	}
	if damage != nil {
		err = v.corrupt(name, damage)
	}
	if err == nil {
		return nil
	}
	v.known = false
	if v.add(err); errors.Is(err, ports.ErrCorrupt) {
		return nil
	}
	return fmt.Errorf("opossum: verify: read %s: %w", v.file(name), err)
}

// header opens the segment that begins at first, and looks at its header. When nothing
// is known of the segment before, it is taken at its word for the chain. The last
// segment may have been begun and hold nothing: then there is none to return.
func (v *survey) header(first domain.Position, last bool) (*segment, *journal.Damage, error) {
	mark := v.next
	if !v.known {
		mark = journal.Mark{Position: first - 1}
	}
	seg := v.newSegment(mark)
	file, got, ok, err := v.openSegment(seg)
	if err != nil {
		return nil, nil, regular(err, v.path)
	}
	if chain, isHeader := chainIn(got); !ok && !v.known && isHeader {
		mark.Chain = chain
		seg = v.newSegment(mark)
		ok = got == seg.header
	}
	switch {
	case !ok && last && (journal.Begun(got, seg.header) || !v.known && len(got) < len(seg.header)):
		return nil, nil, file.Close()
	case !ok:
		return nil, seg.otherHeader(got), file.Close()
	}
	seg.file = file
	return seg, nil, nil
}

// chainIn returns the chain value in a header.
func chainIn(header string) (chain journal.Chain, ok bool) {
	const end = "\"}}\n"
	from := len(header) - len(end) - hex.EncodedLen(len(chain))
	if from < 0 || !strings.HasSuffix(header, end) {
		return chain, false
	}
	n, err := hex.Decode(chain[:], []byte(header[from:len(header)-len(end)]))
	return chain, err == nil && n == len(chain)
}

// events reads the events of seg, and holds the index file against them. It closes
// the file of seg.
func (v *survey) events(seg *segment, behind domain.Position) (*journal.Damage, error) {
	mark := journal.Mark{Position: seg.first - 1, Chain: seg.start, Offset: int64(len(seg.header))}
	data, err := vfs.ReadFrom(seg.file, mark.Offset)
	if err != nil {
		return nil, errors.Join(err, seg.file.Close())
	}
	text := journal.TextOf(data)
	v.judge(seg, text, mark, behind)
	committed := v.bound != nil && v.bound.Segment == seg.first && v.bound.Bytes <= mark.Offset+int64(len(text))
	if committed && behind == 0 { // what others append meanwhile is in motion
		text = text[:max(0, v.bound.Bytes-mark.Offset)]
	}
	t := tail{mark: mark}
	v.enters(seg).enter(&t, journal.Piece{Text: text})
	rest := text[t.mark.Offset-mark.Offset:]
	switch {
	case behind == 0 && !committed && journal.Torn(rest), behind == t.mark.Position+1 && strings.Trim(rest, "\n\x00") == "":
		t.damage = nil // an append under way, or fill of which a disk has lost a part
	}
	if t.damage == nil {
		v.next, v.known = t.mark, true
	}
	if t.damage != nil || behind != t.mark.Position+1 {
		return t.damage, seg.file.Close()
	}
	seg.end = t.mark
	if err := v.audit(seg); err != nil {
		if seg.file != nil {
			err = errors.Join(err, seg.file.Close())
		}
		if errors.Is(err, ports.ErrCorrupt) { // the index is; the segment is whole
			v.add(err)
			return nil, nil
		}
		return nil, err
	}
	if n := len(v.indexFaults); n > 0 && v.indexFaults[n-1].first == seg.first && v.indexFaults[n-1].damage != nil {
		v.add(v.indexFaults[n-1].damage)
	}
	return nil, nil
}
