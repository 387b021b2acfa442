package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/bench"
)

// bolt keeps events, and an index of types and of tags, in three buckets.
// Appends that come together share a transaction; one that is alone does not wait
// for others.
type bolt struct {
	db      *bbolt.DB
	waiting atomic.Int64
}

var eventsBucket, typesBucket, tagsBucket = []byte("events"), []byte("types"), []byte("tags")

func openBolt(_ context.Context, dir string) (bench.Rival, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(filepath.Join(dir, "events.db"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	db.MaxBatchDelay = 200 * time.Microsecond
	return &bolt{db: db}, db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{eventsBucket, typesBucket, tagsBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bolt) Append(_ context.Context, events []domain.Event, conditions ...domain.AppendCondition) (at domain.Positions, err error) {
	update := b.db.Update
	if b.waiting.Add(1) > 1 {
		update = b.db.Batch
	}
	defer b.waiting.Add(-1)
	err = update(func(tx *bbolt.Tx) error {
		last, err := insertBolt(tx, events, conditions)
		at = block(last, events)
		return err
	})
	return at, err
}

func insertBolt(tx *bbolt.Tx, events []domain.Event, conditions []domain.AppendCondition) (domain.Position, error) {
	all, types, tags := tx.Bucket(eventsBucket), tx.Bucket(typesBucket), tx.Bucket(tagsBucket)
	for _, c := range conditions {
		eventType, tag, err := boundary(c)
		if err != nil {
			return 0, err
		}
		prefix := key('t', string(tag), 0)[:len(tag)+2]
		cursor := tags.Cursor()
		for k, v := cursor.Seek(key('t', string(tag), c.After+1)); bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
			if string(v) == eventType {
				return 0, conflict(c, positionOf(k))
			}
		}
	}
	var last domain.Position
	for _, e := range events {
		next, err := all.NextSequence()
		if err != nil {
			return 0, err
		}
		last = domain.Position(next)
		if err := all.Put(key('e', "", last), encode(e)); err != nil {
			return 0, err
		}
		if err := types.Put(key('y', e.Type, last), nil); err != nil {
			return 0, err
		}
		for _, tag := range e.Tags {
			if err := tags.Put(key('t', string(tag), last), []byte(e.Type)); err != nil {
				return 0, err
			}
		}
	}
	return last, nil
}

func (b *bolt) ReadTag(_ context.Context, tag domain.Tag) (found int, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		all, cursor := tx.Bucket(eventsBucket), tx.Bucket(tagsBucket).Cursor()
		prefix := key('t', string(tag), 0)[:len(tag)+2]
		for k, _ := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
			if _, err := decode(all.Get(key('e', "", positionOf(k)))); err != nil {
				return err
			}
			found++
		}
		return nil
	})
	return found, err
}

func (b *bolt) Close() error { return b.db.Close() }
