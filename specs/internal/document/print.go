package document

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// printer collects the lines of the document.
type printer struct {
	stores []string
	text   strings.Builder
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

// subject prints an outermost container under a heading of its own, unless that
// would only repeat the title of the chapter.
func (p *printer) subject(n *node, chapter string) {
	p.line("")
	if n.text != chapter {
		p.line("### %s\n", escaped(n.text))
	}
	stores := p.common(n)
	if stores != "" {
		p.line("*%s*\n", stores)
	}
	p.list(n.children, stores, "")
}

// list prints nodes as a list. The reader knows already which stores the nodes
// around it run on.
func (p *printer) list(nodes []*node, known, indent string) {
	for i, n := range nodes {
		text := escaped(n.text)
		stores := p.common(n)
		if stores != "" && stores != known {
			text += " *(" + stores + ")*"
		}
		if i > 0 && len(n.children) > 0 && same(n.children, nodes[i-1].children) {
			p.line("%s- %s (all of the above)", indent, text)
			continue
		}
		p.line("%s- %s", indent, text)
		p.list(n.children, stores, indent+"  ")
	}
}

// common returns the stores that all specs of a node run on, in the order of the
// outline, or "" when they differ or name none.
func (p *printer) common(n *node) string {
	if len(n.children) == 0 {
		var named []string
		for _, store := range p.stores {
			if slices.Contains(n.stores, store) {
				named = append(named, store)
			}
		}
		return strings.Join(named, ", ")
	}
	first := p.common(n.children[0])
	for _, c := range n.children[1:] {
		if p.common(c) != first {
			return ""
		}
	}
	return first
}

// same reports whether two lists would be printed the same.
func same(a, b []*node) bool {
	return slices.EqualFunc(a, b, func(a, b *node) bool {
		return a.text == b.text && slices.Equal(a.stores, b.stores) && same(a.children, b.children)
	})
}

var (
	special    = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`)
	noneOfLink = regexp.MustCompile(`[^a-z0-9 -]`)
)

// escaped is a text that Markdown shows as it is.
func escaped(text string) string { return special.Replace(text) }

// anchor is the name that a heading has in a link.
func anchor(title string) string {
	return strings.ReplaceAll(noneOfLink.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}
