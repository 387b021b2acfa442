// Package application runs commands: it decides on fresh facts, appends what was
// decided under the conditions of what was read, and decides again when another
// command was faster.
//
// [Decide] is the verb:
//
//	result, err := application.Decide(ctx, store, func(d *application.Decision) error {
//		seats, mine := SeatsLeft(cmd.Course), CoursesOf(cmd.Student)
//		if err := d.Load(seats, mine); err != nil {
//			return err
//		}
//		if seats.State() == 0 {
//			return ErrCourseFull
//		}
//		return d.Record(StudentSubscribed{Student: cmd.Student, Course: cmd.Course})
//	})
//
// The function is run once per attempt. It makes its models anew each time and
// does nothing but load, decide and record: an attempt that loses leaves no
// trace. What it returns as an error is the refusal of the command; it ends the
// call and nothing is appended.
//
// An [App] adds what surrounds a command: it finds the function by the command's
// Go type, validates the command, runs middleware and logs.
//
// # Conflicts
//
// An attempt loses when an event that one of its loads would have read, or that
// it required not to exist, has been stored meanwhile. It is repeated after a
// pause: exponential with full jitter and a cap, see [Retry]. When the attempts
// are used up the error wraps the last conflict.
//
// # Commands that arrive twice
//
// With [CommandID] a command is executed once, however often and by however many
// processes it is sent: its events carry a tag made from the id, and no second
// append with that tag is accepted. Whoever comes later gets the positions of
// the first time and Repeated. It also makes an unknown outcome safe to retry. A
// command that is refused or records nothing leaves no tag and is decided anew.
package application
