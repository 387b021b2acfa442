// Package powertest pulls the plug under a store in a folder, with real file
// systems, real processes and a real kernel, and looks at what survives.
//
// Writers are processes that append batches from several lanes at once and say on
// a pipe what they try and what was acknowledged. A [Witness] listens. Then the
// disk is cut off, a system call fails or the disk is full, and the folder that is
// left is judged by the [Expectation] of the witness: everything acknowledged is
// there, nothing refused is, batches are whole, every condition was true at its
// place. After that the store must go on until it begins a new segment.
//
// System calls of the built command opossum fail too, each kind of them with every
// error: of a writer, whose store is judged, of repair, and of events, cat, verify,
// stats and repair -n, whose answers are compared with the true ones. The answer of
// doctor is about no store, and another one each time.
//
// Each technique has a control: writers that lie (their syncs do nothing, or they
// acknowledge too early, or take an error for success), and a command that was built
// with such lies, must be caught by the same harness, otherwise it proves nothing.
//
// # What it cannot show
//
// A device that is cut off, or that a killed kernel leaves behind, has whatever the
// file system gave it until then, nothing torn and nothing out of order: single
// sectors are torn on the simulated disk of adapters/filesystem. And ext4 and xfs
// write the name of a new file together with its content, so a missing sync of a
// directory shows on the simulated disk only.
//
// # How to run it
//
// The harness is for Linux, for root, and off by default. .ci/power switches it
// on, in a short and in a long form; whole kernels are killed by .ci/power uml only:
//
//	OPOSSUM_POWER              1 switches the harness on
//	OPOSSUM_POWER_CUTS_EXT4    cuts of the device below ext4, 200
//	OPOSSUM_POWER_CUTS_XFS     cuts of the device below xfs, 50
//	OPOSSUM_POWER_SHUTDOWNS    shutdowns of each file system below four processes, 50
//	OPOSSUM_POWER_CALLS        how often calls of each kind fail with each error, 1
//	OPOSSUM_POWER_DISKS        sizes of disks that run full, 16, besides each page from 8 to 256 KiB
//	OPOSSUM_POWER_KERNELS      kernels killed below a writer, 20
//	OPOSSUM_POWER_SEED         repeats the random choices of a run, though not its timing
package powertest
