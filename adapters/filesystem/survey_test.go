package filesystem_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/ports"
)

// found returns the damage that err tells of, in order.
func found(err error) []*ports.CorruptError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*ports.CorruptError
		for _, one := range joined.Unwrap() {
			all = append(all, found(one)...)
		}
		return all
	}
	if one, ok := errors.AsType[*ports.CorruptError](err); ok {
		return []*ports.CorruptError{one}
	}
	return nil
}

// flip changes the byte in the middle of a file.
func flip(name string) func(*testing.T, string) {
	return change(name, func(text []byte) []byte {
		text = slices.Clone(text)
		text[len(text)/2] ^= 1
		return text
	})
}

func TestVerifyTellsOfEveryDamagedFile(t *testing.T) {
	t.Parallel()
	whole := sealedStore(t)
	var segments, indexes []string
	for _, path := range segmentFiles(t, whole) {
		segments = append(segments, "events/"+filepath.Base(path))
	}
	for _, path := range indexFiles(t, whole) {
		indexes = append(indexes, "indexes/"+filepath.Base(path))
	}
	last := len(segments) - 1
	if last < 3 {
		t.Fatalf("%d segments, want more", last+1)
	}
	cutBehindACommit := func(name string) func(*testing.T, string) {
		return changeLines(name, func(l [][]byte) [][]byte { return l[:len(l)-2] })
	}
	for _, tt := range []struct {
		name string
		do   []func(*testing.T, string)
		want []string
	}{
		{"two segments", []func(*testing.T, string){flip(segments[0]), flip(segments[2])}, []string{segments[0], segments[2]}},
		{"two neighbours", []func(*testing.T, string){flip(segments[1]), flip(segments[2])}, []string{segments[1], segments[2]}},
		{"the header of one and the events of the next", []func(*testing.T, string){
			change(segments[1], func(b []byte) []byte { return bytes.Replace(b, []byte(`"format"`), []byte(`"f0rmat"`), 1) }), flip(segments[2]),
		}, []string{segments[1], segments[2]}},
		{"the chain in a header, and the last segment", []func(*testing.T, string){
			change(segments[1], func(b []byte) []byte { return bytes.Replace(b, []byte(`"chain":"`), []byte(`"chain":"0`), 1) }), cutBehindACommit(segments[last]),
		}, []string{segments[1], segments[last]}},
		{"one segment missing, and one behind it", []func(*testing.T, string){remove(segments[0]), flip(segments[2])}, []string{segments[0], segments[2]}},
		{"the first segment, and the last one gone", []func(*testing.T, string){flip(segments[0]), remove(segments[last])}, []string{segments[0], segments[last]}},
		{"the first segment, and the last one empty", []func(*testing.T, string){flip(segments[0]), replaceText(segments[last], "")}, []string{segments[0], segments[last]}},
		{"all index files", []func(*testing.T, string){flip(indexes[0]), flip(indexes[1]), flip(indexes[2])}, indexes[:3]},
		{"a segment, its index, and that of another", []func(*testing.T, string){flip(segments[0]), flip(indexes[0]), flip(indexes[1])}, []string{segments[0], indexes[1]}},
		{"a segment, an index that is a directory, and another segment", []func(*testing.T, string){
			flip(segments[0]), flip(segments[3]), func(t *testing.T, dir string) {
				t.Helper()
				path := filepath.Join(dir, indexes[1])
				if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
					t.Fatal(err)
				}
			},
		}, []string{segments[0], indexes[1], segments[3]}},
		{"a foreign file, a segment, an index", []func(*testing.T, string){
			func(t *testing.T, dir string) {
				t.Helper()
				writeFile(t, filepath.Join(dir, "events", "notes.txt"), []byte("remember"))
			}, flip(segments[0]), flip(indexes[2]),
		}, []string{"events/notes.txt", segments[0], indexes[2]}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			for _, damage := range tt.do {
				damage(t, dir)
			}
			before := readDisk(t, dir)
			_, err := filesystem.Verify(t.Context(), dir)
			var got []string
			for _, d := range found(err) {
				name, relErr := filepath.Rel(dir, d.File)
				if relErr != nil {
					t.Fatal(relErr)
				}
				got = append(got, filepath.ToSlash(name))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Verify() names %q, want %q; it says\n%v", got, tt.want, err)
			}
			checkDisk(t, dir, before)
		})
	}
}

func TestVerifyEndsAfterAHundredFindings(t *testing.T) {
	t.Parallel()
	dir := makeStore(t, 12)
	for i := range 2 * filesystem.MostFindings {
		writeFile(t, filepath.Join(dir, "events", strings.Repeat("x", i+1)), nil)
	}
	_, err := filesystem.Verify(t.Context(), dir)
	if n := len(found(err)); n != filesystem.MostFindings {
		t.Errorf("Verify() tells of %d things, want %d", n, filesystem.MostFindings)
	}
}

func TestVerifySaysHowAHeaderDiffers(t *testing.T) {
	t.Parallel()
	whole := makeStore(t, 12)
	for _, tt := range []struct {
		name      string
		do        func(*testing.T, string)
		want, got string
	}{
		{"segments that were swapped", func(t *testing.T, dir string) {
			t.Helper()
			first, second := filepath.Join(dir, threeSegments[0]), filepath.Join(dir, threeSegments[1])
			text := readFile(t, first)
			writeFile(t, first, readFile(t, second))
			writeFile(t, second, text)
		}, `segment header with "first":1`, `one with "first":6`},
		{"the id of another store", change(threeSegments[0], func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"store":"`), []byte(`"store":"f`), 1)
		}), `segment header with "store":"`, `one with "store":"f`},
		{"another chain", change(threeSegments[0], func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"chain":"`), []byte(`"chain":"x`), 1)
		}), `segment header with "chain":"`, `one with "chain":"x`},
		{"what a terminal would obey", change(threeSegments[0], func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"store":"`), []byte("\"store\":\"\x1b[2J"), 1)
		}), `segment header "{\"segment\"`, `\x1b[2J`},
		{"a header that was cut", func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Truncate(filepath.Join(dir, threeSegments[0]), 40); err != nil {
				t.Fatal(err)
			}
		}, `segment header "{\"segment\"`, `"{\"segment\":{\"format\":1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyStore(t, whole)
			tt.do(t, dir)
			_, err := filesystem.Verify(t.Context(), dir)
			d := corruption(t, err, dir, threeSegments[0])
			if !strings.HasPrefix(d.Want, tt.want) || !strings.Contains(d.Got, tt.got) {
				t.Errorf("Verify() wants %s and got %s; want %s and %s", d.Want, d.Got, tt.want, tt.got)
			}
			if d.Want == d.Got || strings.ContainsRune(d.Got, '\x1b') {
				t.Errorf("Verify() says %q, %q", d.Want, d.Got)
			}
		})
	}
}
