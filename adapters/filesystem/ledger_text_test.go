package filesystem

import (
	"encoding/json"
	"testing"
)

func TestALedgerIsTheJSONThatItsFieldsSay(t *testing.T) {
	t.Parallel()
	for _, l := range []ledger{
		{Chain: "00"},
		{Position: 7, Segment: 5, Bytes: 812, Recorded: "2026-01-02T03:04:05.000000006Z", Chain: "0f1e"},
		{Position: 1<<64 - 1, Segment: 1<<64 - 1, Bytes: 1<<63 - 1, Recorded: "9999-12-31T23:59:59.999999999Z", Chain: "ff"},
	} {
		text, err := l.text()
		if err != nil || len(text) != ledgerSize {
			t.Fatalf("%d bytes, %v; want %d", len(text), err, ledgerSize)
		}
		got, ok := parseLedger(text)
		if want := l; !ok || got.CRC == "" || func() bool { got.CRC = ""; return got != want }() {
			t.Errorf("%s is read as %+v, %v; want %+v", text, got, ok, want)
		}
		var direct ledger
		if err := json.Unmarshal(text, &direct); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		plain, err := json.Marshal(direct)
		if err != nil || string(plain) != string(text[:len(plain)]) {
			t.Errorf("encoding/json writes %s, the ledger says %s", plain, text)
		}
	}
}
