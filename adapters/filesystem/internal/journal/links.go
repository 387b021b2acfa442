package journal

import (
	"crypto/sha256"
	"hash"
	"strings"
)

const (
	// Text from this length on is hashed beside its scan.
	muchText = 1 << 20
	// What was hashed is handed over when it has so many bytes, and so often may it be ahead
	// of the scan.
	linkedBytes = 64 << 10
	linkedAhead = 4
)

// links gives the chain after each batch of a text, from the first on. Of much text
// the batches are hashed while their user looks at them. It belongs to one goroutine and
// must be ended.
type links struct {
	hash  hasher
	chain Chain // after the last batch

	ahead chan []Chain // nil when nothing is hashed ahead
	known []Chain      // from ahead
	stop  chan struct{}
}

// newLinks returns the links of the batches of text, which follow chain.
func newLinks(text string, chain Chain) *links {
	if len(text) >= muchText {
		return newLinksAhead(text, chain, linkedBytes)
	}
	return &links{hash: newHasher(), chain: chain}
}

// newLinksAhead is newLinks for much text, of which piece bytes at a time are hashed.
func newLinksAhead(text string, chain Chain, piece int) *links {
	l := &links{hash: newHasher(), chain: chain, ahead: make(chan []Chain, linkedAhead), stop: make(chan struct{})}
	go l.run(text, piece)
	return l
}

// next returns the chain after the next batch, whose bytes are given again.
func (l *links) next(batch string) Chain {
	if l.ahead == nil {
		l.chain = l.hash.next(l.chain, batch)
		return l.chain
	}
	if len(l.known) == 0 {
		l.known = <-l.ahead
	}
	next := l.known[0]
	l.known = l.known[1:]
	return next
}

// run hashes what stands in front of each commit line.
func (l *links) run(text string, piece int) {
	defer close(l.ahead)
	chain, known, bytes := l.chain, []Chain(nil), 0
	for start, at := 0, 0; ; {
		length := strings.IndexByte(text[at:], '\n')
		if length > 0 && strings.HasPrefix(text[at:], commitPrefix) {
			chain = l.hash.next(chain, text[start:at])
			known, bytes = append(known, chain), bytes+at-start
			start = at + length + 1
		}
		if length <= 0 || bytes >= piece { // an empty line is in no batch
			select {
			case l.ahead <- known:
			case <-l.stop:
				return
			}
			known, bytes = nil, 0
		}
		if length <= 0 {
			return
		}
		at += length + 1
	}
}

// end returns when nothing is hashed any more.
func (l *links) end() {
	if l.ahead == nil {
		return
	}
	close(l.stop)
	for range l.ahead {
		// nobody asks for it any more
	}
}

// hasher computes many links with the memory of one.
type hasher struct {
	sha  hash.Hash
	link []byte
}

func newHasher() hasher { return hasher{sha: sha256.New()} }

// next is Chain.Next.
func (h *hasher) next(c Chain, batch string) Chain {
	h.link = append(h.link[:0], c[:]...)
	h.sha.Reset()
	h.sha.Write(h.link)
	h.sha.Write(bytesOf(batch))
	h.link = h.sha.Sum(h.link[:0])
	return Chain(h.link)
}
