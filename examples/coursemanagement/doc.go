// Package coursemanagement is a school in events: students register and choose a
// subscription, courses have seats, and beside enrolment there are announcements,
// exam tokens, course books and invoices.
//
// It is the second full example of this module, and each file is one subject: its
// events, the decision models that ask about them, and the commands that answer
// with an event or a [Refusal].
//
//	students.go       registration with unique e-mail, subscription tiers
//	courses.go        courses and their capacity
//	enrolment.go      one decision over course, student and the pair of both
//	announcements.go  an idempotency token that a retraction frees
//	exams.go          tokens that are redeemed once
//	books.go          prices, and 30 minutes of grace for the price that was shown
//	orders.go         one condition over all books of a cart
//	invoices.go       numbers without gaps
//	shortinfos.go     lists of students and courses, queried by tag: projections
//	details.go        one student, one course, with names and titles: projections
//	queries.go        invoices, folded when they are asked for
//
// Run a command with [application.Decide], or register all of them with [Register].
// Run the projections with a [projection.Runner], see [Projections].
// The program in folder seed fills a store with the data of a whole term.
//
// # Time and money
//
// No command says what time it is: time is [application.Decision.Now], and what an
// event carries as the time it occurred. Money is in whole [Cents] of one currency.
//
// # Caveats
//
// No limit is lowered below what is used: a capacity never goes below the students
// enrolled, a tier never below the courses taken. Nobody leaves a course here.
//
// Names and e-mail addresses are stored in the clear, in the data of events. The
// tag of an address is a hash of it, which keeps it out of indexes and logs but
// can be guessed by whoever knows the address.
package coursemanagement
