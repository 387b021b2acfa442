// Package document prints the specs as a document: it reads the JSON report of a
// Ginkgo run and writes the titles as Markdown, in the order of an outline. The
// same specs give the same text, on every machine.
package document

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Outline says what stands where in the document.
type Outline struct {
	// Title and Intro open the document.
	Title, Intro string
	// Stores are the titles of the containers that run one spec for each adapter.
	// Such a spec is printed once, with the stores that it runs on.
	Stores []string
	// Chapters are in the order of the document.
	Chapters []Chapter
}

// Chapter is a part of the document: the specs of a folder, or some of them.
type Chapter struct {
	// Title and Intro open the chapter. Intro may be empty.
	Title, Intro string
	// Folder is the folder of the specs below specs.
	Folder string
	// Subjects are outermost containers of that folder, in the order in which they
	// are printed. Those that no chapter names follow in the last chapter of their
	// folder, in alphabetical order.
	Subjects []string
}

// Print writes the specs of a report in the order of the outline.
//
// It fails when the document would not be true or not be complete: a spec that
// did not pass, two specs with one title, a folder that the outline does not
// know, a subject that does not exist; and when a title says "should".
func Print(w io.Writer, report io.Reader, outline Outline) error {
	folders, err := outline.read(report)
	if err != nil {
		return err
	}
	chapters, err := outline.arrange(folders)
	if err != nil {
		return err
	}
	p := printer{stores: outline.Stores}
	p.line("# %s\n\n%s\n", outline.Title, outline.Intro)
	for _, c := range outline.Chapters {
		p.line("- [%s](#%s)", c.Title, anchor(c.Title))
	}
	for i, c := range outline.Chapters {
		p.line("\n## %s", c.Title)
		if c.Intro != "" {
			p.line("\n%s", c.Intro)
		}
		for _, subject := range chapters[i] {
			p.subject(subject, c.Title)
		}
	}
	_, err = io.WriteString(w, p.text.String())
	return err
}

// arrange returns the subjects of each chapter.
func (o Outline) arrange(folders map[string]*node) ([][]*node, error) {
	chapters := make([][]*node, len(o.Chapters))
	last := map[string]int{} // the last chapter of each folder
	for i, c := range o.Chapters {
		folder, ok := folders[c.Folder]
		if !ok {
			return nil, fmt.Errorf("chapter %q: the report has no specs of folder %q: run all specs or correct the outline", c.Title, c.Folder)
		}
		last[c.Folder] = i
		for _, title := range c.Subjects {
			subject := folder.take(title)
			if subject == nil {
				return nil, fmt.Errorf("chapter %q: folder %q has no subject %q, or it is printed already: correct the outline", c.Title, c.Folder, title)
			}
			chapters[i] = append(chapters[i], subject)
		}
	}
	for name, folder := range folders {
		i, ok := last[name]
		if !ok {
			return nil, fmt.Errorf("no chapter prints the specs of folder %q: add it to the outline", name)
		}
		slices.SortFunc(folder.children, func(a, b *node) int { return strings.Compare(a.text, b.text) })
		chapters[i] = append(chapters[i], folder.children...)
	}
	return chapters, nil
}

// base returns the last element of a path of any system.
func base(dir string) string { return path.Base(strings.ReplaceAll(dir, `\`, "/")) }
