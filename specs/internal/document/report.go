package document

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// suite is what the report says about the specs of a folder, as far as they are
// printed.
type suite struct {
	SuitePath   string
	SpecReports []spec
}

type spec struct {
	ContainerHierarchyTexts []string
	LeafNodeType            string
	LeafNodeText            string
	State                   string
}

var should = regexp.MustCompile(`(?i)\bshould\b`)

// read returns the specs of each folder as a tree.
func (o Outline) read(report io.Reader) (map[string]*node, error) {
	var suites []suite
	if err := json.NewDecoder(report).Decode(&suites); err != nil {
		return nil, fmt.Errorf("the report is not what Ginkgo writes with --json-report: %w", err)
	}
	folders := map[string]*node{}
	for _, s := range suites {
		folder := base(s.SuitePath)
		for _, spec := range s.SpecReports {
			if spec.LeafNodeType != "It" {
				continue
			}
			if folders[folder] == nil {
				folders[folder] = &node{}
			}
			if err := o.add(folders[folder], spec); err != nil {
				return nil, fmt.Errorf("specs of folder %q: %w", folder, err)
			}
		}
	}
	return folders, nil
}

// add puts a spec into the tree of its folder, below its containers without the
// one that names the store.
func (o Outline) add(folder *node, spec spec) error {
	store := ""
	at := folder
	for _, title := range spec.ContainerHierarchyTexts {
		if slices.Contains(o.Stores, title) {
			store = title
			continue
		}
		at = at.child(title)
	}
	at = at.child(spec.LeafNodeText)
	title := strings.Join(append(spec.ContainerHierarchyTexts, spec.LeafNodeText), " / ")
	switch {
	case spec.State != "passed":
		return fmt.Errorf("%s: the spec is %s: only specs that pass are printed", title, spec.State)
	case should.MatchString(title):
		return fmt.Errorf(`%s: say what is, in the present tense, without "should"`, title)
	case slices.Contains(at.stores, store):
		return fmt.Errorf("%s: two specs have this title: say what makes them different", title)
	}
	at.stores = append(at.stores, store)
	return nil
}

// node is a title with what stands below it. A node without children is a spec.
type node struct {
	text     string
	children []*node
	stores   []string // of a spec: what it runs on; "" stands for a spec that does not name its store
}

// child returns the child with a title, which is new when there was none.
func (n *node) child(title string) *node {
	for _, c := range n.children {
		if c.text == title {
			return c
		}
	}
	c := &node{text: title}
	n.children = append(n.children, c)
	return c
}

// take removes and returns the child with a title, or nil.
func (n *node) take(title string) *node {
	for i, c := range n.children {
		if c.text == title {
			n.children = slices.Delete(n.children, i, i+1)
			return c
		}
	}
	return nil
}
