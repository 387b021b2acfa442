//go:build !linux

package bench

import "errors"

// canForget says that files can be dropped from memory: only on Linux, elsewhere
// it takes an administrator.
const canForget = false

func forget(string) error { return errors.ErrUnsupported }
