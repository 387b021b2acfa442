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
	known []Chain      // from ahead, or all of them
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
	l := &links{ahead: make(chan []Chain, linkedAhead), stop: make(chan struct{})}
	go l.run(newLinker(chain), text, piece)
	return l
}

// next returns the chain after the next batch, whose bytes are given again.
func (l *links) next(batch string) Chain {
	if l.ahead != nil && len(l.known) == 0 {
		l.known = <-l.ahead
	}
	if len(l.known) == 0 {
		l.chain = l.hash.next(l.chain, batch)
		return l.chain
	}
	next := l.known[0]
	l.known = l.known[1:]
	return next
}

func (l *links) run(linker linker, text string, piece int) {
	defer close(l.ahead)
	for whole := true; whole; {
		var known []Chain
		known, whole = linker.more(nil, text, piece)
		select {
		case l.ahead <- known:
		case <-l.stop:
			return
		}
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

// linker hashes what stands in front of each commit line of a text that grows.
type linker struct {
	hash  hasher
	chain Chain // after the last batch
	batch int   // where the next one begins
	line  int   // where the next line begins
}

func newLinker(chain Chain) linker { return linker{hash: newHasher(), chain: chain} }

// more appends the chains after the next batches of text to chains, until they have
// most bytes. It returns false when there are no more whole lines that can be in a batch.
func (l *linker) more(chains []Chain, text string, most int) ([]Chain, bool) {
	for bytes := 0; bytes < most; {
		length := strings.IndexByte(text[l.line:], '\n')
		if length <= 0 { // an empty line is in no batch
			return chains, false
		}
		at := l.line
		l.line += length + 1
		if strings.HasPrefix(text[at:], commitPrefix) {
			l.chain = l.hash.next(l.chain, text[l.batch:at])
			chains, bytes = append(chains, l.chain), bytes+at-l.batch
			l.batch = l.line
		}
	}
	return chains, true
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
