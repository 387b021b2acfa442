package memory

import (
	"slices"
	"strings"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// projectionCopy is one copy of a projection. The lock of the store guards it.
type projectionCopy struct {
	signature  string
	checkpoint domain.Position
	eventID    string
	failure    *ports.ProjectionFailure // what it points to never changes
	parked     map[domain.Position]ports.ParkedEvent
	states     map[string]*ports.ProjectionState // by key; what they point to never changes
	keys       keyList                           // of all states
	tagged     map[domain.Tag]*keyList           // of the states that carry a tag; only tags that are carried
}

func newProjectionCopy(signature string) *projectionCopy {
	return &projectionCopy{
		signature: signature,
		parked:    map[domain.Position]ports.ParkedEvent{},
		states:    map[string]*ports.ProjectionState{},
		tagged:    map[domain.Tag]*keyList{},
	}
}

// info is nil for no copy.
func (c *projectionCopy) info() *ports.CopyInfo {
	if c == nil {
		return nil
	}
	info := &ports.CopyInfo{Signature: c.signature, Checkpoint: c.checkpoint, EventID: c.eventID, Parked: len(c.parked)}
	if c.failure != nil {
		failure := *c.failure
		info.Failure = &failure
	}
	return info
}

// apply changes the copy by a batch. It keeps the states, in place of those of the
// batch: they are copies of them that nobody else has.
func (c *projectionCopy) apply(batch ports.ProjectionBatch, states []*ports.ProjectionState) {
	for _, state := range states {
		c.put(state)
	}
	for _, key := range batch.Delete {
		c.remove(key)
	}
	for _, parked := range batch.Park {
		parked.At = plainTime(parked.At)
		c.parked[parked.Position] = parked
	}
	for _, position := range batch.Unpark {
		delete(c.parked, position)
	}
	c.checkpoint, c.eventID, c.failure = batch.UpTo, batch.EventID, nil
	if batch.Failure != nil {
		failure := *batch.Failure
		failure.At = plainTime(failure.At)
		c.failure = &failure
	}
}

func (c *projectionCopy) put(state *ports.ProjectionState) {
	old := c.states[state.Key]
	if old == nil {
		// A key may be a small part of a large text that need not be kept with it.
		state.Key = strings.Clone(state.Key)
		c.states[state.Key] = state
		c.keys.add(state.Key, c.has)
		c.tag(state, nil)
		return
	}
	state.Key = old.Key
	c.states[state.Key] = state
	if slices.Equal(state.Tags, old.Tags) {
		state.Tags = old.Tags
		return
	}
	c.tag(state, old.Tags)
	c.untag(old.Tags, state.Tags)
}

func (c *projectionCopy) remove(key string) {
	if old := c.states[key]; old != nil {
		delete(c.states, key)
		c.keys.drop()
		c.untag(old.Tags, nil)
	}
}

// tag files a state under its tags, but for those under which it is filed already.
func (c *projectionCopy) tag(state *ports.ProjectionState, already []domain.Tag) {
	for _, tag := range state.Tags {
		if slices.Contains(already, tag) {
			continue
		}
		list := c.tagged[tag]
		if list == nil {
			list = &keyList{}
			c.tagged[tag] = list
		}
		list.add(state.Key, c.carrying(tag))
	}
}

// untag takes a state from the lists of tags, but for those that it keeps.
func (c *projectionCopy) untag(tags, kept []domain.Tag) {
	for _, tag := range tags {
		if slices.Contains(kept, tag) {
			continue
		}
		if list := c.tagged[tag]; list.drop() == 0 {
			delete(c.tagged, tag)
		}
	}
}

func (c *projectionCopy) has(key string) bool { return c.states[key] != nil }

func (c *projectionCopy) carrying(tag domain.Tag) func(key string) bool {
	return func(key string) bool {
		state := c.states[key]
		return state != nil && slices.Contains(state.Tags, tag)
	}
}

// plainTime is a time as any store gives it back: in UTC, without the reading of a
// process's own clock.
func plainTime(t time.Time) time.Time { return t.UTC().Round(0) }
