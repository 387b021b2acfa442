// Package invoicenumber is the example of https://dcb.events about invoices that
// are numbered 1, 2, 3 and so on, without gap and without duplicate.
//
// The next number follows from the last invoice, wherever it was written, and an
// invoice is stored on the condition that no other one has come since. Two
// clerks, threads or processes that arrive at the same number therefore get it
// once: the slower one decides again. There is no counter to lock, and none that
// could disagree with the invoices.
//
// [NextNumber] folds the last invoice only ([decision.Model.Latest]): the store is
// read backwards with limit 1, so the millionth invoice costs what the first did.
// The site describes both ways; the numbers are the same.
//
// All invoices share one boundary, which is what a gapless sequence means. Where
// gaps are allowed, let numbers follow from something that fewer people share.
package invoicenumber
