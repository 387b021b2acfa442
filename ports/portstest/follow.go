package portstest

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// follower ranges over a subscription in a goroutine of its own, until the
// sequence ends or the rule does.
type follower struct {
	elements chan element
	seen     int // events that next returned
}

// element is what a subscription yields; over says that it yields no more.
type element struct {
	event domain.SequencedEvent
	err   error
	over  bool
}

func follow(t testing.TB, events iter.Seq2[domain.SequencedEvent, error]) *follower {
	t.Helper()
	fl := &follower{elements: make(chan element)}
	go fl.follow(t.Context().Done(), events, func() {})
	return fl
}

// followLive is follow of a subscription that has something to yield or waits; see begun.
func followLive(ctx context.Context, t testing.TB, f Fixture, store ports.Subscriber, query domain.Query, after domain.Position) *follower {
	t.Helper()
	fl := &follower{elements: make(chan element)}
	quit := t.Context().Done()
	begun(ctx, t, f, "a subscription", func(ctx context.Context, yielded func()) {
		fl.follow(quit, store.Subscribe(ctx, query, after), yielded)
	})
	return fl
}

// follow passes elements on until there are none or quit is closed. It calls yielded
// whenever there is one.
func (fl *follower) follow(quit <-chan struct{}, events iter.Seq2[domain.SequencedEvent, error], yielded func()) {
	for e, err := range events {
		yielded()
		select {
		case fl.elements <- element{event: e, err: err}:
		case <-quit:
			return
		}
	}
	yielded()
	select {
	case fl.elements <- element{over: true}:
	case <-quit:
	}
}

// next returns the next event.
func (fl *follower) next(t testing.TB, f Fixture) domain.SequencedEvent {
	t.Helper()
	e := await(t, f, fmt.Sprintf("event %d of a subscription", fl.seen+1), fl.elements)
	switch {
	case e.over:
		t.Fatalf("a subscription ended after %d events, without an error", fl.seen)
	case e.err != nil:
		t.Fatalf("a subscription ended after %d events, with %v", fl.seen, e.err)
	}
	fl.seen++
	return e.event
}

// until returns the events up to and including the first at position last or later.
func (fl *follower) until(t testing.TB, f Fixture, last domain.Position) []domain.SequencedEvent {
	t.Helper()
	var got []domain.SequencedEvent
	for {
		e := fl.next(t, f)
		got = append(got, e)
		if e.Position >= last {
			return got
		}
	}
}

// end returns the events that are left and the error that ends the subscription.
func (fl *follower) end(t testing.TB, f Fixture) ([]domain.SequencedEvent, error) {
	t.Helper()
	var got []domain.SequencedEvent
	for {
		e := await(t, f, "the end of a subscription", fl.elements)
		if e.over {
			t.Fatal("a subscription ended without an error")
		}
		if e.err == nil {
			got = append(got, e.event)
			continue
		}
		if picture(e.event) != picture(domain.SequencedEvent{}) {
			t.Errorf("the error that ends a subscription comes with an event at position %d, want the zero event", e.event.Position)
		}
		if after := await(t, f, "the end of a subscription behind its error", fl.elements); !after.over {
			t.Errorf("a subscription goes on after the error %v", e.err)
		}
		return got, e.err
	}
}
