package journal

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"strings"
)

// Rest is what stands behind the last whole batch of a segment, as far as recovery asks.
type Rest struct {
	Bytes int64 // how many there are
	Torn  bool  // see [Torn]
	Blank bool  // nothing but newlines and zero bytes: fill, of which a disk may have lost a part
}

// JudgeRest judges the bytes of file from offset from up to, not including, to, or up
// to its end. A negative to stands for the end. It looks at a part at a time: however
// many bytes there are, they take little memory. An error is that of file.
func JudgeRest(file io.ReaderAt, from, to int64) (Rest, error) {
	return judgeRest(file, from, to, pieceBytes)
}

// longestCommit is more than the longest commit line has, with its newline.
const longestCommit = 256

// judgeRest is JudgeRest with parts of so many bytes, more than twice longestCommit.
func judgeRest(file io.ReaderAt, from, to int64, part int) (Rest, error) {
	if to < 0 {
		to = math.MaxInt64
	}
	source := io.NewSectionReader(file, from, to-from)
	rest := Rest{Torn: true, Blank: true}
	text := make([]byte, 0, part) // ends where rest does
	for {
		n, err := io.ReadFull(source, text[len(text):cap(text)])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return Rest{}, err
		}
		read := text[len(text) : len(text)+n]
		text = text[:len(text)+n]
		rest.Bytes += int64(n)
		rest.Blank = rest.Blank && bytes.Count(read, newline)+bytes.Count(read, []byte{0}) == n
		looked := len(text)
		if !last {
			looked -= longestCommit // a commit line that begins later may go on behind the part
		}
		if rest.Torn {
			if rest.Torn, err = torn(source, TextOf(text), looked, rest.Bytes-int64(len(text))); err != nil {
				return Rest{}, err
			}
		}
		if last {
			return rest, nil
		}
		text = append(text[:0], text[looked:]...)
	}
}

// torn is Torn of text, which begins at byte begin of source, as to the commit lines
// whose newline before them is one of the first looked bytes.
func torn(source io.ReaderAt, text string, looked int, begin int64) (bool, error) {
	const before = "\n" + commitPrefix
	for from := 0; ; {
		i := strings.Index(text[from:min(len(text), looked+len(before)-1)], before)
		if i < 0 {
			return true, nil
		}
		from += i + 1
		line, _, whole := strings.Cut(text[from:min(len(text), from+longestCommit)], "\n")
		at := begin + int64(from)
		size, crc, ok := commitClaim(line)
		if !whole || !ok || size == 0 || size > uint64(at) {
			continue
		}
		sum := crc32.New(castagnoli)
		if _, err := io.Copy(sum, io.NewSectionReader(source, at-int64(size), int64(size))); err != nil {
			return false, err
		}
		if crc == checksumText(sum.Sum32()) {
			return false, nil
		}
	}
}
