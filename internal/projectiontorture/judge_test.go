package projectiontorture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// What has to hold.
const (
	ruleFold    = "a copy is the fold of the log up to its checkpoint"
	ruleTags    = "queries by tag agree with the states"
	ruleParked  = "what cannot be applied is parked, and nothing else"
	ruleCopy    = "a copy is of a definition that was run"
	ruleLock    = "the lock of a process that died is free"
	ruleHead    = "projections get to the head of the store"
	ruleLetters = "the outbox delivers each event in order, again only where a process died"
	ruleEnds    = "a process does not end by itself, and ends when it is told to"
	ruleTrouble = "a runner meets no trouble"
)

// finding is something that does not hold.
type finding struct{ rule, evidence string }

// Error implements error.
func (f *finding) Error() string { return f.rule + ": " + f.evidence }

// judge holds the live copies of all models against the log, and with quiet, when
// nobody runs them, the shadows and the locks too.
func (w *world) judge(ctx context.Context, states ports.ProjectionStore, quiet bool) error {
	for _, m := range models {
		if err := w.judgeLive(ctx, states, m); err != nil {
			return fmt.Errorf("projection %s: %w", m.name, err)
		}
		if !quiet {
			continue
		}
		if err := w.judgeShadow(ctx, states, m); err != nil {
			return fmt.Errorf("shadow of projection %s: %w", m.name, err)
		}
	}
	return w.judgeLetters(ctx, states, quiet)
}

// judgeLive judges what readers see of a model at one moment.
func (w *world) judgeLive(ctx context.Context, states ports.ProjectionReader, m model) error {
	for {
		before, err := states.Projection(ctx, m.name)
		if err != nil {
			return err
		}
		seen, err := see(ctx, states, m.name)
		if err != nil {
			return err
		}
		after, err := states.Projection(ctx, m.name)
		if err != nil {
			return err
		}
		if reflect.DeepEqual(before.Live, after.Live) { // otherwise it was more than one moment
			return w.judgeSeen(m, before.Live, seen)
		}
	}
}

// sight is what a reader sees of a copy.
type sight struct {
	states []ports.ProjectionState
	count  int
	parked []ports.ParkedEvent
	// tagged are the keys found by one or two tags, counted how many there are.
	tagged  map[[2]domain.Tag][]string
	counted map[[2]domain.Tag]int
}

// queries are the tags that are looked for, one or two at a time.
var queries = func() [][2]domain.Tag {
	single := []domain.Tag{itemTag("apple"), "odd:true", "odd:false", "item:nobody"}
	for _, s := range shelves {
		single = append(single, shelfTag(s))
	}
	var all [][2]domain.Tag
	for i, a := range single {
		all = append(all, [2]domain.Tag{a})
		if i%2 == 0 {
			all = append(all, [2]domain.Tag{a, "odd:true"})
		}
	}
	return all
}()

func tagsOf(pair [2]domain.Tag) []domain.Tag {
	return slices.DeleteFunc(slices.Clone(pair[:]), func(t domain.Tag) bool { return t == "" })
}

func see(ctx context.Context, states ports.ProjectionReader, name string) (s sight, err error) {
	if s.states, err = collect(states.States(ctx, name, ports.StateSelection{})); err != nil {
		return s, err
	}
	if s.count, err = states.CountStates(ctx, name); err != nil {
		return s, err
	}
	if s.parked, err = states.Parked(ctx, name); err != nil {
		return s, err
	}
	s.tagged, s.counted = make(map[[2]domain.Tag][]string), make(map[[2]domain.Tag]int)
	for _, query := range queries {
		if name != "places" && query != queries[0] {
			continue // the others have no tags
		}
		found, err := collect(states.States(ctx, name, ports.StateSelection{Tags: tagsOf(query)}))
		if err != nil {
			return s, err
		}
		for _, state := range found {
			s.tagged[query] = append(s.tagged[query], state.Key)
		}
		if s.counted[query], err = states.CountStates(ctx, name, tagsOf(query)...); err != nil {
			return s, err
		}
	}
	return s, nil
}

func collect(states iter.Seq2[ports.ProjectionState, error]) ([]ports.ProjectionState, error) {
	var all []ports.ProjectionState
	for s, err := range states {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (w *world) judgeSeen(m model, info *ports.CopyInfo, s sight) error {
	if err := w.judgeCopy(m, info, s.states); err != nil {
		return err
	}
	if s.count != len(s.states) {
		return &finding{ruleTags, fmt.Sprintf("%d states are counted and %d found", s.count, len(s.states))}
	}
	for query, counted := range s.counted {
		var want []string
		keys := s.tagged[query]
		for _, state := range s.states {
			if !slices.ContainsFunc(tagsOf(query), func(t domain.Tag) bool { return !slices.Contains(state.Tags, t) }) {
				want = append(want, state.Key)
			}
		}
		if !slices.Equal(keys, want) || counted != len(want) {
			return &finding{ruleTags, fmt.Sprintf("by %q %q are found and %d counted, and %q have these tags", tagsOf(query), keys, counted, want)}
		}
	}
	return w.judgeParked(m, info, s.parked)
}

func (w *world) judgeParked(m model, info *ports.CopyInfo, parked []ports.ParkedEvent) error {
	var got, want []domain.Position
	for _, p := range parked {
		got = append(got, p.Position)
		if p.Type != "Odd" || p.Attempts < 2 || !strings.Contains(p.Error, "it is wrong") || p.At.IsZero() {
			return &finding{ruleParked, fmt.Sprintf("%+v", p)}
		}
	}
	count := 0
	if info != nil {
		count = info.Parked
		for _, e := range w.upTo(info.Checkpoint) {
			if m.parks(e) {
				want = append(want, e.Position)
			}
		}
	}
	if !slices.Equal(got, want) || count != len(want) {
		return &finding{ruleParked, fmt.Sprintf("positions %d are parked, %d by count, want %d", got, count, want)}
	}
	return nil
}

// judgeCopy holds states against the fold. A copy that does not exist has none.
func (w *world) judgeCopy(m model, info *ports.CopyInfo, states []ports.ProjectionState) error {
	if info == nil {
		if len(states) > 0 {
			return &finding{ruleFold, fmt.Sprintf("there is no copy, and it has %d states", len(states))}
		}
		return nil
	}
	if info.Failure != nil {
		return &finding{ruleTrouble, fmt.Sprintf("it has stopped: %+v", *info.Failure)}
	}
	var version int
	if _, err := fmt.Sscanf(strings.TrimPrefix(info.Signature, "dry run of "), "v%d ", &version); err != nil || version < 1 || version > w.versions[m.name] {
		return &finding{ruleCopy, fmt.Sprintf("its signature is %q, and version %d is run", info.Signature, w.versions[m.name])}
	}
	if info.Checkpoint > domain.Position(len(w.log)) {
		return &finding{ruleCopy, fmt.Sprintf("its checkpoint is %d, and the log ends at %d", info.Checkpoint, len(w.log))}
	}
	want, err := m.fold(version, w.upTo(info.Checkpoint))
	if err != nil {
		return err
	}
	keys := slices.Sorted(maps.Keys(want))
	for i, got := range states {
		if i >= len(keys) || got.Key != keys[i] {
			return &finding{ruleFold, fmt.Sprintf("at checkpoint %d its keys are %q, want %q", info.Checkpoint, keysOf(states), keys)}
		}
		if what := differs(got, want[got.Key]); what != "" {
			return &finding{ruleFold, fmt.Sprintf("at checkpoint %d of %d the %s of state %q differs: got %s\nwant %s", info.Checkpoint, len(w.log), what, got.Key, show(got), show(want[got.Key]))}
		}
	}
	if len(states) < len(keys) {
		return &finding{ruleFold, fmt.Sprintf("at checkpoint %d its keys are %q, want %q", info.Checkpoint, keysOf(states), keys)}
	}
	return nil
}

func keysOf(states []ports.ProjectionState) []string {
	keys := make([]string, len(states))
	for i, s := range states {
		keys[i] = s.Key
	}
	return keys
}

func show(s ports.ProjectionState) string {
	return fmt.Sprintf("%s tags %q version %d created %v updated %v position %d", s.Data, s.Tags, s.Version, s.CreatedAt, s.UpdatedAt, s.Position)
}

// differs says in what, "" for nothing.
func differs(got, want ports.ProjectionState) string {
	switch {
	case !bytes.Equal(got.Data, want.Data):
		return "data"
	case !slices.Equal(got.Tags, want.Tags):
		return "set of tags"
	case got.Version != want.Version:
		return "version"
	case got.Position != want.Position:
		return "position"
	case !got.CreatedAt.Equal(want.CreatedAt):
		return "time of creation"
	case !got.UpdatedAt.Equal(want.UpdatedAt):
		return "time of the last change"
	}
	return ""
}

// judgeShadow looks at a build that was interrupted. Nobody may have the projection.
func (w *world) judgeShadow(ctx context.Context, states ports.ProjectionStore, m model) (err error) {
	writer, err := states.Acquire(ctx, m.name)
	if errors.Is(err, ports.ErrProjectionBusy) {
		return &finding{ruleLock, err.Error()}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, writer.Release()) }()
	info, err := states.Projection(ctx, m.name)
	if err != nil || info.Shadow == nil {
		return err
	}
	shadow, err := collect(writer.States(ctx, ports.Shadow))
	if err != nil {
		return err
	}
	return w.judgeCopy(m, info.Shadow, shadow)
}
