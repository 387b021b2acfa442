package portstest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionParkedRules = []ProjectionRule{
	{"parked events are listed by position and counted", parkedInOrder},
	{"an event that is parked again replaces what was parked at its position", parkedAgain},
	{"an event that is unparked leaves the list", unparked},
	{"parked events come back as given", parkedAsGiven},
	{"a commit with a failure stops the copy, the next one without goes on", failureSetAndCleared},
	{"a failure comes back as given", failureAsGiven},
}

// wantParked compares all parked events of a projection.
func wantParked(t testing.TB, store ports.ProjectionReader, name string, want ...ports.ParkedEvent) {
	t.Helper()
	if g, w := parkedPicture(mustParked(t, store, name)), parkedPicture(want); g != w {
		t.Errorf("the parked events are\n     %s\nwant %s", g, w)
	}
}

func parkedPicture(events []ports.ParkedEvent) string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = fmt.Sprintf("%d %q: %q tried %d, on %s", e.Position, e.Type, e.Error, e.Attempts, e.At.Format(time.RFC3339Nano))
	}
	return strings.Join(out, "\n     ")
}

func parking(after, upTo domain.Position, events ...ports.ParkedEvent) ports.ProjectionBatch {
	return ports.ProjectionBatch{After: after, UpTo: upTo, Park: events}
}

func parkedInOrder(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, parking(10, 120, parkedAt(100), parkedAt(9)))
	wantParked(t, store, stock, parkedAt(9), parkedAt(100))
	mustCommit(t, writer, ports.Live, parking(120, 3000, parkedAt(2000), parkedAt(20)))
	mustCommit(t, writer, ports.Live, step(3000, 3001, item("a", 2)))
	wantParked(t, store, stock, parkedAt(9), parkedAt(20), parkedAt(100), parkedAt(2000))
	wantInfo(t, store, stock, "stock: live v1 at 3001 with 4 parked, shadow none")
}

func parkedAgain(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, parking(10, 20, parkedAt(11), parkedAt(12)))
	again := ports.ParkedEvent{Position: 11, Type: "counted", Error: "still no shelf", Attempts: 2, At: dayOne.Add(time.Hour)}
	mustCommit(t, writer, ports.Live, parking(20, 20, again))
	wantParked(t, store, stock, again, parkedAt(12))
	wantInfo(t, store, stock, "stock: live v1 at 20 with 2 parked, shadow none")
}

func unparked(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	mustCommit(t, writer, ports.Live, parking(10, 20, parkedAt(11), parkedAt(12), parkedAt(13)))
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{
		After: 20, UpTo: 20, Unpark: []domain.Position{12, 9, 4711}, Park: []ports.ParkedEvent{parkedAt(14)}, Put: itemsOf("b"),
	})
	wantParked(t, store, stock, parkedAt(11), parkedAt(13), parkedAt(14))
	wantInfo(t, store, stock, "stock: live v1 at 20 with 3 parked, shadow none")
	wantVersions(t, store, stock, "a1 b1")
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 20, UpTo: 20, Unpark: []domain.Position{11, 13, 14}})
	wantParked(t, store, stock)
	mustCommit(t, writer, ports.Live, parking(20, 21, parkedAt(12)))
	wantParked(t, store, stock, parkedAt(12))
}

func parkedAsGiven(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f)
	want := []ports.ParkedEvent{
		{Position: 1, Type: `it's "quoted"; -- 100%`, Error: "line one\nline two\t\\ 'x' \"y\" %d ü 🦫 <&>", Attempts: 3, At: dayOne},
		{Position: 2, Type: "ä", Error: "", Attempts: 1_000_000, At: time.Date(2, 1, 1, 0, 0, 0, 1, time.UTC)},
		{Position: 3, Type: "late", Error: strings.Repeat("long ", 5000), Attempts: 1, At: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)},
	}
	given := append([]ports.ParkedEvent{}, want...)
	given[0].At = dayOne.In(time.FixedZone("", 3*3600))
	mustCommit(t, writer, ports.Live, parking(10, 11, given...))
	wantParked(t, store, stock, want...)
}

func failureSetAndCleared(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f, itemsOf("a")...)
	const stopped = ` stopped at 13 "counted": "no shelf" on 2031-03-05T14:07:09.123456789Z`
	batch := step(10, 12, item("a", 2))
	batch.Failure = failureAt(13)
	mustCommit(t, writer, ports.Live, batch)
	wantInfo(t, store, stock, "stock: live v1 at 12"+stopped+", shadow none")
	wantVersions(t, store, stock, "a2")
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 12, UpTo: 12, Failure: failureAt(13)})
	wantInfo(t, store, stock, "stock: live v1 at 12"+stopped+", shadow none")
	mustBegin(t, writer, "v2")
	wantInfo(t, store, stock, "stock: live v1 at 12"+stopped+", shadow v2 at 0")
	mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 12, UpTo: 12})
	wantInfo(t, store, stock, "stock: live v1 at 12, shadow v2 at 0")
	mustCommit(t, writer, ports.Shadow, ports.ProjectionBatch{UpTo: 12, Failure: failureAt(13)})
	wantInfo(t, store, stock, "stock: live v1 at 12, shadow v2 at 12"+stopped)
}

func failureAsGiven(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f)
	failures := []ports.ProjectionFailure{
		{Position: 11, Type: `it's "quoted"`, Error: "line one\nline two\t\\ 'x' \"y\" %d ü 🦫 <&>", At: dayOne},
		{Position: 12, Type: "ä", Error: strings.Repeat("long ", 5000), At: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)},
	}
	for _, want := range failures {
		given := want
		given.At = given.At.In(time.FixedZone("", -5*3600))
		mustCommit(t, writer, ports.Live, ports.ProjectionBatch{After: 10, UpTo: 10, Failure: &given})
		got := mustInfo(t, store, stock).Live.Failure
		if got == nil {
			t.Fatal("the live copy has no failure")
		}
		if g, w := failurePicture(*got), failurePicture(want); g != w {
			t.Errorf("the failure is\n     %s\nwant %s", g, w)
		}
	}
}
