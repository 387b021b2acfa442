package decision_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
)

// Told holds text in all the places where text can be.
type Told struct {
	Text   string            `json:",omitzero"`
	Deep   *[]any            `json:",omitzero"`
	ByText map[string]string `json:",omitzero"`
	Name   *Name             `json:",omitzero"`
	Raw    json.RawMessage   `json:",omitzero"`
	Bytes  []byte            `json:",omitzero"`
	Unsaid string            `json:"-"`
}

func (Told) EventType() string  { return "Told" }
func (Told) Tags() []domain.Tag { return nil }

// Name writes itself, with a part of it as an escape.
type Name struct {
	text string
	also map[string][]string
	self *Name
}

func (n *Name) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(n.text)
	return fmt.Appendf(nil, `[%s,"\ufffd"]`, text), err
}

func TestTextThatIsNoUTF8IsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		event Told
		says  string
	}{
		{"in a field", Told{Text: "M\xfcller"}, `invalid decision_test.Told.Text "M\xfcller"`},
		{"at the end of long text", Told{Text: strings.Repeat("x", 100) + "\xff"}, "decision_test.Told.Text"},
		{"beside a genuine U+FFFD", Told{Text: "\ufffd\xff"}, "decision_test.Told.Text"},
		{"deep inside", Told{Deep: &[]any{1, []map[string]any{{"a": "b"}, {"c": "\xff"}}}}, "decision_test.Told.Deep[1][1][]"},
		{"as a key", Told{ByText: map[string]string{"\xe4": ""}}, "decision_test.Told.ByText[]"},
		{"in what writes itself", Told{Name: &Name{text: "\xc3"}}, "decision_test.Told.Name.text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := decision.Encode(tt.event)
			var invalid *domain.ValidationError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Encode = %s, %v, want a *ValidationError that says %q", got.Data, err, tt.says)
			}
		})
	}
}

func TestTextThatOnlyLooksReplacedIsKept(t *testing.T) {
	t.Parallel()
	circle := &Name{text: "a", also: map[string][]string{"b": {"c"}}}
	circle.self = circle
	for _, tt := range []struct {
		name  string
		event Told
		want  string
	}{
		{"a genuine U+FFFD", Told{Text: "M\ufffdller"}, "{\"Text\":\"M\ufffdller\"}"},
		{"the six characters of the escape", Told{Text: `\ufffd`}, `{"Text":"\\ufffd"}`},
		{"JSON that came with the escape", Told{Raw: json.RawMessage(`"M\ufffdller"`)}, `{"Raw":"M\ufffdller"}`},
		{"an escape that a method wrote", Told{Name: circle}, `{"Name":["a","\ufffd"]}`},
		{"bytes beside an escape", Told{Bytes: []byte{0xff}, Raw: json.RawMessage(`"\ufffd"`)}, `{"Raw":"\ufffd","Bytes":"/w=="}`},
		{"what is not stored", Told{Unsaid: "\xff", Raw: json.RawMessage(`"\ufffd"`)}, `{"Raw":"\ufffd"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := decision.Encode(tt.event)
			if err != nil || string(got.Data) != tt.want {
				t.Errorf("Encode = %s, %v, want %s", got.Data, err, tt.want)
			}
		})
	}
}
