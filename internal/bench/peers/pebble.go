package main

import (
	"context"
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/bench"
)

// pebbles keeps events, types and tags under keys of an LSM tree. A mutex makes
// check and append one step; the wait for the sync is outside of it, so that
// clients share syncs.
type pebbles struct {
	db *pebble.DB

	mu   sync.Mutex
	head domain.Position // guarded by mu
}

func openPebble(_ context.Context, dir string) (bench.Rival, error) {
	db, err := pebble.Open(dir, &pebble.Options{Logger: silent{}})
	if err != nil {
		return nil, err
	}
	return &pebbles{db: db}, nil // a contest begins with an empty store
}

// silent drops what pebble says about its files.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(text string, _ ...any) {
	panic(text)
}

func (p *pebbles) Append(_ context.Context, events []domain.Event, conditions ...domain.AppendCondition) (domain.Positions, error) {
	batch := p.db.NewBatch()
	last, err := p.apply(batch, events, conditions)
	if err == nil {
		err = batch.SyncWait()
	}
	return block(last, events), errors.Join(err, batch.Close())
}

func (p *pebbles) apply(batch *pebble.Batch, events []domain.Event, conditions []domain.AppendCondition) (domain.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conditions {
		if err := p.check(c); err != nil {
			return 0, err
		}
	}
	position := p.head
	for _, e := range events {
		position++
		err := errors.Join(batch.Set(key('e', "", position), encode(e), nil), batch.Set(key('y', e.Type, position), nil, nil))
		for _, tag := range e.Tags {
			err = errors.Join(err, batch.Set(key('t', string(tag), position), []byte(e.Type), nil))
		}
		if err != nil {
			return 0, err
		}
	}
	if err := p.db.ApplyNoSyncWait(batch, pebble.Sync); err != nil {
		return 0, err
	}
	p.head = position
	return position, nil
}

func (p *pebbles) check(c domain.AppendCondition) error {
	eventType, tag, err := boundary(c)
	if err != nil {
		return err
	}
	return p.each(key('t', string(tag), c.After+1), key('t', string(tag), ^domain.Position(0)), func(k, v []byte) error {
		if string(v) == eventType {
			return conflict(c, positionOf(k))
		}
		return nil
	})
}

// each calls do for the keys from low up to high, without high.
func (p *pebbles) each(low, high []byte, do func(k, v []byte) error) (err error) {
	keys, err := p.db.NewIter(&pebble.IterOptions{LowerBound: low, UpperBound: high})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	for ok := keys.First(); ok; ok = keys.Next() {
		if err := do(keys.Key(), keys.Value()); err != nil {
			return err
		}
	}
	return keys.Error()
}

func (p *pebbles) ReadTag(_ context.Context, tag domain.Tag) (found int, err error) {
	err = p.each(key('t', string(tag), 0), key('t', string(tag), ^domain.Position(0)), func(k, _ []byte) error {
		text, closer, err := p.db.Get(key('e', "", positionOf(k)))
		if err != nil {
			return err
		}
		_, err = decode(text)
		found++
		return errors.Join(err, closer.Close())
	})
	return found, err
}

func (p *pebbles) Close() error { return p.db.Close() }
