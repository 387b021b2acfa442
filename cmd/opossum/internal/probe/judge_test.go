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

func TestHowManyOpenFilesAStoreNeedsDependsOnWhetherItMapsThem(t *testing.T) {
	t.Parallel()
	const closes, stays = "keeps about ten open, and one more for each segment that has no index file", "keeps one open for each segment that it has read"
	for _, tt := range []struct {
		name   string
		kind   Kind
		mapped Outcome
		most   uint64
		want   Outcome
		says   string
	}{
		{"few", Local, OK, 63, Warning, closes},
		{"enough", Local, OK, 64, OK, "at most 64"},
		{"few for files that cannot be mapped", Local, Warning, 1023, Warning, stays},
		{"enough for them", Local, Warning, 1024, OK, "at most 1024"},
		{"few for a network drive", Network, OK, 63, Warning, stays},
		{"enough for one", Network, OK, 1024, OK, "at most 1024"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Report{FileSystem: FileSystem{Kind: tt.kind}}
			r.add(mappedFiles, tt.mapped, "")
			r.judgeOpenFiles(tt.most)
			got := r.Checks[1]
			if got.Name != "open files" || got.Outcome != tt.want || !strings.Contains(got.Text, tt.says) {
				t.Errorf("%d open files: %+v, want %s that says %q", tt.most, got, tt.want, tt.says)
			}
			if advised := strings.Contains(got.Text, ": raise the limit"); advised != (tt.want == Warning) {
				t.Errorf("%d open files: %q, advice %v", tt.most, got.Text, advised)
			}
		})
	}
}
