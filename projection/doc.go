// Package projection keeps read models: states that are folded from events and
// queried by key or by tag.
//
// A [Definition] says how: a name, a version, the key of each event's state and a
// pure handler for each event type.
//
//	func Courses() *projection.Definition[Course] {
//		return projection.Define[Course]("courses", 1, projection.ByTag("course")).With(
//			projection.On(func(_ Course, e CourseDefined) Course { return Course{Title: e.Title, Capacity: e.Capacity} }),
//			projection.On(func(c Course, _ StudentSubscribed) Course { c.Students++; return c }),
//			projection.Delete[Course, CourseClosed](),
//		).Tagged(func(_ string, c Course) []domain.Tag {
//			return []domain.Tag{domain.NewTag("full", strconv.FormatBool(c.Students >= c.Capacity))}
//		})
//	}
//
// A [Runner] follows the store and keeps any number of them up to date; a [View]
// reads one, also in a process that runs none.
//
//	runner, err := projection.NewRunner(store, states, projection.Options{}, Courses(), Students())
//	go runner.Run(ctx)
//
//	courses := Courses().View(states)
//	full, err := courses.List(ctx, projection.Selection{Tags: []domain.Tag{"full:true"}})
//
// # Exactly once
//
// States and checkpoint are written in one step, and a step says at which
// checkpoint it begins, so an event is applied once whatever crashes and whoever
// else runs. The state of a projection is that of a fold over all events: [Fold] makes the
// same from a slice.
//
// That holds because handlers are pure: no clock, no I/O, nothing remembered
// between calls, and no other source of facts than the state, the event and events before
// it ([EventHandler.Related]). Side effects belong in an [Outbox].
//
// # States
//
// A state is what encoding/json makes of S and what it reads back, so S must come
// back whole: [Define] refuses unexported fields, fields that JSON leaves out, interfaces,
// functions and channels. Text is UTF-8, and no two parts of a state share memory:
// a pointer to the same thing twice, or a slice of another slice, comes back as two.
// Types with both their own MarshalJSON and their own UnmarshalJSON are taken at their
// word; those with MarshalJSON alone, and json.Number, are refused.
//
// # Rebuilding
//
// A projection that was never built, or was built by another version of its
// definition, is built in a shadow copy while readers keep the old one, and takes its
// place in one step when it has caught up. A build that was interrupted goes on where it was.
package projection
