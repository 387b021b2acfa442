package main

import (
	"fmt"
	"io"
	"sync"
)

// teller prints who does what. Without who it begins a chapter. Safe for
// concurrent use.
type teller func(who, format string, args ...any)

func newTeller(out io.Writer) teller {
	var mu sync.Mutex
	return func(who, format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		text := fmt.Sprintf(format, args...)
		if who == "" {
			fmt.Fprintf(out, "\n%s\n", text)
			return
		}
		fmt.Fprintf(out, "  %-7s %s\n", who, text)
	}
}
