//go:build !unix

package torture

import "os"

// canStop says whether a process can be stopped and go on later.
const canStop = false

func stopProcess(*os.Process) error   { return nil }
func resumeProcess(*os.Process) error { return nil }

// dumpProcess ends a process that hangs; here it cannot tell what it was doing.
func dumpProcess(p *os.Process) error { return p.Kill() }
