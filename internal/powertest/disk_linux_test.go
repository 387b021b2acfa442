package powertest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// powerOff returns why nothing of the harness runs here, "" when it does.
func powerOff() string {
	switch {
	case os.Getenv("OPOSSUM_POWER") == "":
		return "OPOSSUM_POWER is not set; .ci/power sets it"
	case os.Getuid() != 0:
		return "only root may mount and cut file systems"
	}
	return ""
}

// needPower skips the test where what it does is not possible.
func needPower(t *testing.T, what string, tools ...string) {
	t.Helper()
	why := powerOff()
	if why == "" {
		why = noMounts()
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil && why == "" {
			why = tool + " is not installed"
		}
	}
	if why != "" {
		t.Skipf("skipped: %s: %s", what, why)
	}
}

// noMounts tries whether this process may mount what nobody else sees.
var noMounts = sync.OnceValue(func() string {
	if os.Getenv(mountsVariable) == "" {
		return "no process with mounts of its own can be started here"
	}
	dir, err := os.MkdirTemp("", "mount")
	if err != nil {
		return err.Error()
	}
	if err = unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err == nil {
		err = unix.Unmount(dir, 0)
	}
	if err = errors.Join(err, os.Remove(dir)); err != nil {
		return "mounting is not permitted: " + err.Error()
	}
	return ""
})

// needLoop skips the test where files cannot be mounted as devices.
func needLoop(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	makeImage(t, image, 8<<20, "ext4")
	if out, err := exec.CommandContext(t.Context(), "mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		t.Skipf("skipped: files cannot be mounted as devices here: %v: %s", err, out)
	}
	unmount(t, dir)
}

// amount is how much of something is done. The variable overrides it.
func amount(t *testing.T, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, want a number from 0", variable, text)
	}
	if n == 0 {
		t.Skipf("skipped: %s is 0", variable)
	}
	return n
}

// seeded returns the random choices of a test and what they begin with.
func seeded(t *testing.T) (*rand.Rand, uint64) {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("OPOSSUM_POWER_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("OPOSSUM_POWER_SEED: %v", err)
		}
	}
	t.Logf("OPOSSUM_POWER_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0)), seed
}

// pause waits for a random moment of at most longest.
func pause(random *rand.Rand, longest time.Duration) {
	<-time.After(time.Duration(random.Int64N(int64(longest))))
}

// command runs a program that must succeed.
func command(t *testing.T, name string, words ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, words...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(words, " "), err, out)
	}
}

// makeImage makes a file that holds an empty file system of the given kind. The
// file takes room only for what is written.
func makeImage(t *testing.T, path string, size int64, kind string, words ...string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(f.Truncate(size), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	quiet := map[string][]string{"ext4": {"-q", "-F"}, "xfs": {"-q", "-f"}}[kind]
	command(t, "mkfs."+kind, append(append(quiet, words...), path)...)
}

// mounted mounts an image below a new directory until the test ends or unmount.
func mounted(t *testing.T, image, dir, options string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	command(t, "mount", "-o", options, image, dir)
	unmountAtEnd(t, dir)
}

// unmount unmounts what nobody uses any more. It fails when somebody does.
func unmount(t *testing.T, dir string) {
	t.Helper()
	if err := unix.Unmount(dir, 0); err != nil {
		t.Fatalf("unmount %s: %v", dir, err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// cloneFile copies a file at one moment, by sharing its blocks.
func cloneFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // it was only read
	copied, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := unix.IoctlFileClone(int(copied.Fd()), int(source.Fd())); err != nil {
		return fmt.Errorf("clone %s: %w", from, errors.Join(err, copied.Close()))
	}
	return copied.Close()
}

// mountMemory mounts an empty file system in memory until the test ends or
// unmount.
func mountMemory(t *testing.T, dir, options string) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatalf("mount a file system in memory: %v", err)
	}
	unmountAtEnd(t, dir)
}

func unmountAtEnd(t *testing.T, dir string) {
	t.Helper()
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}
