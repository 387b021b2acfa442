package probe

import (
	"strings"
	"testing"
)

func TestWhatIsFoundDecidesWhoIsSafe(t *testing.T) {
	t.Parallel()
	lock := Check{"lock between processes", Bad, "none"}
	file := Check{"rename", Bad, "half a file"}
	tests := []struct {
		name            string
		kind            Kind
		checks          []Check
		single, several bool // what the checks say
		one, processes  bool // the judgement
		why             string
	}{
		{"a disk", Local, nil, true, true, true, true, "a lock keeps them apart"},
		{"a warning", Local, []Check{{"sync", Warning, "fast"}}, true, true, true, true, "a lock keeps them apart"},
		{"memory", Memory, nil, true, true, true, true, "a lock keeps them apart"},
		{"an unknown kind", Unknown, nil, true, true, true, true, "a lock keeps them apart"},
		{"no lock", Local, []Check{lock}, true, false, true, false, "lock between processes: none"},
		{"no files", Local, []Check{file}, false, true, false, false, "rename: half a file"},
		{"a network drive whose lock works", Network, nil, true, true, false, false, "a client that was cut off can come back"},
		{"a network drive without a lock", Network, []Check{lock}, true, false, false, false, "lock between processes: none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Report{FileSystem: FileSystem{Kind: tt.kind}, Checks: tt.checks}
			r.judge(tt.single, tt.several)
			if r.OneProcess.Safe != tt.one || r.SeveralProcesses.Safe != tt.processes || r.SeveralMachines.Safe {
				t.Errorf("safe for one process %v, several %v, machines %v; want %v, %v, false",
					r.OneProcess.Safe, r.SeveralProcesses.Safe, r.SeveralMachines.Safe, tt.one, tt.processes)
			}
			if why := strings.Join(r.SeveralProcesses.Why, "; "); !strings.Contains(why, tt.why) {
				t.Errorf("why: %s; want %s", why, tt.why)
			}
		})
	}
}
