package filesystem

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/vfs"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func TestScatteredEventsOfTheLastSegmentAreReadFromItsFileOnce(t *testing.T) {
	s, counted := openCounted(t, costlyStore(t, maxSegmentSize))
	const rare = costEvents / 1000
	for _, tt := range []struct {
		what string
		most int64 // bytes from files
	}{
		{"the first time", 2*rare*recentBlock + 4<<10},
		{"again", 4 << 10}, // the ledger
	} {
		counted.read.Store(0)
		if n, err := take(s, domain.NewQuery(domain.Tagged(rareTag)), ports.ReadOptions{}, 0); n != rare || err != nil {
			t.Fatalf("got %d events, %v, want %d", n, err, rare)
		}
		if counted.read.Load() > tt.most {
			t.Errorf("%s: read %d bytes, want at most %d", tt.what, counted.read.Load(), tt.most)
		}
	}
}

// textFile is a file of which only the text in front of committed may be read.
type textFile struct {
	vfs.File
	t         *testing.T
	text      []byte
	committed int64
	calls     int
	err       error
}

func (f *textFile) ReadAt(b []byte, from int64) (int, error) {
	f.calls++
	if f.err != nil {
		return 0, f.err
	}
	if from+int64(len(b)) > f.committed {
		f.t.Errorf("read up to byte %d, of which %d are committed", from+int64(len(b)), f.committed)
	}
	n := copy(b, f.text[min(from, int64(len(f.text))):])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func TestWhatIsKeptOfASegmentIsWhatStandsInItsFile(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	f := &textFile{t: t, text: make([]byte, 3*recentBytes)}
	for i := range f.text {
		f.text[i] = byte(random.Uint32())
	}
	var r recent
	read := func(from, to int64) {
		t.Helper()
		got, err := r.read([]byte("before"), f, from, to, f.committed)
		if err != nil || !bytes.Equal(got, append([]byte("before"), f.text[from:to]...)) {
			t.Fatalf("bytes %d to %d of %d: got %d, which are others, or an error: %v", from, to, f.committed, len(got), err)
		}
		if most := recentBytes / recentBlock; len(r.blocks) > most {
			t.Fatalf("%d blocks are kept, want at most %d", len(r.blocks), most)
		}
	}
	for f.committed = 1; f.committed < 3*recentBlock; f.committed += 100 { // it grows
		for range 5 {
			from := random.Int64N(f.committed)
			read(from, from+random.Int64N(min(f.committed-from, recentRun)+1))
		}
	}
	f.committed = int64(len(f.text))
	for range 20_000 {
		from := random.Int64N(f.committed - recentRun)
		read(from, from+random.Int64N(recentRun))
	}
}

func TestAFileThatEndsTooEarlyOrFailsIsAskedAgain(t *testing.T) {
	t.Parallel()
	whole := bytes.Repeat([]byte("0123456789"), recentBlock)
	f := &textFile{t: t, text: whole[:recentBlock+10], committed: int64(len(whole))}
	var r recent
	if got, err := r.read(nil, f, recentBlock, recentBlock+20, f.committed); err != nil || !bytes.Equal(got, whole[recentBlock:recentBlock+10]) {
		t.Errorf("a file that ends after 10 bytes gave %q, %v", got, err)
	}
	f.err = errors.New("broken")
	if got, err := r.read(nil, f, recentBlock, recentBlock+20, f.committed); !errors.Is(err, f.err) {
		t.Errorf("a file that fails gave %q, %v", got, err)
	}
	f.text, f.err = whole, nil
	for again, calls := range []int{1, 0} {
		f.calls = 0
		if got, err := r.read(nil, f, recentBlock, recentBlock+20, f.committed); err != nil || !bytes.Equal(got, whole[recentBlock:recentBlock+20]) || f.calls != calls {
			t.Errorf("a file that is whole again gave %q, %v, with %d calls the %d. time; want %d", got, err, f.calls, again+1, calls)
		}
	}
	r.forget()
	if got, err := r.read(nil, f, recentBlock, recentBlock+20, f.committed); err != nil || len(got) != 20 || f.calls != 1 {
		t.Errorf("after it was forgotten: %q, %v, with %d calls", got, err, f.calls)
	}
}
