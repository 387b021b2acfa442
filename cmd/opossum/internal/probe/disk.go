package probe

import (
	"os"
	"runtime"
	"slices"
	"time"
)

const (
	syncs        = 50
	syncBytes    = 512
	implausible  = 20 * time.Microsecond // no disk that keeps data without power is faster
	fewBytes     = 1 << 30
	fewInodes    = 1000
	fewFiles     = 64   // a store keeps about ten open, and the program around it needs others
	fewUnmapped  = 1024 // with segments of 64 MiB they are enough for 64 GiB
	clockReads   = 2000
	allowedSkew  = 2 * time.Second // some file systems keep times to two seconds
	coarsestTick = 20 * time.Millisecond
)

// fileSystem says what kind of file system it is.
func (p prober) fileSystem() {
	const check = "file system"
	switch f := p.report.FileSystem; {
	case f.Kind == Network:
		p.report.add(check, Warning, "%s: another machine or program keeps the files", f.Name)
	case f.Kind == Memory:
		p.report.add(check, Warning, "%s: the directory is in memory, and gone when the machine stops", f.Name)
	case f.Kind == Unknown:
		p.report.add(check, Warning, "%s: not known to this program; see that it is a disk of this machine", f.Name)
	case f.Name == "overlay":
		p.report.add(check, Warning, "overlay: the directory belongs to a container and is removed with it; use a volume")
	default:
		p.report.add(check, OK, "%s, a disk of this machine", f.Name)
	}
}

// sync measures what making a small write durable takes, which every append pays.
func (p prober) sync() {
	const name = "sync"
	median, longest, err := p.syncTimes()
	if err != nil {
		p.report.add(name, Bad, "%v", err)
		return
	}
	p.report.SyncMicroseconds = float64(median.Nanoseconds()) / 1000
	switch {
	case p.report.FileSystem.Kind == Memory:
		p.report.add(name, Warning, "%v in the median of %d; in memory it makes nothing durable", round(median), syncs)
	case median < implausible:
		p.report.add(name, Warning, "%v in the median of %d; no disk is that fast: either something in between keeps the data over a power cut, or a power cut loses acknowledged events",
			round(median), syncs)
	default:
		p.report.add(name, OK, "%v in the median of %d, %v at most; that is about what one append takes", round(median), syncs, round(longest))
	}
	if runtime.GOOS == "windows" {
		p.report.add("sync of a directory", Unchecked, "Windows has none; it keeps names together with the files")
		return
	}
	p.try("sync of a directory", "names can be made durable", Bad, func() error {
		dir, err := os.Open(p.dir)
		if err != nil {
			return err
		}
		defer dir.Close() //nolint:errcheck // nothing was written through it
		return dir.Sync()
	})
}

func (p prober) syncTimes() (median, longest time.Duration, err error) {
	f, err := os.OpenFile(p.path("sync"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close() //nolint:errcheck // the file is removed in a moment
	if _, err := f.WriteAt(make([]byte, syncs*syncBytes), 0); err != nil {
		return 0, 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, 0, err
	}
	block := slices.Repeat([]byte{'x'}, syncBytes)
	times := make([]time.Duration, syncs)
	for i := range times {
		began := time.Now()
		if _, err := f.WriteAt(block, int64(i*syncBytes)); err != nil {
			return 0, 0, err
		}
		if err := syncData(f); err != nil {
			return 0, 0, err
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return times[syncs/2], times[syncs-1], nil
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// clock looks at the machine's clock and compares it with that of the files.
func (p prober) clock() {
	backwards, tick := 0, time.Duration(0)
	last := time.Now().Round(0)
	for range clockReads {
		now := time.Now().Round(0)
		step := now.Sub(last)
		if step < 0 {
			backwards++
		}
		if step > 0 && (tick == 0 || step < tick) {
			tick = step
		}
		last = now
	}
	switch {
	case backwards > 0:
		p.report.add("clock", Warning, "went backwards %d times in %d looks; events keep their order by position, and recorded times never go back", backwards, clockReads)
	case tick > coarsestTick:
		p.report.add("clock", Warning, "goes in steps of %v; many events will have the same time", tick)
	default:
		p.report.add("clock", OK, "goes forward, in steps of %v or less", max(tick, time.Nanosecond))
	}
	const name = "times of files"
	if err := os.WriteFile(p.path("clock"), []byte("x"), 0o600); err != nil {
		p.report.add(name, Unchecked, "%v", err)
		return
	}
	now := time.Now()
	info, err := os.Stat(p.path("clock"))
	if err != nil {
		p.report.add(name, Unchecked, "%v", err)
		return
	}
	if skew := now.Sub(info.ModTime()); skew.Abs() > allowedSkew {
		p.report.add(name, Warning, "differ from the clock by %v: another machine keeps the files, or the clock was set", skew.Round(time.Millisecond))
		return
	}
	p.report.add(name, OK, "agree with the clock")
}

// machine looks at what may run out.
func (p prober) machine() {
	free := p.report.FileSystem
	switch {
	case free.FreeBytes < 0:
		p.report.add("free space", Unchecked, "the system does not say")
	case free.FreeBytes < fewBytes || (free.FreeInodes >= 0 && free.FreeInodes < fewInodes):
		p.report.add("free space", Warning, "%d MiB and %d files are left; a full disk refuses appends, and loses nothing", free.FreeBytes>>20, free.FreeInodes)
	case free.FreeInodes < 0:
		p.report.add("free space", OK, "%d MiB", free.FreeBytes>>20)
	default:
		p.report.add("free space", OK, "%d MiB, %d files", free.FreeBytes>>20, free.FreeInodes)
	}
	if most, known := openFiles(); known {
		p.report.judgeOpenFiles(most)
	} else {
		p.report.add("open files", Unchecked, "%s has no limit that could be asked", runtime.GOOS)
	}
}

// judgeOpenFiles says whether a store does with so many open files. It closes a sealed
// segment that it has mapped; one that has no index file, or cannot be mapped, stays open.
func (r *Report) judgeOpenFiles(most uint64) {
	const name = "open files"
	unmapped := r.FileSystem.Kind == Network || slices.ContainsFunc(r.Checks, func(c Check) bool {
		return c.Name == mappedFiles && c.Outcome != OK
	})
	switch {
	case unmapped && most < fewUnmapped:
		r.add(name, Warning, "at most %d; here a store maps no files, and keeps one open for each segment that it has read: raise the limit (ulimit -n), or choose larger segments", most)
	case most < fewFiles:
		r.add(name, Warning, "at most %d; a store keeps about ten open, and one more for each segment that has no index file: raise the limit (ulimit -n)", most)
	default:
		r.add(name, OK, "at most %d", most)
	}
}
