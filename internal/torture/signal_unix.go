//go:build unix

package torture

import (
	"os"
	"syscall"
)

// canStop says whether a process can be stopped and go on later.
const canStop = true

func stopProcess(p *os.Process) error   { return p.Signal(syscall.SIGSTOP) }
func resumeProcess(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// dumpProcess makes a process that hangs end and tell what it was doing.
func dumpProcess(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }
