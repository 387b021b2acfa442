package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// makeProjections makes projections of the store that makeSchool makes, in various
// conditions: project DIR
func makeProjections(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: project dir")
	}
	store, err := sqlite.Open(filepath.Join(args[0], "projections"), sqlite.Options{})
	if err != nil {
		return err
	}
	at := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	state := func(key, data string, version int, position domain.Position, tags ...domain.Tag) ports.ProjectionState {
		return ports.ProjectionState{
			Key: key, Data: json.RawMessage(data), Tags: tags, Version: version, Position: position,
			CreatedAt: at, UpdatedAt: at.Add(45 * time.Minute),
		}
	}
	courses := ports.ProjectionBatch{UpTo: 6, Put: []ports.ProjectionState{
		state("c1", `{"name":"Ceramics","students":2}`, 4, 6, "full"),
		state("c2", `{"name":"Algebra","students":1}`, 2, 5),
	}}
	students := ports.ProjectionBatch{
		UpTo: 4, Put: []ports.ProjectionState{state("ada", `{"courses":["c1"]}`, 1, 3, "from:here", "level:1"), state("bob", `{"courses":["c1"]}`, 1, 4, "level:1")},
		Park:    []ports.ParkedEvent{{Position: 2, Type: "CourseDefined", Error: "no such\ttier", Attempts: 3, At: at}},
		Failure: &ports.ProjectionFailure{Position: 5, Type: "StudentSubscribed", Error: "too many courses", At: at},
	}
	rebuilt := ports.ProjectionBatch{UpTo: 3, Put: courses.Put[:1]}
	return errors.Join(
		project(ctx, store, "courses", courses, rebuilt, "v2 CourseDefined StudentSubscribed"),
		project(ctx, store, "students", students, ports.ProjectionBatch{}, ""),
		project(ctx, store, "tried", courses, rebuilt, "dry run of v1 CourseDefined StudentSubscribed"),
		project(ctx, store, "unborn", ports.ProjectionBatch{}, rebuilt, "v2 CourseDefined"), store.Close(),
	)
}

// project makes the live copy of a projection, and a shadow of the given signature,
// where there is something in it.
func project(ctx context.Context, store *sqlite.Projections, name string, live, shadow ports.ProjectionBatch, signature string) error {
	writer, err := store.Acquire(ctx, name)
	if err != nil {
		return err
	}
	if live.UpTo > 0 {
		err = errors.Join(writer.Begin(ctx, "v1 CourseDefined StudentSubscribed"), writer.Commit(ctx, ports.Shadow, live), writer.Swap(ctx))
	}
	if shadow.UpTo > 0 {
		err = errors.Join(err, writer.Begin(ctx, signature), writer.Commit(ctx, ports.Shadow, shadow))
	}
	return errors.Join(err, writer.Release())
}

func TestAProjectionThatStoppedSaysAtWhichEvent(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{"Sold": "STOPPED at 4 (Sold): no", "": "STOPPED at 4: no"} {
		if got := stopped(&projectionRun{Failure: &ports.ProjectionFailure{Position: 4, Type: typ, Error: "no"}}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
