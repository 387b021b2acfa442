// Package sqlite keeps projections in SQLite files that several processes of one
// machine may use at the same time. There is no server, and the driver is Go.
//
//	<dir>/<name>.sqlite        the states of one projection and how far it has come
//	<dir>/<name>.sqlite-wal    its last commits, while it is in use
//	<dir>/<name>.sqlite-shm    where processes find them, while it is in use
//	<dir>/<name>.lock          held by whoever runs the projection
//
// The directory is usually the folder projections of a store. Each projection has
// a file of its own, so that none waits for another, and one that is damaged harms
// no other.
//
// # Looking inside
//
// Everything is text or numbers, and the views states, tags and parked always show
// the live copy:
//
//	sqlite3 course.sqlite 'select key, data from states limit 10'
//	sqlite3 course.sqlite 'select * from copies'
//
// Reading is safe at any time. Whoever writes there by other means breaks the
// promise that states and checkpoint belong together.
//
// # What survives what
//
// A commit is one transaction: states, parked events, failure and checkpoint change
// together, whatever crashes. When a process dies, what it committed stays. When the
// power is cut, the last commits may be lost, always states and checkpoint together;
// the events, which are durable before anyone sees them, are then applied again.
//
// # Starting over
//
// A read model is derived from the events: when it is damaged, its .sqlite, -wal and
// -shm files are deleted while nobody uses them, and it is made anew. What an outbox
// has sent is known from its file alone: without it every event is sent again, or,
// from now on, some never are. Restore it from a backup, or expect that.
//
// # Caveats
//
// The directory must be on a disk of this machine: processes that use a file share
// memory. [Open] refuses a network drive. Events on a network drive and projections
// on a local disk go together well.
//
// Who reads needs to be allowed to write in the directory, for the memory that is
// shared lies there in a file.
//
// While a loop over States runs, commits go on, but the -wal file grows until the
// loop ends. Do not keep one open for hours.
//
// A file keeps its size after a rebuild has left room in it; the next rebuild uses
// the room.
//
// A program that has the files open must not open them by other means than SQLite,
// not even to copy them: on most systems closing such a second handle gives up the
// locks of the first. Copy them while no process uses the store.
package sqlite
