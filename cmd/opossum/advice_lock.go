package main

import (
	"fmt"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

// lockNotes are what verify says when the append lock, at path, kept it from looking at
// everything, or is something that no process can take.
func lockNotes(path string, report filesystem.Report) (notes []finding) {
	for _, d := range damageIn(report.LockFault) {
		notes = append(notes, finding{
			File: d.File, Want: d.Want, Got: d.Got, Do: "No process can open the store for writing. " + adviceFor(d),
		})
	}
	if report.Unread == 0 {
		return notes
	}
	note := finding{
		File: path, Got: fmt.Sprintf("a process holds the lock; %s behind the last event that is known to be committed were not looked at", counted(domain.Position(report.Unread), "byte")),
		Do: "It may be writing them, or may be unable to write the ledger, which says what is committed. Run opossum verify again when no process appends.",
	}
	if report.LockFault != nil {
		note.Got = fmt.Sprintf("%s behind the last event that is known to be committed were not looked at, as the lock does not say whether a process is writing them: %s",
			counted(domain.Position(report.Unread), "byte"), oneLine(report.LockFault))
		note.Do = "Run opossum verify again as a user who may open the lock, or when it is a file again."
	}
	return append(notes, note)
}
