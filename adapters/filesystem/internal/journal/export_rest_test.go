package journal

import "io"

// JudgeRestInParts is JudgeRest with parts of so many bytes.
func JudgeRestInParts(file io.ReaderAt, from, to int64, part int) (Rest, error) {
	return judgeRest(file, from, to, part)
}
