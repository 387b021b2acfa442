package terminal

import (
	"bytes"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

func at(name string, position, target domain.Position) ports.Progress {
	return ports.Progress{Projection: name, Position: position, Target: target}
}

func TestWithoutATerminalBuildsAreLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	show := asLines(&out, func() time.Time { return now })
	show(at("courses", 0, 200))
	show(at("courses", 10, 200)) // too soon for another line
	now = now.Add(linesEvery)
	show(ports.Progress{Projection: "courses", Position: 50, Target: 200, Rate: 25, Left: 6 * time.Second})
	show(ports.Progress{Projection: "students", Position: 7, Target: 200, Done: true})
	show(ports.Progress{Projection: "courses", Position: 200, Target: 200, Done: true})
	show(at("courses", 0, 0))
	const want = `building courses: position 0 of 200 (0 %)
building courses: position 50 of 200 (25 %), 25/s, 6s left
building students: ended at position 7 of 200
building courses: done, up to position 200
building courses: position 0 of 0
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestOneBarAddsUpTheBuildsThatGoOnTogether(t *testing.T) {
	t.Parallel()
	b := &builds{}
	steps := []struct {
		p           ports.Progress
		done, total int64
		running     string
	}{
		{at("a", 0, 100), 0, 100, "a"},
		{at("b", 10, 50), 10, 150, "a, b"},
		{at("a", 60, 100), 70, 150, "a, b"},
		{ports.Progress{Projection: "a", Position: 100, Target: 100, Done: true}, 110, 150, "b"},
		{ports.Progress{Projection: "b", Position: 50, Target: 50, Done: true}, 150, 150, ""},
		{at("a", 1, 2), 1, 2, "a"}, // the next bar
	}
	for i, s := range steps {
		if done, total, running := b.note(s.p); done != s.done || total != s.total || running != s.running {
			t.Errorf("step %d: got %d of %d %q, want %d of %d %q", i, done, total, running, s.done, s.total, s.running)
		}
	}
}

func TestWhatIsNoTerminalGetsLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	Progress(&out)(at("a", 1, 2))
	if got, want := out.String(), "building a: position 1 of 2 (50 %)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestABarNamesWhatIsBuilt(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	show := asBar(&out)
	show(at("courses", 1, 2))
	show(ports.Progress{Projection: "courses", Position: 2, Target: 2, Done: true})
	if !bytes.Contains(out.Bytes(), []byte("building courses")) {
		t.Errorf("the bar %q does not name the projection", out.String())
	}
}
