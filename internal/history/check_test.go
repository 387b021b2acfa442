package history_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/internal/history"
	"github.com/opossum-go/opossum/ports"
)

func TestARightHistoryPasses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bend func(h *history.History)
	}{
		{"with acknowledged, refused and unknown appends", func(*history.History) {}},
		{"in any order of its calls", func(h *history.History) {
			slices.Reverse(h.Appends)
			slices.Reverse(h.Reads)
		}},
		{"when a read sees an append before that is acknowledged", func(h *history.History) {
			h.Reads[1].Invoked = 21
			h.Reads[1].Returned = 22
		}},
		{"when a read still misses an append that is not acknowledged yet", func(h *history.History) {
			h.Reads[3].Head, h.Reads[3].Returned = 4, 99
		}},
		{"when an append of unknown outcome turns up much later", func(h *history.History) {
			h.Reads[2].Head, h.Reads[3].Head = 3, 3
			h.Reads[3].Events = h.Reads[3].Events[:1]
		}},
		{"when an append of unknown outcome is not in the log", func(h *history.History) {
			h.Log = renumber(slices.Delete(h.Log, 3, 4))
			h.Appends[5].Positions = at(4, 4)
			h.Reads = nil
		}},
		{"when a store fills in the time of an event and sorts its tags", func(h *history.History) {
			h.Appends[3].Events[0].Tags = []domain.Tag{"s1", "c1", "s1"}
			h.Appends[3].Events[0].Data = []byte(` "seat1" `)
		}},
		{"when nothing was done", func(h *history.History) { *h = history.History{} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := school()
			tt.bend(&h)
			if err := h.Check(); err != nil {
				t.Errorf("Check() = %v, want nil", err)
			}
		})
	}
}

func TestABrokenHistoryIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bend func(h *history.History)
		rule history.Rule
		text string // part of the error
	}{
		{"a hole in the positions", func(h *history.History) { h.Log[4].Position = 7 }, history.Dense, "event 5 of it has position 7"},
		{"an event that nobody appended", func(h *history.History) {
			h.Log = store(h.Log, event("stranger", "seat"))
		}, history.Genuine, `position 6 is seat with the id "stranger"`},
		{"an event with other data", func(h *history.History) { h.Log[1].Data = []byte(`"x"`) }, history.Genuine, "position 2 has another data than event 0 of it"},
		{"an event with a tag less", func(h *history.History) { h.Log[3].Tags = h.Log[3].Tags[:1] }, history.Genuine, "position 4 has another set of tags"},
		{"an event of another type", func(h *history.History) { h.Log[3].Type = "seats" }, history.Genuine, "position 4 has another type"},
		{"an event of another user", func(h *history.History) { h.Log[3].Metadata.UserID = "eve" }, history.Genuine, "position 4 has another metadata"},
		{"an event that occurred at another time than its caller said", func(h *history.History) {
			h.Appends[3].Events[0].Metadata.OccurredAt = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		}, history.Genuine, "position 4 has another time of occurrence"},
		{"a torn batch", func(h *history.History) {
			h.Log = renumber(slices.Delete(h.Log, 2, 3))
		}, history.Whole, `append 1 of client "bob"`},
		{"a torn batch at the end", func(h *history.History) { h.Log = h.Log[:2] }, history.Whole, "the log ends at position 2, before event 1 of it"},
		{"a batch in another order", func(h *history.History) {
			h.Log[1], h.Log[2] = h.Log[2], h.Log[1]
			renumber(h.Log)
		}, history.Whole, "it begins at position 2"},
		{"an append that is stored twice", func(h *history.History) { h.Log = store(h.Log, h.Appends[0].Events...) }, history.Whole, "event 0 of it is at position 6 too"},
		{"an acknowledged append that is lost", func(h *history.History) { h.Log = h.Log[:4] }, history.Durable, "is not in the log, which ends at 4"},
		{"an append that is stored elsewhere", func(h *history.History) { h.Appends[0].Positions = at(2, 2) }, history.Durable, "it was acknowledged at positions 2 to 2 and stands at 1 to 1"},
		{"an append that was told too many positions", func(h *history.History) { h.Appends[0].Positions = at(1, 2) }, history.Durable, "positions 1 to 2"},
		{"a conflict that is stored all the same", func(h *history.History) { h.Log = store(h.Log, h.Appends[2].Events...) }, history.Refused, "it stands at positions 6 to 6"},
		{"an append that ended with its context and is stored all the same", func(h *history.History) {
			h.Log = store(h.Log, h.Appends[6].Events...)
		}, history.Refused, `append 6 of client "ada"`},
		{"a conflict that says nothing", func(h *history.History) { h.Appends[2].Conflict = nil }, history.Named, `append 2 of client "ada"`},
		{"a conflict with a condition that was not set", func(h *history.History) { h.Appends[2].Conflict.Condition = 3 }, history.Named, "3 conditions"},
		{"a conflict with another After", func(h *history.History) { h.Appends[2].Conflict.After = 1 }, history.Named, "condition 1 is after 0, the conflict says 1"},
		{"a conflict with an event that does not match", func(h *history.History) { h.Appends[2].Conflict.Position = 3 }, history.Named, "the first match of {s1} after 0 is at 2"},
		{"a conflict with an event that is not the first", func(h *history.History) { h.Appends[2].Conflict.Position = 4 }, history.Named, "it names position 4"},
		{"a conflict with an event up to its After", func(h *history.History) {
			h.Appends[2].Conditions[1].After, h.Appends[2].Conflict.After = 4, 4
		}, history.Named, "no event of the log matches {s1} after 4"},
		{"a conflict with no event when none matches", func(h *history.History) {
			h.Appends[2].Conflict = &ports.ConflictError{Condition: 0}
		}, history.Named, "it names position 0, and no event of the log matches {c9} after 0"},
		{"a conflict with no event when one matches", func(h *history.History) { h.Appends[2].Conflict.Position = 0 }, history.Named, "it names position 0, and the first match of {s1} after 0 is at 2"},
		{"a conflict with an event that is not in the log", func(h *history.History) { h.Appends[2].Conflict.Position = 9 }, history.Named, "it names position 9"},
		{"a conflict that describes its event wrongly", func(h *history.History) { h.Appends[2].Conflict.Tags = []domain.Tag{"s2"} }, history.Named, "it names student [s2] at position 2"},
		{"a read in the middle of a batch", func(h *history.History) { h.Reads[1].Head = 2 }, history.SeenWhole, "within a batch, positions 2 to 3"},
		{"a read beyond the log", func(h *history.History) { h.Reads[4].Head = 6 }, history.SeenWhole, "the log ends at position 5"},
		{"an append before one that was acknowledged earlier", func(h *history.History) {
			h.Appends[0].Invoked, h.Appends[0].Returned = 31, 34
			h.Reads[1].Invoked, h.Reads[1].Returned = 36, 37
		}, history.Ordered, `it stands at position 1, and position 3 was seen before by append 1 of client "bob"`},
		{"a conflict with an event that comes later", func(h *history.History) {
			h.Appends[2].Conditions[1] = no(tagged("s2"), 3)
			h.Appends[2].Conflict = &ports.ConflictError{Condition: 1, After: 3, Position: 5, Type: "seat", Tags: []domain.Tag{"c1", "s2"}}
			h.Appends[2].Invoked, h.Appends[2].Returned = 41, 59
		}, history.Justified, `it names position 5, which cannot exist before append 5 of client "bob"`},
		{"a conflict that comes before a position in front of the one it names", func(h *history.History) {
			h.Appends[2].Invoked, h.Appends[2].Returned = 16, 17
			h.Appends[0].Invoked, h.Appends[0].Returned = 18, 19
		}, history.Justified, "cannot exist before append 0"},
		{"a conflict that names the second of two conditions that fail", func(h *history.History) {
			h.Appends[2].Conditions[0] = no(ofType("student"), 2)
		}, history.FirstFailed, "it names condition 1, and condition 0, no student after 2, was broken by position 3"},
		{"a conflict that passes over a condition which was broken before the call", func(h *history.History) {
			h.Appends[2].Conditions[0] = no(ofType("seat"), 0)
			h.Appends[2].Invoked, h.Appends[2].Returned = 56, 57
		}, history.FirstFailed, "was broken by position 4"},
		{"a read that misses an acknowledged append", func(h *history.History) {
			h.Reads[4].Head, h.Reads[4].Events = 4, nil
		}, history.Recent, `position 5 was seen before by append 5 of client "bob"`},
		{"a head behind what another client saw", func(h *history.History) {
			h.Reads = append(h.Reads, history.Read{Client: "zoe", Invoked: 56, Returned: 57, Head: 3})
		}, history.Recent, `position 4 was seen before by read 2 of client "eve"`},
		{"a read of an append whose caller has not begun yet", func(h *history.History) {
			h.Appends[3].Invoked, h.Appends[3].Returned = 58, 59
		}, history.Causal, `read 2 of client "eve" (head at 4, tick 52 to 55)`},
		{"a read of what begins only later", func(h *history.History) {
			h.Appends[5].Invoked, h.Reads[2].Head, h.Reads[2].Returned = 59, 5, 58
		}, history.Causal, "position 5 cannot exist before append 5"},
		{"an append although its condition is broken", func(h *history.History) {
			h.Appends[5].Conditions[0].After = 2
		}, history.Guarded, "it stands at position 5 although its condition 0, no course|student after 2, is broken by position 3"},
		{"an append although its last condition is broken", func(h *history.History) {
			h.Appends[5].Conditions[2].After = 3
		}, history.Guarded, "condition 2, no all events after 3, is broken by position 4"},
		{"an append of unknown outcome although its condition is broken", func(h *history.History) {
			h.Appends[3].Conditions = []domain.AppendCondition{no(tagged("s1"), 0)}
		}, history.Guarded, `append 3 of client "bob"`},
		{"a read that omits an event", func(h *history.History) { h.Reads[1].Events = slices.Delete(h.Reads[1].Events, 1, 2) }, history.Exact, "event 1 of it has position 3, and 2 is the next"},
		{"a read that ends early", func(h *history.History) { h.Reads[3].Events = h.Reads[3].Events[:1] }, history.Exact, "it ends after 1 events, without position 4"},
		{"a read that goes on behind its head", func(h *history.History) { h.Reads[1].Events = slices.Clone(h.Log[:4]) }, history.Exact, "position 4 is not selected"},
		{"a read in the wrong direction", func(h *history.History) { slices.Reverse(h.Reads[4].Events) }, history.Exact, "event 0 of it has position 3, and 4 is the next"},
		{"a read over its limit", func(h *history.History) {
			h.Reads[4].Events = append(h.Reads[4].Events, h.Log[1])
		}, history.Exact, "position 2 is not selected"},
		{"a read that ignores After", func(h *history.History) { h.Reads[4].Options.After = 3 }, history.Exact, "position 3 is not selected"},
		{"a read that ignores Before", func(h *history.History) { h.Reads[4].Options.Before = 4 }, history.Exact, "event 0 of it has position 4, and 3 is the next"},
		{"a read of an event that changes", func(h *history.History) { h.Reads[1].Events[0].Data = []byte("1") }, history.Exact, "position 1 has another data than in the log"},
		{"a read of an event whose id changes", func(h *history.History) { h.Reads[1].Events[0].Metadata.ID = "x" }, history.Exact, "position 1 has another id than in the log"},
		{"a read of an event that was recorded at another time", func(h *history.History) {
			h.Reads[1].Events[0].RecordedAt = time.Time{}
		}, history.Exact, "position 1 was recorded at 0001-01-01"},
	}
	held := map[history.Rule]bool{}
	for _, tt := range tests {
		held[tt.rule] = true
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := school()
			tt.bend(&h)
			err := h.Check()
			var violation *history.ViolationError
			if !errors.As(err, &violation) || violation.Rule != tt.rule {
				t.Fatalf("Check() = %v, want the rule that %s to be broken", err, tt.rule)
			}
			for _, part := range []string{tt.text, string(tt.rule), violation.Operation, violation.Evidence} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Check() = %v\nwant it to contain %q", err, part)
				}
			}
		})
	}
	for _, rule := range []history.Rule{
		history.Dense, history.Genuine, history.Whole, history.Durable, history.Refused, history.Named, history.SeenWhole,
		history.Ordered, history.Justified, history.FirstFailed, history.Recent, history.Causal, history.Guarded, history.Exact,
	} {
		if !held[rule] {
			t.Errorf("no history here breaks the rule that %s", rule)
		}
	}
}

func TestWhatIsNoHistoryIsAnErrorAndNoViolation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bend func(h *history.History)
		want string
	}{
		{"an append without events", func(h *history.History) { h.Appends[1].Events = nil }, "history: append 1 has no events"},
		{"an event without an id", func(h *history.History) { h.Appends[1].Events[1].Metadata.ID = "" }, "history: event 1 of append 1 has no id"},
		{"two events with one id", func(h *history.History) { h.Appends[1].Events[1].Metadata.ID = "course" }, `history: event 1 of append 1 has the id "course", as event 0 of append 0 has`},
		{"an append that ends before it begins", func(h *history.History) { h.Appends[0].Returned = 3 }, "history: append 0 with the outcome acknowledged begins at tick 10 and ends at 3"},
		{"an append that is refused and never returned", func(h *history.History) { h.Appends[6].Returned = 0 }, "history: append 6 with the outcome nothing written begins at tick 62 and ends at 0"},
		{"an append that never began", func(h *history.History) { h.Appends[3].Invoked = 0 }, "history: append 3 with the outcome unknown begins at tick 0 and ends at 50"},
		{"a read that ends before it begins", func(h *history.History) { h.Reads[1].Returned = 3 }, "history: read 1 begins at tick 31 and ends at 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := school()
			tt.bend(&h)
			err := h.Check()
			var violation *history.ViolationError
			if err == nil || errors.As(err, &violation) || err.Error() != tt.want {
				t.Errorf("Check() = %v, want %s", err, tt.want)
			}
		})
	}
}
