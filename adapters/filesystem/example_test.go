package filesystem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Two handles on one folder, as two programs would have them: both saw that the
// last seat is free, and only one of them gets it.
func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "opossum")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	seat := domain.NewTag("seat", "12A")
	reserve := func(store ports.EventStore, passenger string, seen domain.Position) error {
		_, err := store.Append(ctx,
			[]domain.Event{{Type: "SeatReserved", Tags: []domain.Tag{seat, domain.NewTag("passenger", passenger)}}},
			domain.AppendCondition{FailIfEventsMatch: domain.NewQuery(domain.Tagged(seat)), After: seen})
		return err
	}

	counter, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = counter.Close() }()
	website, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = website.Close() }()

	head, err := counter.Head(ctx) // what both have seen
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("counter:", reserve(counter, "ada", head))
	err = reserve(website, "grace", head)
	if conflict, ok := errors.AsType[*ports.ConflictError](err); ok {
		fmt.Println("website: too late,", conflict.Type, conflict.Tags, "at position", conflict.Position)
	}
	// Output:
	// counter: <nil>
	// website: too late, SeatReserved [passenger:ada seat:12A] at position 1
}

// An auditor reads a store while others may be writing to it, and changes nothing.
func ExampleOpenReadOnly() {
	ctx := context.Background()
	dir, err := makeBooks(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	store, err := filesystem.OpenReadOnly(ctx, dir, filesystem.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	result, err := store.Read(ctx, domain.NewQuery(domain.Tagged("account:1")), ports.ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range result.Events {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Position, e.Type, string(e.Data))
	}
	_, err = store.Append(ctx, []domain.Event{{Type: "Deposited"}})
	fmt.Println(err)
	// Output:
	// 1 Deposited {"cents":5000}
	// 3 Withdrawn {"cents":1200}
	// opossum: store is read-only
}

// Somebody changes an amount with a text editor. The audit says where.
func ExampleVerify() {
	ctx := context.Background()
	dir, err := makeBooks(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	report, err := filesystem.Verify(ctx, dir)
	fmt.Println(report.Events, "events in", report.Segments, "file, error:", err)

	file := filepath.Join(dir, "events", "00000000000000000001.jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(`:1200}`), []byte(`:9200}`), 1), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	_, err = filesystem.Verify(ctx, dir)
	if corrupt, ok := errors.AsType[*ports.CorruptError](err); ok {
		fmt.Println("position", corrupt.Position, "is not what was committed, see", filepath.Base(corrupt.File))
	}
	// Output:
	// 3 events in 1 file, error: <nil>
	// position 3 is not what was committed, see 00000000000000000001.jsonl
}

// makeBooks makes a store of three bookings in a new directory.
func makeBooks(ctx context.Context) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "opossum"); err != nil {
		return "", err
	}
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		return dir, err
	}
	for _, e := range []domain.Event{
		{Type: "Deposited", Tags: []domain.Tag{"account:1"}, Data: []byte(`{"cents":5000}`)},
		{Type: "Deposited", Tags: []domain.Tag{"account:2"}, Data: []byte(`{"cents":700}`)},
		{Type: "Withdrawn", Tags: []domain.Tag{"account:1"}, Data: []byte(`{"cents":1200}`)},
	} {
		if _, err := store.Append(ctx, []domain.Event{e}); err != nil {
			return dir, errors.Join(err, store.Close())
		}
	}
	return dir, store.Close()
}
