//go:build unix

package filesystem_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/domain"
)

func init() { roles["unallowed"] = playUnallowed }

const nobody = 65534

// attempt is what a process without rights is asked to do, outcome what came of
// it.
type (
	attempt struct {
		Do string // open, read, verify, plan a repair, roll
	}
	outcome struct {
		Error      string
		Permission bool
		Head       domain.Position
		Unread     int64
		LockFault  bool
	}
)

// playUnallowed gives up the rights of root, for whom permissions do not count,
// and then does what it is asked.
func playUnallowed(p *parent) error {
	if os.Getuid() == 0 {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	ctx := context.Background()
	for {
		var a attempt
		if more, err := p.next(&a); err != nil || !more {
			return err
		}
		var o outcome
		head, err := a.carryOut(ctx, p, &o)
		o.Head, o.Permission = head, errors.Is(err, fs.ErrPermission)
		if err != nil {
			o.Error = err.Error()
		}
		if err := p.out.Encode(o); err != nil {
			return err
		}
	}
}

func (a attempt) carryOut(ctx context.Context, p *parent, o *outcome) (head domain.Position, err error) {
	var store *filesystem.Store
	switch a.Do {
	case "verify":
		report, err := filesystem.Verify(ctx, p.setup.Dir)
		o.Unread, o.LockFault = report.Unread, errors.Is(report.LockFault, fs.ErrPermission)
		return report.Events, err
	case "plan a repair":
		report, err := filesystem.RepairDir(ctx, p.setup.Dir, filesystem.RepairOptions{DryRun: true})
		return report.Events, err
	}
	if a.Do == "read" {
		store, err = filesystem.OpenReadOnly(ctx, p.setup.Dir, p.setup.options())
	} else {
		store, err = filesystem.Open(ctx, p.setup.Dir, p.setup.options())
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if a.Do == "roll" {
		// The store is open and its directory is closed to it afterwards.
		if err := p.out.Encode("opened"); err != nil {
			return 0, err
		}
		if _, err := p.next(new(string)); err != nil {
			return 0, err
		}
		var failed error
		for range 6 {
			if _, failed = store.Append(ctx, []domain.Event{padded("Rolling", 2000)}); failed != nil {
				break
			}
		}
		head, err := store.Head(ctx)
		return head, errors.Join(failed, err)
	}
	return store.Head(ctx)
}

// nobodysStore makes a store of 12 events that belongs to the user of the role
// "unallowed".
func nobodysStore(t *testing.T) string {
	t.Helper()
	dir := makeStore(t, 12)
	// The parents are the test's own.
	for _, above := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() != 0 {
		return dir
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// forbid changes the permissions of path until the returned function is called.
func forbid(t *testing.T, path string, mode fs.FileMode) (allow func()) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	allow = func() {
		if err := os.Chmod(path, info.Mode().Perm()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(allow)
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return allow
}

func (p *process) attempt(do string) outcome {
	p.t.Helper()
	p.tell(attempt{Do: do})
	var o outcome
	p.hear(&o)
	return o
}

func (o outcome) checkForbidden(t *testing.T, parts ...string) {
	t.Helper()
	if !o.Permission {
		t.Errorf("error %q, want fs.ErrPermission", o.Error)
	}
	for _, part := range parts {
		if !strings.Contains(o.Error, part) {
			t.Errorf("error %q does not say %q", o.Error, part)
		}
	}
}

func TestMissingPermissionIsSaidAndChangesNothing(t *testing.T) {
	for _, tt := range []struct {
		name     string
		path     string
		mode     fs.FileMode
		says     string
		readable bool
	}{
		{"a directory that cannot be entered", "", 0, "store", false},
		{"a lock that cannot be written", ".lock", 0o400, ".lock", true},
		{"a manifest that cannot be read", "store.json", 0, "store.json", false},
		{"a ledger that cannot be read", "ledger", 0, "ledger", false},
		{"events that cannot be listed", "events", 0, "events", false},
		{"a segment that cannot be read", threeSegments[1], 0, "00000000000000000006.jsonl", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := nobodysStore(t)
			before := readDisk(t, dir)
			user := startProcess(t, "unallowed", setup{Dir: dir})
			allow := forbid(t, filepath.Join(dir, tt.path), tt.mode)
			user.attempt("open").checkForbidden(t, dir, tt.says)
			if o := user.attempt("read"); tt.readable {
				if o.Error != "" || o.Head != 12 {
					t.Errorf("reading gives %+v, want 12 events", o)
				}
			} else {
				o.checkForbidden(t, dir, tt.says)
			}
			allow()
			checkDisk(t, dir, before)
			if o := user.attempt("open"); o.Error != "" || o.Head != 12 {
				t.Errorf("with permission again opening gives %+v, want 12 events", o)
			}
			user.end()
		})
	}
}

func TestALockThatCannotBeReadIsNotTakenForAWriterAndHidesNothing(t *testing.T) {
	dir := nobodysStore(t)
	_, added := tornTail(t, dir)
	user := startProcess(t, "unallowed", setup{Dir: dir})
	forbid(t, filepath.Join(dir, ".lock"), 0)
	if o := user.attempt("verify"); o.Error != "" || o.Head != 12 || o.Unread != int64(len(added)) || !o.LockFault {
		t.Errorf("Verify() gives %+v, want 12 events, %d bytes that were not looked at, and why", o, len(added))
	}
	user.attempt("plan a repair").checkForbidden(t, filepath.Join(dir, ".lock"))
	must(t, os.Remove(filepath.Join(dir, "ledger")))
	for _, what := range []string{"read", "verify"} {
		user.attempt(what).checkForbidden(t, filepath.Join(dir, ".lock"), "without a ledger")
	}
	user.end()
}

func TestADirectoryThatCannotBeWrittenCanBeRead(t *testing.T) {
	dir := nobodysStore(t)
	before := readDisk(t, dir)
	user := startProcess(t, "unallowed", setup{Dir: dir})
	for name := range before {
		mode := fs.FileMode(0o400)
		if before[name] == "dir" {
			mode = 0o500
		}
		forbid(t, filepath.Join(dir, name), mode)
	}
	forbid(t, dir, 0o500)
	user.attempt("open").checkForbidden(t, dir)
	if o := user.attempt("read"); o.Error != "" || o.Head != 12 {
		t.Errorf("reading gives %+v, want 12 events", o)
	}
	checkDisk(t, dir, before)
	user.end()
}

func TestADirectoryThatCannotBeCreatedIsSaid(t *testing.T) {
	dir := nobodysStore(t)
	above := filepath.Dir(dir)
	forbid(t, above, 0o555)
	user := startProcess(t, "unallowed", setup{Dir: filepath.Join(above, "new")})
	user.attempt("open").checkForbidden(t, filepath.Join(above, "new"))
	user.end()
	if _, err := os.Lstat(filepath.Join(above, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lstat() = %v, want that nothing was created", err)
	}
}

func TestASegmentThatCannotBeBegunFailsTheAppendAndNothingElse(t *testing.T) {
	dir := nobodysStore(t)
	user := startProcess(t, "unallowed", setup{Dir: dir, SegmentSize: 4 << 10})
	user.tell(attempt{Do: "roll"})
	var opened string
	user.hear(&opened)
	allow := forbid(t, filepath.Join(dir, "events"), 0o500)
	user.tell("go")
	var o outcome
	user.hear(&o)
	o.checkForbidden(t, "events", "nothing was written")
	if o.Head < 12 {
		t.Errorf("the head went back to %d", o.Head)
	}
	if report, err := filesystem.Verify(t.Context(), dir); err != nil || report.Events != o.Head {
		t.Errorf("Verify() = %+v, %v, want %d events", report, err, o.Head)
	}
	allow()
	user.tell(attempt{Do: "roll"})
	user.hear(&opened)
	user.tell("go")
	var again outcome
	user.hear(&again)
	if again.Error != "" || again.Head != o.Head+6 {
		t.Errorf("with permission again: %+v, want 6 events more than %d", again, o.Head)
	}
	user.end()
}
