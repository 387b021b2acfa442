package portstest

import (
	"sync"
	"time"
)

// dayOne is when the clock of a rule starts, in UTC.
var dayOne = time.Date(2031, time.March, 5, 14, 7, 9, 123456789, time.UTC)

// manualClock stands still until it is set.
type manualClock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func newClock() *manualClock { return &manualClock{now: dayOne} }

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}
