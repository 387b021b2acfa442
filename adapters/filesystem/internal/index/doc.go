// Package index finds positions by type and tag, and says where the line of a
// position stands. There is one index for each segment. That of the segment which
// still grows is in memory; that of a sealed segment is a file beside it, used in
// place as it was read or mapped. Both answer queries by seeking in ascending lists
// of events, one for each type and each tag, beginning with the rarest tag, so a
// query costs what it returns and not what the segment holds. Where a query asks
// for types and tags, the lists of the tags are walked and the type of each event
// is looked up in a column.
//
// # The index file
//
// An index file is derived from its segment, never changed, and made anew when it
// is missing or damaged. Equal segments have equal files. All numbers are little
// endian and unsigned; u8, u16, u32, u64 say how wide. Events are counted from the
// first of the segment, which is 0.
//
//	header      4,096 bytes
//	body        in blocks of 4,096 bytes, the last one shorter
//	checksums   u32 for each block: its CRC-32C
//
// The header is all that is read to know which segment the file is about. What
// follows the store's id is zero.
//
//	   0  "opossidx"
//	   8  u32  version, 1
//	  12  u32  1 when every line of the segment is in canonical form, otherwise 0
//	  16  u64  first position of the segment
//	  24  u64  last position, first-1 when there is no event
//	  32  u64  length of what is committed in the segment file, in bytes
//	  40       chain before the segment, 32 bytes
//	  72       chain after the segment, 32 bytes
//	 104  u64  time of the last event: seconds since 1970 in two's complement
//	 112  u32  and nanoseconds
//	 116       sizes of the dictionary of types: u32 terms, u32 slots, u32 bytes of
//	           names, u32 bytes of lists
//	 132       sizes of the dictionary of tags, likewise
//	 148  u32  bytes of the length of a line, 1 to 4
//	 152  u32  CRC-32C of the checksums
//	 156  u32  length of the store's id, at most 1,024
//	 160       the store's id
//	4092  u32  CRC-32C of the header up to here
//
// The body is, without gaps:
//
//	column      the type of each event: its place in the dictionary, as u8 when
//	            there are at most 256 types, u16 when at most 65,536, else u32
//	lines       for each event: u32 offset of its line from the start of the
//	            segment, u32 CRC-32C of the line, and its length
//	types       dictionary
//	tags        dictionary
//
// A dictionary is, without gaps:
//
//	entries     for each term, sorted by the bytes of its name:
//	              u32  where its name ends among the names
//	              u32  where its list ends among the lists
//	              u32  number of events that carry it, at least 1
//	              u32  last event that carries it
//	slots       u32 each, a power of two of them, at most three quarters in use
//	names       one behind the other
//	lists       one behind the other
//
// A name or list begins where that of the entry before ends. A term with one event
// has an empty list. Other lists begin with a skip table when they have more than
// 128 events: for each run of 128 events, u32 the last event of the run, and u32
// where the run ends, counted from where the first one begins. Then come the
// events, each as the number of events that lie between it and the one before, as a
// varint of 7 bits a byte, the lowest first; the first one counts from event 0.
//
// The hash of a name is FNV-1a of 64 bits, where the start value is xored with the
// first 8 bytes of the chain after the segment, so that nobody can foresee which
// tags meet in one slot, and the result is mixed as MurmurHash3 does at its end.
// The term stands in the first slot that was free from the hash on, modulo the
// number of slots; terms were entered in order. With b the number of bits of the
// number of terms, the low b bits of a slot are the place of the entry plus 1, and
// the others are the high bits of hash>>32. A slot of 0 is free.
//
// # What is checked, and when
//
// Opening a file checks the header, the length and the checksums themselves. A
// block is checked when it is touched for the first time. Whatever is read is then
// held to the bounds of the file. So bytes that were damaged yield an error that
// wraps [ErrDamaged] and never a wrong answer, and bytes that were made up, with
// checksums that fit, do no harm beyond wrong answers. [Sidecar.Check] finds those.
package index
