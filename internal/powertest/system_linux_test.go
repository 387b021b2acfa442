package powertest_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const mountsVariable = "OPOSSUM_POWER_MOUNTS"

// inOwnMounts runs the tests in a process whose mounts nobody else sees and which
// the kernel removes with it, whatever happens.
func inOwnMounts(run func() int) int {
	if why := powerOff(); why != "" || os.Getenv(mountsVariable) != "" {
		return run()
	}
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), mountsVariable+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // the child dies with the thread that started it
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return max(1, exit.ExitCode())
	case err != nil:
		fmt.Fprintf(os.Stderr, "no process with mounts of its own can be started here (%v), so no power is cut\n", err)
		return run()
	}
	return 0
}

// tell writes a line to standard output. It uses a system call that no store uses,
// so that those of the store can fail without this one.
func tell(line []byte) error {
	for len(line) > 0 {
		n, err := unix.Writev(1, [][]byte{line})
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		line = line[max(n, 0):]
	}
	return nil
}

// limitFiles makes writes beyond size short, and fail from there on.
func limitFiles(size int64) error {
	signal.Ignore(syscall.SIGXFSZ)
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(size), Max: unix.RLIM_INFINITY})
}

// silenceSyncs makes every sync of this process succeed without doing anything.
func silenceSyncs() error {
	filter := []unix.SockFilter{loadWord(callNumber)}
	for _, call := range []uint32{unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_SYNC, unix.SYS_SYNCFS, unix.SYS_SYNC_FILE_RANGE, unix.SYS_MSYNC} {
		filter = append(filter, unlessEqual(call, 1), answer(0)) // the error number 0: success
	}
	return filterCalls(filter)
}

// hideExtendedRegisters makes the kernel of this process and of what it becomes
// look like one that knows no registers beyond those of SSE when they are asked for.
func hideExtendedRegisters() error {
	const extendedState = 0x202 // NT_X86_XSTATE
	return filterCalls([]unix.SockFilter{
		loadWord(callNumber), unlessEqual(unix.SYS_PTRACE, 5),
		loadWord(firstArgument), unlessEqual(unix.PTRACE_GETREGSET, 3),
		loadWord(firstArgument + 16), unlessEqual(extendedState, 1),
		answer(syscall.EIO),
	})
}

// Where things stand in what a filter sees of a call.
const (
	callNumber    = 0
	firstArgument = 16
)

func loadWord(at uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
}

// unlessEqual skips some of the next instructions unless value was loaded.
func unlessEqual(value uint32, skip uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: skip, K: value}
}

// answer ends a call without doing anything, with an error number.
func answer(number syscall.Errno) unix.SockFilter {
	const retErrno = 0x00050000
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: retErrno | uint32(number)}
}

// filterCalls lets filter decide about every system call of this process from now
// on. What it does not answer is done.
func filterCalls(filter []unix.SockFilter) error {
	const (
		retAllow   = 0x7fff0000
		setFilter  = 1 // SECCOMP_SET_MODE_FILTER
		allThreads = 1 // SECCOMP_FILTER_FLAG_TSYNC
	)
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: retAllow})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if _, _, number := unix.Syscall(unix.SYS_SECCOMP, setFilter, allThreads, uintptr(unsafe.Pointer(&program))); number != 0 {
		return fmt.Errorf("filter system calls: %w", number)
	}
	runtime.KeepAlive(filter)
	return nil
}
