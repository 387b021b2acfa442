// Package decisiontest tests decisions: given what has happened, when a command
// arrives, then these events are recorded or this refusal is the answer.
//
//	func TestTheLastSeatIsTaken(t *testing.T) {
//		decisiontest.Given(t, CourseDefined{"c1", 1}, StudentSubscribed{"s1", "c1"}).
//			When(SubscribeStudent{Student: "s2", Course: "c1"}.Decide).
//			ThenError(ErrCourseFull)
//	}
//
// It needs no more than a [testing.TB], so it serves go test and, with GinkgoTB(),
// Ginkgo. It runs on the store in memory, on any other with [Past.On].
//
// # What it checks without being told
//
// A test of examples says nothing about what happens when two commands meet. So
// the kit runs each command several times, each time on a fresh store with the
// same past, and fails, naming the mistake, when
//
//   - an event of the past lies outside the boundary: nothing that the decision
//     reads or requires matches it. A handler or a tag is missing, in the model or
//     on the event. Events that are there to be ignored are declared with
//     [Past.Noise], and have to lie outside.
//   - something was read that no condition of the append protects, or only from a
//     later position on than the read had seen. Every append is judged: the second
//     one of a command, and the one after a conflict.
//   - the command loses its first append and does not come to the same decision
//     from the same facts: its models are made outside the function, it keeps
//     something from one attempt to the next, or it hides the conflict behind an
//     error of its own.
//   - two deciders on the same facts do not end in one winner and one conflict,
//     unless [Case.TwinsBothWin] says that this is right.
//   - an event outside of the boundary, stored in between, makes it lose. A command
//     that reads all events, or requires that there are none, has everything inside.
//   - it records other events each time: it depends on the machine's clock or on
//     chance. Use Decision.Now, and make ids part of the command.
//   - it is declared [Case.Idempotent] and would be carried out twice by a retry.
//
// A failure shows what each model folded and made of it, the conditions, and what
// would have conflicted.
//
// # Time
//
// The clock stands still, at [Noon] or where [Past.At] sets it, far from the
// machine's time on purpose. What happened longer ago is given with [Ago].
//
// # Caveats
//
// The function under test is run about ten times. It may close over variables of
// the test to write to them, but not to remember something.
//
// Each read is judged alone. A command that reads its facts page by page, with
// Limit and Before or After, and guards all pages with one condition, is told that
// the condition begins too late, although the pages fit together. Read without a
// limit and stop where enough is known.
package decisiontest
