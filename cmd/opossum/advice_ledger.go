package main

import "github.com/opossum-go/opossum/adapters/filesystem"

// ledgerNote is what verify says of a ledger that does not say how far the store is.
func ledgerNote(found filesystem.LedgerFinding) finding {
	note := finding{File: found.File, Want: found.Want, Got: found.Got}
	const anew = " The next process that opens the store for writing makes it anew, or opossum repair."
	if found.State == filesystem.LedgerStale {
		note.Do = "No event is lost by that: the ledger is derived from the segments, and is old where a process or the machine stopped before it was on disk, or where it could not be written." + anew
		return note
	}
	if found.State == filesystem.LedgerMissing {
		note.Got = "no such file"
	}
	note.Do = "No event is lost by that, but nothing outside of the segments says how many there were: compare the number of events with what you know." + anew
	return note
}

// adviceForUnfinished says whether an append that looks unfinished may be one that was
// acknowledged and damaged afterwards. A ledger that is there and not behind what is
// left does not settle it: it is written without a sync, and may have lost as much.
func adviceForUnfinished(ledger filesystem.LedgerState) string {
	if ledger == filesystem.LedgerCurrent {
		return "As far as the ledger knows it was never acknowledged, and nothing is lost. " +
			"But after a power cut, or where it could not be written, the ledger may be older: compare the number of events with what you know."
	}
	return "Nothing is lost if it was interrupted. " +
		"But an append that was acknowledged and damaged later looks the same, and the ledger, which would tell, is lost or old: compare the number of events with what you know."
}
