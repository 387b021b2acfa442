//go:build !linux && !darwin && !windows

package drive

// Remote returns "": this system has no portable way to ask.
func Remote(string) (string, error) { return "", nil }
