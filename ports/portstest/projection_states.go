package portstest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

var projectionStateRules = []ProjectionRule{
	{"the data of a state comes back byte for byte", stateDataByteForByte},
	{"version, times and position of a state come back as given, the times in UTC", stateMetadata},
	{"large batches are written as a whole", largeBatches},
	{"what a caller gave to a projection it may change afterwards", givenIsCopied},
	{"what a caller gets from a projection it may change", gotIsOwned},
}

func stateDataByteForByte(t testing.TB, f ProjectionFixture) {
	data := []string{
		"null", "true", "0", "-0", `""`, "{}", "[]", " {\n\t\"b\" : 1, \"a\":\r [ 2 ] }\n", `{"a":1,"a":2}`, "12345678901234567890123456789.10", "1e400", "1.0",
		`"<>&\u003c\u0026"`, `"\u00e4ä\/\"\\\b\n"`, `"\u0000"`, "\"\u2028\U0001f9ab\"", `"it's 100% ?1 $2 :name @x"`,
		`{"z":null,"y":[{"x":{}}],"w":` + strings.Repeat("[", 90) + strings.Repeat("]", 90) + "}",
		`"` + strings.Repeat("long ", 300_000) + `"`,
	}
	var states []ports.ProjectionState
	for n, text := range data {
		state := item(fmt.Sprint("k", n), 1)
		state.Data = json.RawMessage(text)
		states = append(states, state)
	}
	store, writer := openStock(t, f, states...)
	loaded := mustLoad(t, writer, ports.Live, strings.Fields(keysOf(states))...)
	read := collectStates(t, store.States(t.Context(), stock, everyState))
	if len(read) != len(data) {
		t.Fatalf("%d states come back, want %d", len(read), len(data))
	}
	for _, state := range read {
		var n int
		if _, err := fmt.Sscanf(state.Key, "k%d", &n); err != nil {
			t.Fatalf("the key of a state came back as %q", state.Key)
		}
		for from, got := range map[string]string{
			"States": string(state.Data), "State": string(mustState(t, store, stock, state.Key).Data), "Load": string(loaded[state.Key].Data),
		} {
			if got != data[n] {
				t.Errorf("data %.60q comes back from %s as %.60q", data[n], from, got)
			}
		}
	}
}

func stateMetadata(t testing.TB, f ProjectionFixture) {
	second := func(year int) time.Time { return time.Date(year, time.December, 31, 23, 59, 58, 999_999_999, time.UTC) }
	given := []ports.ProjectionState{
		{Key: "a", Version: 1, CreatedAt: dayOne, UpdatedAt: dayOne.Add(1), Position: 1},
		{Key: "b", Version: 1 << 30, CreatedAt: second(1), UpdatedAt: second(9999), Position: 1 << 40},
		{Key: "c", Version: 2, CreatedAt: second(1677), UpdatedAt: second(2263), Position: 1<<53 + 1},
		{Key: "d", Version: 3, CreatedAt: dayOne.In(time.FixedZone("", 2*3600)), UpdatedAt: dayOne.Add(time.Hour).In(time.FixedZone("X", -3600)), Position: 7},
	}
	for i := range given {
		given[i].Data = json.RawMessage("1")
	}
	store, writer := openStock(t, f, given...)
	loaded := mustLoad(t, writer, ports.Live, "a", "b", "c", "d")
	for _, want := range given {
		want.CreatedAt, want.UpdatedAt = want.CreatedAt.UTC(), want.UpdatedAt.UTC()
		wantState(t, store, stock, want)
		if g, w := statePicture(loaded[want.Key]), statePicture(want); g != w {
			t.Errorf("Load finds\n     %s\nwant %s", g, w)
		}
	}
}

func largeBatches(t testing.TB, f ProjectionFixture) {
	const n = 3000
	store, writer := openStock(t, f, manyItems(n, 1, "all", "shelf:1")...)
	batch := step(10, 5000, manyItems(n-500, 2, "all", "shelf:2")...)
	for i := n - 500; i < n; i++ {
		batch.Delete = append(batch.Delete, fmt.Sprintf("k%04d", i))
	}
	mustCommit(t, writer, ports.Live, batch)
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("k%04d", i))
	}
	if loaded := mustLoad(t, writer, ports.Live, keys...); len(loaded) != n-500 {
		t.Errorf("Load of %d keys finds %d, want %d", n, len(loaded), n-500)
	}
	for tag, want := range map[domain.Tag]int{"all": n - 500, "shelf:1": 0, "shelf:2": n - 500} {
		if count, err := store.CountStates(t.Context(), stock, tag); err != nil || count != want {
			t.Errorf("CountStates(%q) = %d, %v; want %d", tag, count, err, want)
		}
	}
	for _, state := range collectStates(t, store.States(t.Context(), stock, everyState)) {
		if state.Version != 2 {
			t.Fatalf("state %s has version %d, want 2", state.Key, state.Version)
		}
	}
}

// scribble overwrites everything in a state that is not a value.
func scribble(state ports.ProjectionState) {
	for i := range state.Data {
		state.Data[i] = 'x'
	}
	for i := range state.Tags {
		state.Tags[i] = "scribbled"
	}
}

func givenIsCopied(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f)
	batch := step(10, 11, item("a", 1, "shelf:1"), item("b", 1, "shelf:1"))
	batch.Delete = []string{"z"}
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(11)}, failureAt(12)
	mustCommit(t, writer, ports.Live, batch)
	for i := range batch.Put {
		scribble(batch.Put[i])
		batch.Put[i] = item("scribbled", 1)
	}
	batch.Park[0].Error = "scribbled"
	*batch.Failure = ports.ProjectionFailure{Error: "scribbled"}
	wantState(t, store, stock, item("a", 1, "shelf:1"))
	wantVersions(t, store, stock, "a1 b1")
	wantTagged(t, store, stock, "a b", "shelf:1")
	wantTagged(t, store, stock, "", "scribbled")
	wantParked(t, store, stock, parkedAt(11))
	wantInfo(t, store, stock, `stock: live v1 at 11 with 1 parked stopped at 12 "counted": "no shelf" on 2031-03-05T14:07:09.123456789Z, shadow none`)
}

func gotIsOwned(t testing.TB, f ProjectionFixture) {
	store, writer := openStock(t, f)
	batch := step(10, 11, item("a", 1, "shelf:1"), item("b", 1, "shelf:1"))
	batch.Park, batch.Failure = []ports.ParkedEvent{parkedAt(11)}, failureAt(12)
	mustCommit(t, writer, ports.Live, batch)
	before := infoPicture(mustInfo(t, store, stock))
	for range 2 {
		scribble(mustState(t, store, stock, "a"))
		for _, state := range collectStates(t, store.States(t.Context(), stock, ports.StateSelection{Tags: []domain.Tag{"shelf:1"}})) {
			scribble(state)
		}
		for _, state := range collectStates(t, writer.States(t.Context(), ports.Live)) {
			scribble(state)
		}
		loaded := mustLoad(t, writer, ports.Live, "a", "b")
		scribble(loaded["a"])
		delete(loaded, "b")
		mustParked(t, store, stock)[0] = parkedAt(4711)
		info := mustInfo(t, store, stock)
		*info.Live.Failure = ports.ProjectionFailure{Error: "scribbled"}
		info.Live.Checkpoint, info.Live.Signature = 0, "scribbled"
		infos, err := store.Projections(t.Context())
		if err != nil || len(infos) != 1 {
			t.Fatalf("Projections() = %v, %v; want one", infos, err)
		}
		*infos[0].Live = ports.CopyInfo{}
	}
	wantInfo(t, store, stock, before)
	wantState(t, store, stock, item("a", 1, "shelf:1"))
	wantLoaded(t, writer, ports.Live, []string{"a", "b"}, "a1 b1")
	if g, w := statePicture(mustLoad(t, writer, ports.Live, "a", "b")["a"]), statePicture(item("a", 1, "shelf:1")); g != w {
		t.Errorf("Load finds\n     %s\nwant %s", g, w)
	}
	wantTagged(t, store, stock, "a b", "shelf:1")
	wantParked(t, store, stock, parkedAt(11))
}
