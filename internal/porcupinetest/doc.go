// Package porcupinetest asks a second judge about histories of concurrent clients:
// porcupine, a checker of linearizability that knows nothing of this project. It
// consists of tests only.
//
// Package history takes the log for the order of the appends and compares each
// answer with it. Porcupine is told nothing of the log: it looks for any order of
// the calls in which a model of the store, written down here once more, gives all
// the answers that the clients were given. Eight clients read, decide and append on
// a store that now and then does not say what became of an append; the last call of
// each history is a read of everything by a handle of its own. Both judges have to
// pass it, and both have to find each fault that is planted.
//
// OPOSSUM_ROUNDS multiplies the work. One round has 22 histories of 1,000 calls on a
// folder and 20 on a store in memory, and one of 4,000 and one of 50,000 calls, which
// package history alone can judge. So 10 rounds make 220 histories of a folder, and 250
// one of a million calls.
package porcupinetest
