package document

import (
	"bytes"
	"fmt"
)

// Compare returns nil when a file holds what would be printed, and otherwise an
// error that shows the first line that differs.
func Compare(file string, there, printed []byte) error {
	if bytes.Equal(there, printed) {
		return nil
	}
	have, want := bytes.Split(there, []byte("\n")), bytes.Split(printed, []byte("\n"))
	for i := range max(len(have), len(want)) {
		was, is := line(have, i), line(want, i)
		if was != is {
			return fmt.Errorf("%s is not what the specs say, from line %d on: run make docs and commit the file\n  in the file:  %s\n  in the specs: %s",
				file, i+1, was, is)
		}
	}
	return nil
}

// line returns a line, or what tells the reader that there is none.
func line(lines [][]byte, i int) string {
	if i >= len(lines) {
		return "(the end)"
	}
	return string(lines[i])
}
