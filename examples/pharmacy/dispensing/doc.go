// Package dispensing is the domain of the pharmacy example: what happens in a
// small pharmacy that handles controlled substances, as events, and the rules
// that decide which intentions become events.
//
// It is a demonstration. It takes paper prescriptions, or electronic ones that
// another system has verified; it is not certified for electronic prescriptions
// of controlled substances (EPCS), it is no legal advice, and the citations are
// pointers for a reader, not a statement of the law. The rules of states, payers
// and hospitals are mostly absent; see [Policy] for the ones that can be set.
//
// # How a command becomes events
//
// Every command is a struct in one of the commands files. [Register] wires all
// of them to an application. A command that breaks a rule is answered with a
// [*Refusal]; errors.Is(err, ErrRefused) holds and nothing is stored. Time is
// never an input of a rule: it is taken from the application's clock and stored
// in the event's At field.
//
// # Facts and intentions
//
// Facts of the physical world are never refused: a delivery, a loss, a theft, a
// difference found in counting is always recordable. What is refused is an
// intention: to dispense, to adjust, to destroy, to transfer. Waste asks for a
// witness; where there is none, the same fact is recordable as a loss.
//
// # Quantities and places
//
// Quantities are whole numbers of the lot's dispensing unit (tablets, millilitres,
// milligrams of an injectable). There are no fractions. One store holds the
// events of one registered location, so nothing in here names a site.
//
// # Prescription numbers
//
// The system assigns prescription numbers: 1, 2, 3, … without gaps, in the order
// of acceptance. The number printed on the paper form is kept beside it (Form)
// and may be used once, unless the prescription it led to was voided.
//
// # Not here
//
// Personal data is stored in the clear. A request for erasure is refused while
// records must be kept, with the legal basis; what would happen afterwards,
// destroying a patient's key so that the data becomes unreadable while totals and
// chain stay intact, is not built.
package dispensing
