package filesystem_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// patient is a store of about 64 KiB that is damaged again and again, each time in
// another way, and made whole in between.
type patient struct {
	dir     string
	whole   map[string][]byte // each file of the store by its path below dir
	events  []domain.SequencedEvent
	queries []domain.Query
	answers [][]domain.SequencedEvent // to queries
	chain   string
}

const patientSize = 64 << 10

// rotEvents returns the n-th batch of a patient.
func rotEvents(n int) []domain.Event {
	events := make([]domain.Event, 1+n%3)
	for i := range events {
		events[i] = domain.Event{
			Type: fmt.Sprintf("Type%d \"é\"", (n+i)%5), Tags: []domain.Tag{domain.Tag(fmt.Sprint("account:", n%7)), "b:\n"}[:1+n%2],
			Data:     fmt.Appendf(nil, `{"n":%d.50,"s":"\u00e9 %s"}`, n, strings.Repeat("x", n%11*20)),
			Metadata: domain.Metadata{ID: fmt.Sprintf("id-%d-%d", n, i), UserID: "ada", Values: map[string]string{"k": "v"}},
		}
	}
	return events
}

// newPatient makes a store with several segments, batches and whatever else a store
// keeps in its folder.
func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{dir: filepath.Join(t.TempDir(), "store")}
	options := filesystem.Options{SegmentSize: patientSize / 6, Clock: fixedClock{}}
	for n := 0; p.committedBytes() < patientSize; {
		// Opened several times: what is made then is to be damaged, too.
		store, err := filesystem.Open(t.Context(), p.dir, options)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			mustAppend(t, store, rotEvents(n)...)
			n++
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		p.whole = filesOf(t, p.dir)
	}
	p.remember(t)
	return p
}

// remember takes the store as it is for whole, with fill at the end of two segments:
// of the last one, and of one that was sealed by a process which ended before it
// could cut it off.
func (p *patient) remember(t *testing.T) {
	t.Helper()
	p.whole = filesOf(t, p.dir)
	segments := p.segments()
	fill := map[string]int{segments[0]: 300, segments[len(segments)-1]: 1000}
	for _, name := range segments {
		writeFile(t, p.path(name), append(p.whole[name][:p.committed(name)], bytes.Repeat([]byte("\n"), fill[name])...))
	}
	report, err := filesystem.Verify(t.Context(), p.dir)
	if err != nil || report.Segments < 4 {
		t.Fatalf("Verify() = %+v, %v, want at least 4 segments", report, err)
	}
	p.whole, p.chain, p.events = filesOf(t, p.dir), report.Chain, eventsOf(t, p.dir)
	p.queries, p.answers = nil, nil
	p.ask()
}

// ask makes up a query for each tag and type, and the answers of a whole store.
func (p *patient) ask() {
	types, tags := map[string]bool{}, map[domain.Tag]bool{}
	for _, e := range p.events {
		types[e.Type] = true
		for _, tag := range e.Tags {
			tags[tag] = true
		}
	}
	p.queries = []domain.Query{domain.All()}
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		p.queries = append(p.queries, domain.NewQuery(domain.OfTypes(typ)))
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		p.queries = append(p.queries, domain.NewQuery(domain.Tagged(tag)))
	}
	for _, q := range p.queries {
		var answer []domain.SequencedEvent
		for _, e := range p.events {
			if q.Matches(e.Event) {
				answer = append(answer, e)
			}
		}
		p.answers = append(p.answers, answer)
	}
}

func (p *patient) size() int {
	size := 0
	for _, text := range p.whole {
		size += len(text)
	}
	return size
}

func (p *patient) committedBytes() int {
	size := 0
	for name := range p.whole {
		size += p.committed(name)
	}
	return size
}

func (p *patient) segments() []string {
	return slices.DeleteFunc(p.names(), func(name string) bool { return !isSegmentFile(name) })
}

// names returns the paths of the files below dir, in order.
func (p *patient) names() []string { return slices.Sorted(maps.Keys(p.whole)) }

func (p *patient) path(name string) string { return filepath.Join(p.dir, name) }

// committed returns how many bytes of a file hold what was appended: all of a
// segment but the newlines that may fill its end, nothing of other files.
func (p *patient) committed(name string) int {
	if !isSegmentFile(name) {
		return 0
	}
	return len(bytes.TrimRight(p.whole[name], "\n")) + 1
}

// filesOf returns the text of each file below dir.
func filesOf(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for name, text := range readDisk(t, dir) {
		if text, ok := strings.CutPrefix(text, "file "); ok {
			files[name] = []byte(text)
		}
	}
	return files
}

// heal makes the store whole. It leaves alone what is.
func (p *patient) heal(t *testing.T) {
	t.Helper()
	now := readDisk(t, p.dir)
	for name, is := range now {
		if text, known := p.whole[name]; is != "dir" && (!known || is != "file "+string(text)) || is == "dir" && known {
			if err := os.RemoveAll(p.path(name)); err != nil {
				t.Fatal(err)
			}
			delete(now, name)
		}
	}
	for name, text := range p.whole {
		if _, there := now[name]; there {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, p.path(name), text)
	}
}

// suffer damages the store, tries everything that can be done with it, and heals it.
// It returns whether Verify noticed the damage.
//
// Whatever the damage, it is noticed or it does no harm: each answer is that of the
// whole store or breaks off with an error that names a file of the store; what
// Verify passes can be read; and an append never buries damage.
func (p *patient) suffer(t *testing.T, what string, damage func()) (noticed bool) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil {
			t.Fatalf("%s: panic: %v\n%s", what, v, debug.Stack())
		}
		p.heal(t)
	}()
	damage()
	report, err := filesystem.Verify(t.Context(), p.dir)
	noticed = err != nil
	p.checkRefusal(t, what+": Verify()", err)
	if err == nil && (report.Events != domain.Position(len(p.events)) || report.Chain != p.chain) {
		t.Errorf("%s: Verify() = %+v, want %d events and the chain %s", what, report, len(p.events), p.chain)
	}
	store, err := filesystem.OpenReadOnly(t.Context(), p.dir, filesystem.Options{})
	p.checkRefusal(t, what+": OpenReadOnly()", err)
	if err == nil {
		err = errors.Join(p.read(t, what+": read-only", store), store.Close())
	}
	if err != nil && !noticed {
		t.Errorf("%s: Verify finds nothing wrong, reading does: %v", what, err)
	}
	p.write(t, what, noticed)
	return noticed
}

// write opens the damaged store for writing, reads it and appends to it.
func (p *patient) write(t *testing.T, what string, noticed bool) {
	t.Helper()
	store, err := filesystem.Open(t.Context(), p.dir, filesystem.Options{Clock: fixedClock{}})
	p.checkRefusal(t, what+": Open()", err)
	if err != nil {
		return
	}
	broken := p.read(t, what+": opened for writing", store)
	added, err := store.Append(t.Context(), one("Added"))
	p.checkRefusal(t, what+": Append()", err)
	if errors.Is(err, ports.ErrUnknownOutcome) {
		t.Errorf("%s: Append() = %v, want it refused before it writes", what, err)
	}
	if closeErr := store.Close(); closeErr != nil {
		t.Errorf("%s: Close() = %v", what, closeErr)
	}
	if err != nil {
		return
	}
	if want := domain.Position(len(p.events) + 1); added.First != want {
		t.Errorf("%s: the next event got position %d, want %d", what, added.First, want)
	}
	report, err := filesystem.Verify(t.Context(), p.dir)
	if err != nil {
		if !noticed {
			t.Errorf("%s: Verify finds nothing wrong before an append, and afterwards: %v", what, err)
		}
		return
	}
	if broken != nil {
		t.Errorf("%s: an append buried damage: reading says %v and Verify nothing", what, broken)
	}
	after := eventsOf(t, p.dir)
	if len(after) != len(p.events)+1 || !slices.EqualFunc(after[:len(p.events)], p.events, sameEvent) || after[len(p.events)].Type != "Added" {
		t.Errorf("%s: after an append the store holds %d events, not the %d that it held and the new one: %+v", what, len(after), len(p.events), report)
	}
}

// read asks the store everything. It returns the first error; answers up to there,
// and all others, have to be those of the whole store.
func (p *patient) read(t *testing.T, what string, store *filesystem.Store) (first error) {
	t.Helper()
	failed := func(err error) {
		p.checkRefusal(t, what, err)
		if first == nil {
			first = err
		}
	}
	for n, query := range p.queries {
		result, err := store.Read(t.Context(), query, ports.ReadOptions{})
		if err != nil {
			failed(err)
			continue
		}
		if result.Head != domain.Position(len(p.events)) {
			t.Errorf("%s: the head is %d, want %d", what, result.Head, len(p.events))
			return first
		}
		want, i := p.answers[n], 0
		for e, err := range result.Events {
			if err != nil {
				failed(err)
				i = len(want)
				break
			}
			if i == len(want) || !sameEvent(e, want[i]) || !maps.Equal(e.Metadata.Values, want[i].Metadata.Values) || e.Metadata.UserID != want[i].Metadata.UserID {
				t.Errorf("%s: event %d of %v is %+v, of %d", what, i, query, e, len(want))
				break
			}
			i++
		}
		if i < len(want) && !t.Failed() {
			t.Errorf("%s: %v ends after %d of %d events without an error", what, query, i, len(want))
		}
	}
	return first
}

// checkRefusal wants an error to say that the store is damaged, and where.
func (p *patient) checkRefusal(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if !errors.Is(err, ports.ErrCorrupt) && !errors.Is(err, filesystem.ErrFormat) {
		t.Errorf("%s = %v, want ErrCorrupt or ErrFormat", what, err)
	}
	if !strings.Contains(err.Error(), p.dir) {
		t.Errorf("%s = %v, which names no file", what, err)
	}
}

// stride is how many steps of a sweep are left out between two: the plain run takes
// a sample, OPOSSUM_ROUNDS=most takes all.
func stride(t *testing.T, most int) int {
	t.Helper()
	if underRace || testing.Short() {
		most *= 5
	}
	return max(1, most/rounds(t, 1, 1))
}

// TestNoFlippedBitIsReadOrBuried sweeps over all bits of all files, which workers
// share. Each of them has a store of its own.
func TestNoFlippedBitIsReadOrBuried(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	step, workers := stride(t, 4093), runtime.GOMAXPROCS(0)
	var tried, noticed atomic.Int64
	for worker := range workers {
		t.Run(fmt.Sprintf("worker %d of %d", worker+1, workers), func(t *testing.T) {
			t.Parallel()
			own := p.twin(t)
			for n, name := range own.names() {
				for bit := n + worker*step; bit < 8*len(own.whole[name]) && !t.Failed(); bit += workers * step {
					tried.Add(1)
					if own.flip(t, name, bit) {
						noticed.Add(1)
					}
				}
			}
		})
	}
	t.Cleanup(func() { // when the workers are done
		t.Logf("%d bits in %d bytes: %d noticed, %d harmless", tried.Load(), p.size(), noticed.Load(), tried.Load()-noticed.Load())
	})
}

// flip flips a bit of a file for as long as p suffers. It returns whether Verify
// noticed.
func (p *patient) flip(t *testing.T, name string, bit int) (noticed bool) {
	t.Helper()
	at := bit / 8
	what := fmt.Sprintf("bit %d of byte %d of %s flipped", bit%8, at, name)
	noticed = p.suffer(t, what, func() {
		damaged := slices.Clone(p.whole[name])
		damaged[at] ^= 1 << (bit % 8)
		writeFile(t, p.path(name), damaged)
	})
	if !noticed && at < p.committed(name) {
		t.Errorf("%s: Verify finds nothing wrong", what)
	}
	return noticed
}

// twin returns a patient with a copy of the whole store.
func (p *patient) twin(t *testing.T) *patient {
	t.Helper()
	twin := *p
	twin.dir = t.TempDir()
	twin.heal(t)
	return &twin
}

// TestNoFileThatWasCutIsReadOrBuried sweeps over all lengths of all files.
func TestNoFileThatWasCutIsReadOrBuried(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	step, tried, noticed := stride(t, 997), 0, 0
	for n, name := range p.names() {
		text := p.whole[name]
		var lengths []int
		for length := n; length < len(text); length += step {
			lengths = append(lengths, length)
		}
		// Where a commit line ends, a file that was cut looks most like a whole one.
		for at := range text {
			if rest := text[at:]; bytes.HasPrefix(rest, []byte(`{"commit":`)) {
				lengths = append(lengths, at, at+bytes.IndexByte(rest, '\n')+1)
			}
		}
		for _, length := range lengths {
			if t.Failed() {
				return
			}
			tried++
			what := fmt.Sprintf("%s cut from %d to %d bytes", name, len(text), length)
			seen := p.suffer(t, what, func() { writeFile(t, p.path(name), text[:length]) })
			if seen {
				noticed++
			} else if length < p.committed(name) {
				t.Errorf("%s: Verify finds nothing wrong", what)
			}
		}
	}
	t.Logf("%d lengths of %d bytes: %d noticed, %d harmless", tried, p.size(), noticed, tried-noticed)
}
