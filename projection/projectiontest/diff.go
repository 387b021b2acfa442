package projectiontest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxDifferences is how many places of a state are told apart.
const maxDifferences = 20

// differences tells where two JSON texts differ, one line for each place.
func differences(got, want []byte) []string {
	g, gotErr := parsed(got)
	w, wantErr := parsed(want)
	if gotErr != nil || wantErr != nil {
		return nil
	}
	d := &comparison{}
	d.compare("", g, w)
	if more := len(d.lines) - maxDifferences; more > 0 {
		d.lines = append(d.lines[:maxDifferences], fmt.Sprintf("and %d more", more))
	}
	return d.lines
}

func parsed(data []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // 1 and 1.0 are two texts
	err = decoder.Decode(&value)
	return value, err
}

type comparison struct{ lines []string }

func (c *comparison) compare(where string, got, want any) {
	switch g := got.(type) {
	case map[string]any:
		if w, ok := want.(map[string]any); ok {
			c.objects(where, g, w)
			return
		}
	case []any:
		if w, ok := want.([]any); ok {
			c.arrays(where, g, w)
			return
		}
	}
	if g, w := compact(got), compact(want); g != w {
		c.add(where, "got %s, wanted %s", g, w)
	}
}

func (c *comparison) objects(where string, got, want map[string]any) {
	both := maps.Clone(got)
	maps.Copy(both, want)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		c.members(strings.TrimPrefix(where+"."+name, "."), in(got, name), in(want, name))
	}
}

func (c *comparison) arrays(where string, got, want []any) {
	for i := range max(len(got), len(want)) {
		c.members(fmt.Sprintf("%s[%d]", where, i), at(got, i), at(want, i))
	}
}

// members compares what may be on one side only: a nil pointer is nothing.
func (c *comparison) members(where string, got, want *any) {
	switch {
	case want == nil:
		c.add(where, "got %s, wanted nothing", compact(*got))
	case got == nil:
		c.add(where, "got nothing, wanted %s", compact(*want))
	default:
		c.compare(where, *got, *want)
	}
}

func (c *comparison) add(where, format string, args ...any) {
	if where == "" {
		where = "the state"
	}
	c.lines = append(c.lines, where+": "+fmt.Sprintf(format, args...))
}

func in(object map[string]any, name string) *any {
	if value, ok := object[name]; ok {
		return &value
	}
	return nil
}

func at(array []any, i int) *any {
	if i < len(array) {
		return &array[i]
	}
	return nil
}

// compact returns a value as JSON in one line.
func compact(value any) string {
	text, err := encoded(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// encoded returns a value as states are stored.
func encoded(value any) ([]byte, error) {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(data.Bytes(), []byte("\n")), err
}
