// Package journal is the text of a segment file: JSON Lines that a person can
// open with a text editor and a program can check byte by byte. It works on bytes
// only and knows no files, so that every crash can be tried on hand-made input.
//
// A segment is
//
//	{"segment":{"format":1,"store":"…","first":1,"chain":"…"}}         header
//	{"position":1,"recordedAt":"…","type":"…","tags":["…"],…,"data":…}  event
//	{"position":2,…}                                                    event
//	{"commit":{"first":1,"last":2,"bytes":512,"crc32c":"…","chain":"…"}}
//	{"position":3,…}
//	{"commit":{…}}
//
// The events between two commit lines are one append, or several that were waiting
// together: they count only together with the commit line that closes them. "bytes"
// is the length of the event lines with their newlines, "crc32c" their CRC-32C
// (Castagnoli) and "chain" the SHA-256 of the chain before and those bytes, so an
// event that was edited, removed or moved breaks every chain value after it. The header repeats the chain where the
// segment before ended; the chain of an empty store is the SHA-256 of its id.
//
// This is the canonical form, the only one that is written: keys in a fixed order,
// the data last and as the store was given it, no white space between tokens and no
// escape that JSON does not need; the tags are sorted, times of appends in UTC. An
// event line in another form of JSON is read too when it has exactly these keys, each
// once; headers and commit lines are not. In either form it is damage when it says an
// event that no store takes, see package domain.
//
// Behind the last commit line a segment may be filled with newlines up to the end
// of the file, so that an append overwrites bytes that the file has already and
// its size stays. Newlines that anything follows are damage.
//
// A power cut during an append leaves of each sector that was being written either
// what was to be there or what was there before: newlines, zero bytes where the
// disk never got the newlines, or nothing behind the old end of the file.
package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strconv"

	"github.com/opossum-go/opossum/domain"
)

// Format is the version of the text described above.
const Format = 1

// Chain is one link of the hash chain.
type Chain [sha256.Size]byte

// Genesis returns the chain of a store that holds nothing.
func Genesis(storeID string) Chain { return sha256.Sum256([]byte(storeID)) }

// Next returns the chain after batch, the bytes of the event lines of one commit.
func (c Chain) Next(batch string) Chain {
	h := sha256.New()
	h.Write(c[:])
	h.Write(bytesOf(batch))
	return Chain(h.Sum(nil))
}

// String returns the chain in hexadecimal.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum returns the CRC-32C of text.
func Checksum(text string) uint32 { return crc32.Checksum(bytesOf(text), castagnoli) }

// Header is the first line of a segment.
type Header struct {
	Store string          // id of the store the segment belongs to
	First domain.Position // position of the first event
	Chain Chain           // chain where the segment before ended
}

// AppendHeader appends the header line to dst.
func AppendHeader(dst []byte, h Header) []byte {
	dst = append(dst, `{"segment":{"format":`...)
	dst = strconv.AppendInt(dst, Format, 10)
	dst = append(dst, `,"store":`...)
	dst = appendString(dst, h.Store)
	dst = append(dst, `,"first":`...)
	dst = strconv.AppendUint(dst, uint64(h.First), 10)
	dst = append(dst, `,"chain":"`...)
	dst = hex.AppendEncode(dst, h.Chain[:])
	return append(dst, "\"}}\n"...)
}

// Commit is the line that closes a batch.
type Commit struct {
	First, Last domain.Position
	Bytes       int // length of the event lines of the batch
	CRC         uint32
	Chain       Chain // chain after the batch
}

const commitPrefix = `{"commit":{"first":`

// AppendCommit appends the commit line to dst.
func AppendCommit(dst []byte, c Commit) []byte {
	dst = append(dst, commitPrefix...)
	dst = strconv.AppendUint(dst, uint64(c.First), 10)
	dst = append(dst, `,"last":`...)
	dst = strconv.AppendUint(dst, uint64(c.Last), 10)
	dst = append(dst, `,"bytes":`...)
	dst = strconv.AppendInt(dst, int64(c.Bytes), 10)
	dst = append(dst, `,"crc32c":"`...)
	dst = hex.AppendEncode(dst, []byte{byte(c.CRC >> 24), byte(c.CRC >> 16), byte(c.CRC >> 8), byte(c.CRC)})
	dst = append(dst, `","chain":"`...)
	dst = hex.AppendEncode(dst, c.Chain[:])
	return append(dst, "\"}}\n"...)
}
