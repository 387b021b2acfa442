package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// edit replaces text in files, once in each: edit OLD NEW FILE...
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: edit old new file...")
	}
	for _, name := range args[2:] {
		path := ts.MkAbs(name)
		text, err := os.ReadFile(path)
		ts.Check(err)
		if !bytes.Contains(text, []byte(args[0])) {
			ts.Fatalf("%s does not hold %q", name, args[0])
		}
		ts.Check(os.WriteFile(path, bytes.Replace(text, []byte(args[0]), []byte(args[1]), 1), 0o600))
	}
}

// snapshots are those of the scripts that run, by script.
var snapshots sync.Map

// snapshot notes every byte below a directory: snapshot DIR
func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: snapshot dir")
	}
	taken := contents(ts, args[0])
	ts.Setenv("SNAPSHOT", args[0])
	snapshots.Store(ts, taken)
	ts.Defer(func() { snapshots.Delete(ts) })
}

// unchanged checks that every byte is as it was: unchanged
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: unchanged")
	}
	before, ok := snapshots.Load(ts)
	if !ok {
		ts.Fatalf("there is no snapshot")
	}
	dir := ts.Getenv("SNAPSHOT")
	now := contents(ts, dir)
	if !maps.Equal(before.(map[string]string), now) {
		ts.Fatalf("%s has changed:\n%q\nwas\n%q", dir, now, before)
	}
}

func contents(ts *testscript.TestScript, dir string) map[string]string {
	all := map[string]string{}
	root := ts.MkAbs(dir)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			all[path] = "directory"
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	ts.Check(err)
	return all
}
