// Package opossum is the front page of Opossum's documentation; it has no code.
//
// Opossum is an event store and a hexagonal domain framework for Go that needs no
// server: the events live in a folder of plain, readable files, and several
// processes may use one folder at the same time. Consistency is decided per
// command (Dynamic Consistency Boundary, see https://dcb.events): read the facts
// that a decision depends on, decide, append under the condition that nothing that
// matters has arrived since.
//
// # In a few lines
//
// Open a folder, and let a function decide on what it loaded. When another process
// was faster, the function is run again on the new facts:
//
//	store, err := filesystem.Open(ctx, "events", filesystem.Options{})
//	result, err := application.Decide(ctx, store, func(d *application.Decision) error {
//		seats := SeatsLeft("c1") // a decision model: a fold whose query follows from its handlers
//		if err := d.Load(seats); err != nil {
//			return err
//		}
//		if seats.State() == 0 {
//			return ErrCourseFull
//		}
//		return d.Record(StudentSubscribed{Student: "s1", Course: "c1"})
//	})
//
// # Where things are
//
//   - [github.com/opossum-go/opossum/domain]: the values: events, tags, queries,
//     positions and append conditions, with their limits
//   - [github.com/opossum-go/opossum/ports]: the contracts of an event store and of a
//     store of projections, and their errors; every adapter keeps them, and portstest
//     below it proves that
//   - [github.com/opossum-go/opossum/decision]: typed events and decision models
//   - [github.com/opossum-go/opossum/application]: commands: load, decide, append,
//     retry, once per command id
//   - [github.com/opossum-go/opossum/projection]: read models that are kept up to date,
//     found by key or tag and built anew; outboxes, which tell the world of events;
//     projectiontest below it tests them
//   - [github.com/opossum-go/opossum/adapters/filesystem]: the store in a folder
//   - [github.com/opossum-go/opossum/adapters/sqlite]: projections in files, which
//     several processes share
//   - [github.com/opossum-go/opossum/adapters/memory]: both stores in memory, for tests
//     and for the beginning
//   - cmd/opossum: the command line: lists, checks and mends stores, and measures disks
//   - examples/pharmacy: a program with all of it: go run ./examples/pharmacy
//   - ADR: why things are as they are, each decision with the tests that hold it
//
// # Words
//
// An event is a fact with a type, tags and data. A tag names one thing that an
// event is about. A query selects events by type and tag. A position is an event's
// place in the one order of its store, and the head is the last of them. A
// condition guards an append with a query; a conflict is a condition that did not
// hold. A decision model folds the events that a decision depends on into a state. A
// projection folds events into states that people look at, and its checkpoint is the
// last position that it has taken into account. An outbox does something in the
// outside world for each event.
package opossum
