package powertest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/opossum-go/opossum/internal/powertest"
)

// kernelProgram is a Linux kernel that runs as a process: user-mode-linux.
const kernelProgram = "linux.uml"

// ownKernel is a kernel below one writer, which dies with the writer as that of a
// machine does when its plug is pulled.
type ownKernel struct {
	Disk    string // the image of its disk, which has an ext4 file system
	Options string // that the disk is mounted with, at the folder ownDisk
	Root    string // the folder that it starts from, see makeRoot
}

// ownDisk is where a writer with a kernel of its own sees its disk.
const ownDisk = "/disk"

// makeRoot makes a folder with all that a kernel needs to run a writer, so that
// nothing of this machine is in its reach.
func makeRoot(t *testing.T, dir string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(program)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Join(dir, ownDisk), 0o700), os.Mkdir(filepath.Join(dir, "dev"), 0o700),
			os.WriteFile(filepath.Join(dir, "init"), data, 0o700)) // #nosec G306 -- a program
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start turns this process into the kernel, which runs the writer. What the writer
// says passes a serial line and reaches standard output at once.
func (k *ownKernel) start(setup writerSetup) error {
	program, err := exec.LookPath(kernelProgram)
	if err != nil {
		return err
	}
	text, err := json.Marshal(setup)
	if err != nil {
		return err
	}
	// Some versions take the registers of processors with AMX for smaller than they
	// are, and stop. They save those of SSE instead when they see no others, and the
	// writer is told to use no others.
	if err := hideExtendedRegisters(); err != nil {
		return err
	}
	return syscall.Exec(program, []string{
		kernelProgram, "mem=256M", "quiet", "uml_dir=" + os.TempDir() + "/", "ubda=" + k.Disk,
		"rootfstype=hostfs", "rootflags=" + k.Root, "rw", "init=/init",
		"con=null", "con0=null,fd:2", "ssl0=fd:0,fd:1", "GODEBUG=cpu.all=off", writerVariable + "=" + string(text),
	}, []string{"TMPDIR=" + fastFolder()})
}

// fastFolder returns where a kernel may put what is the memory of its machine.
func fastFolder() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// write is the first and only program of the kernel. It answers a mark with the
// number 0, which nobody has asked for, when the writer is about to open its store.
func (k *ownKernel) write(setup writerSetup) error {
	if err := unix.Mount("/dev/ubda", ownDisk, "ext4", 0, k.Options); err != nil {
		return fmt.Errorf("mount the disk: %w", err)
	}
	line, err := unix.Open("/dev/ttyS0", unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("open the serial line: %w", err)
	}
	if _, err := term.MakeRaw(line); err != nil {
		return fmt.Errorf("make the serial line pass everything as it is: %w", err)
	}
	if err := errors.Join(unix.Dup3(line, 0, 0), unix.Dup3(line, 1, 0)); err != nil {
		return err
	}
	w := newWriter(setup)
	w.say(powertest.Report{Kind: powertest.Marked})
	if err := w.run(); err != nil {
		fmt.Fprintln(os.Stderr, "writer:", err)
	}
	return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}
