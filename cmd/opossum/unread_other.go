//go:build !linux && !darwin

package main

import "io"

// watchReader does nothing: this system does not tell that a pipe has lost its
// reader before something is written to it.
func watchReader(io.Writer, func(error)) {}
