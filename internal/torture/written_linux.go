package torture

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// written returns how many bytes the process has written to files so far. It grows
// while a write goes on. False says that the system does not tell.
func written(pid int) (int64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, false
	}
	_, rest, _ := strings.Cut(string(text), "\nwrite_bytes: ")
	number, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, err == nil
}
