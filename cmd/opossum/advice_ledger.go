package main

import "github.com/opossum-go/opossum/adapters/filesystem"

// ledgerNote is what verify says of a ledger that does not say how far the store is.
func ledgerNote(found filesystem.LedgerFinding) finding {
	note := finding{File: found.File, Want: found.Want, Got: found.Got}
	const anew = " The next process that opens the store for writing makes it anew, or opossum repair."
	if found.State == filesystem.LedgerStale {
		note.Do = "No event is lost: the ledger is derived from the segments, and is old where the machine stopped before it was on disk." + anew
		return note
	}
	if found.State == filesystem.LedgerMissing {
		note.Got = "no such file"
	}
	note.Do = "No event is lost by that, but nothing outside of the segments says how many there were: compare the number of events with what you know." + anew
	return note
}

// adviceForUnfinished says whether an append that looks unfinished may be one that was
// acknowledged and damaged afterwards: a ledger that is there and not old tells.
func adviceForUnfinished(ledger filesystem.LedgerState) string {
	if ledger == filesystem.LedgerCurrent {
		return "The ledger says that it was never acknowledged, so nothing is lost."
	}
	return "Nothing is lost if it was interrupted. But an append that was acknowledged and damaged later looks the same, and the ledger, which would tell, is lost or old: compare the number of events with what you know."
}
