package index

import (
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

// Check compares everything that the file says with what the segment itself says:
// info and m, made from its lines. It returns nil when every query is answered
// alike; otherwise an error that wraps [ErrDamaged] and names the first difference.
// It needs shared access to m.
func (s *Sidecar) Check(info Info, m *Memory) error {
	if m.First() != info.First || m.Last() != info.Last {
		return fmt.Errorf("positions %d to %d cannot be compared with a segment of %d to %d", m.First(), m.Last(), info.First, info.Last)
	}
	if err := s.blocks.checkAll(); err != nil {
		return err
	}
	if err := s.checkInfo(info); err != nil {
		return err
	}
	types, tags := m.types.sorted(), m.tags.sorted()
	if err := s.types.check("type", types, s.First()); err != nil {
		return err
	}
	if err := s.tags.check("tag", tags, s.First()); err != nil {
		return err
	}
	if err := s.checkColumn(m, types); err != nil {
		return err
	}
	for i, want := range m.entries {
		got, err := s.Entry(s.First() + domain.Position(i))
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%w: position %d: want the line at %+v, got %+v", ErrDamaged, s.First()+domain.Position(i), want, got)
		}
	}
	return nil
}

func (s *Sidecar) checkInfo(want Info) error {
	got := s.Info()
	for _, field := range []struct {
		name      string
		want, got any
	}{
		{"store", want.Store, got.Store},
		{"first position", want.First, got.First},
		{"last position", want.Last, got.Last},
		{"length of the segment", want.Bytes, got.Bytes},
		{"chain before the segment", want.Start, got.Start},
		{"chain after the segment", want.End, got.End},
		{"form of the lines", want.Canonical, got.Canonical},
		{"time of the last event", want.RecordedAt.UTC().Round(0), got.RecordedAt},
	} {
		if field.want != field.got {
			return fmt.Errorf("%w: %s: want %v, got %v", ErrDamaged, field.name, field.want, field.got)
		}
	}
	return nil
}

// check compares a dictionary and its lists.
func (t *storedTerms) check(kind string, want []namedList, first domain.Position) error {
	if t.sizes.terms != len(want) {
		return fmt.Errorf("%w: want %d different %ss, got %d", ErrDamaged, len(want), kind, t.sizes.terms)
	}
	for id, w := range want {
		_, name, err := t.get(id)
		if err != nil {
			return err
		}
		if string(name) != w.name {
			return fmt.Errorf("%w: want %s %q, got %q", ErrDamaged, kind, w.name, name)
		}
		found, ok, err := t.find(w.name)
		if err != nil {
			return err
		}
		if !ok || int(found.id) != id || found.count != len(w.events) {
			return fmt.Errorf("%w: %s %q: want %d events as number %d, got %d as number %d (found: %t)",
				ErrDamaged, kind, w.name, len(w.events), id, found.count, found.id, ok)
		}
		if err := checkList(t.open(found), w.events, first); err != nil {
			return fmt.Errorf("%s %q: %w", kind, w.name, err)
		}
	}
	return nil
}

// checkList compares a list with what it should hold.
func checkList(l list, want []uint32, first domain.Position) error {
	from := 0
	for _, event := range want {
		got, err := l.seek(from, forwards)
		if err != nil {
			return err
		}
		if got != int(event) {
			return fmt.Errorf("%w: want position %d next, got %d", ErrDamaged, first+domain.Position(event), first+domain.Position(got))
		}
		from = got + 1
	}
	if got, err := l.seek(from, forwards); got != none || err != nil {
		return fmt.Errorf("%w: want no position after %d, got %d (%v)", ErrDamaged, first+domain.Position(from-1), first+domain.Position(got), err)
	}
	return nil
}

// checkColumn compares the type of each event.
func (s *Sidecar) checkColumn(m *Memory, sorted []namedList) error {
	places := make([]uint32, len(sorted))
	for place, t := range sorted {
		places[t.id] = uint32(place)
	}
	for event := range m.entries {
		id, _ := m.column.at(event)
		got, err := s.column.at(event)
		if err != nil {
			return err
		}
		if want := places[id]; got != want {
			return fmt.Errorf("%w: position %d: want type %q, number %d, got number %d",
				ErrDamaged, s.First()+domain.Position(event), sorted[want].name, want, got)
		}
	}
	return nil
}
