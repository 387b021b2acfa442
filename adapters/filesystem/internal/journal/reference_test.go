package journal_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"

	"github.com/opossum-go/opossum/adapters/filesystem/internal/journal"
)

// What follows says what a segment is a second time, slowly and with other means,
// so that what the package accepts can be held against it.

var commitLine = regexp.MustCompile(`^\{"commit":\{"first":(0|[1-9]\d*),"last":(0|[1-9]\d*),"bytes":(0|[1-9]\d*),"crc32c":"([0-9a-f]{8})","chain":"(.*)"\}\}$`)

// commitOf returns what a commit line says: first, last, bytes, CRC and chain.
func commitOf(line string) []string {
	said := commitLine.FindStringSubmatch(line)
	if said == nil || len(said[5]) != 64 {
		return nil
	}
	for _, number := range said[1:4] {
		if _, err := strconv.ParseUint(number, 10, 64); err != nil {
			return nil
		}
	}
	return said[1:]
}

func crcOf(batch string) string {
	return fmt.Sprintf("%08x", crc32.Checksum([]byte(batch), crc32.MakeTable(crc32.Castagnoli)))
}

// wholeBatches returns how many bytes of text, which begins at mark, are whole
// batches of lines that are JSON and have the right positions.
func wholeBatches(text string, mark journal.Mark) int {
	whole, position, chain := 0, uint64(mark.Position), [32]byte(mark.Chain)
	var batch string
	first := position + 1
	for at := 0; at < len(text); {
		line, _, ended := strings.Cut(text[at:], "\n")
		if !ended {
			break
		}
		at += len(line) + 1
		if said := commitOf(line); said != nil {
			link := sha256.Sum256([]byte(string(chain[:]) + batch))
			want := []string{
				strconv.FormatUint(first, 10), strconv.FormatUint(position, 10), strconv.Itoa(len(batch)),
				crcOf(batch), fmt.Sprintf("%x", link),
			}
			if batch == "" || strings.Join(said, " ") != strings.Join(want, " ") {
				break
			}
			whole, batch, first, chain = at, "", position+1, link
			continue
		}
		var event struct{ Position json.Number }
		if json.Unmarshal([]byte(line), &event) != nil || event.Position.String() != strconv.FormatUint(position+1, 10) {
			break
		}
		batch += line + "\n"
		position++
	}
	return whole
}

// holdsWhole reports whether a line of text, but the first, closes the bytes in
// front of it by its own account.
func holdsWhole(text string) bool {
	all := strings.SplitAfter(text, "\n")
	at := len(all[0])
	for _, line := range all[1:] {
		if said := commitOf(strings.TrimSuffix(line, "\n")); said != nil && strings.HasSuffix(line, "\n") {
			bytes, err := strconv.Atoi(said[2])
			if err == nil && 0 < bytes && bytes <= at && said[3] == crcOf(text[at-bytes:at]) {
				return true
			}
		}
		at += len(line)
	}
	return false
}
