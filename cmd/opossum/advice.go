package main

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/opossum-go/opossum/ports"
)

// adviceFor says what to do about a damaged file.
func adviceFor(d *ports.CorruptError) string {
	file := inStore(d.File)
	folder, name := path.Split(file)
	const idle = "Move it out of the folder while no process uses the store"
	switch {
	case folder == "indexes/" && d.Want == "a regular file":
		return idle + ": no index file can be made in its place. Then opossum repair makes it from its segment, and no event is touched."
	case folder == "indexes/":
		return "Indexes are derived: opossum repair builds it again from its segment, and no event is touched."
	case file == "store.json":
		return "Keep a copy of the folder as it is; restore store.json from a backup. Its id also stands in the first line of every segment."
	case file == "ledger":
		return "Keep a copy of the whole folder as it is. If the segments are right, move the ledger out of the folder while no process uses the store; " +
			"opossum repair makes it anew."
	case file == ".lock":
		return idle + "; the next one makes it anew."
	case folder == "events/" && !isSegmentName(name):
		return idle + ", and run opossum verify again. If it is a segment that was renamed, give it its name back: the first position in its first line, with 20 digits, and .jsonl."
	}
	return "Keep a copy of the whole folder as it is. Restore this file from a backup and run opossum verify again; a segment that is not the last one never changes, of the last one a backup lacks what came later. Do not edit it: that breaks the chain from there on."
}

// inStore returns the path of a store's file below the folder of the store, with slashes.
// That folder may itself have the name of one of those in it.
func inStore(file string) string {
	folder, name := filepath.Split(file)
	folder = filepath.Clean(folder)
	store, below := filepath.Split(folder)
	if below != "events" && below != "indexes" {
		return name
	}
	if !holdsManifest(store) && holdsManifest(folder) {
		return name
	}
	return below + "/" + name
}

func holdsManifest(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, "store.json")) //nolint:gosec // whose store it is, the user says
	return err == nil
}

// isSegmentName reports whether a file among the events has the name of a segment.
func isSegmentName(name string) bool {
	digits, ok := strings.CutSuffix(name, ".jsonl")
	return ok && len(digits) == 20 && strings.Trim(digits, "0123456789") == "" && strings.Trim(digits, "0") != ""
}
