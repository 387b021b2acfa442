// Package filesystem keeps events in a folder of plain files that several
// processes of one machine may use at the same time. There is no server and no
// daemon; the folder is the store.
//
//	store.json                            format, store id, created, mode
//	.lock                                 append lock between processes
//	.turn                                 who is to have that lock next
//	ledger                                committed head, one line, derived
//	events/00000000000000000001.jsonl     segments, named by their first position
//	indexes/00000000000000000001.idx      index of a segment that is sealed, derived
//
// Segments are JSON Lines: one line an event, then one commit line that closes
// the batch. Open them with a text editor, grep or jq; never write to them. While a
// store is open, blank lines at the end of the last segment are room for what
// comes.
//
// # How an append is made
//
// Under the append lock the store catches up with what other processes committed,
// checks the conditions, writes the batch with its commit line at the end of the
// last segment and syncs the file once; two more syncs begin a new segment. Then it publishes the new head in the
// ledger, without a second sync, and returns. A batch counts only when its commit
// line fits it, so a crash at any moment leaves all of it or none. Appends that wait
// at the same time share one batch; each has its own conditions and its own answer.
//
// # How a read finds events
//
// The last segment has its index in memory. When another one follows, it is sealed:
// its index goes to a file of its own, and both are mapped when they are needed.
// Index files can be deleted at any time, and one that is damaged is made anew; no
// answer depends on one whose checksums do not fit. What else stands in their folder is
// never read; [Verify] and [RepairDir] tell of it.
//
// # Recovery
//
// What stands behind the ledger's head was never acknowledged by a process that
// is still alive. The next store that takes the lock looks at it: whole batches
// are written again in place and synced, and so adopted, an unfinished one is cut
// off and reported (see [Store.Repairs]). Damage anywhere else is refused with a
// [ports.CorruptError] that names file, offset, want and got; the store neither
// reads past it nor appends behind it.
//
// After a failed write or sync nothing that the operating system still holds in
// memory is believed. The store cuts off what the append may have written; when
// that succeeds, nothing was written, and the error says so. Otherwise the append
// returns [ports.ErrUnknownOutcome], and the next read or append begins with the
// same recovery: a read that returns shows the events, or they will never be there.
//
// The ledger is derived and made anew when it is missing, stale or not whole. While it
// is missing or not whole, a read that finds something behind what it knows asks the
// append lock what is committed. When the ledger cannot be written after a commit, the append succeeds all the same, other processes
// see its events a moment later, and the write is tried again until it succeeds; should
// the process die before, with the next append of any process or the next [Open]. But one
// that is whole and contradicts the segments is refused: either committed events are
// lost, or it is the ledger of another store or of another copy of this one. The error
// names both files and says what to do in either case. Without store.json nothing says
// which store the segments belong to: that is damage too, and never a reason to begin
// a new store.
//
// # What is assumed of the machine
//
// Process death anywhere and power loss with any loss of unsynced data are
// covered. A disk that acknowledges a sync and forgets the data is detected where
// possible, not prevented. The folder must be on a local disk: on network drives
// a lock does not protect a client that was cut off.
//
// # Caveats
//
// Opening reads the last segment, and every one that has no index file. What is
// damaged inside of a sealed segment is noticed when it is read, or by [Verify].
// Do not delete or replace files of a store while a process has it open, other than
// index files; an append that notices refuses with an error.
package filesystem
