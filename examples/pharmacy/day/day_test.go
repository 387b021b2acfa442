package day_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

func mustLoad(t *testing.T) *day.Day {
	t.Helper()
	d, err := day.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDataIsWhatTheGeneratorWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "day.json")
	if out, err := exec.CommandContext(t.Context(), "go", "run", "./gen", "-o", path).CombinedOutput(); err != nil {
		t.Fatalf("run the generator: %v\n%s", err, out)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("day.json")
	if err != nil {
		t.Fatal(err)
	}
	// Git may have changed the ends of the lines.
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Error("day.json is not what the generator writes: run go generate ./examples/pharmacy/day")
	}
}

func TestTheDayIsLongEnough(t *testing.T) {
	t.Parallel()
	d := mustLoad(t)
	if n := len(d.Commands); n < 300 {
		t.Errorf("%d commands, want at least 300", n)
	}
	for _, list := range []struct {
		name  string
		items []day.Item
		want  int
	}{
		{"staff", d.Staff, 5},
		{"prescribers", d.Prescribers, 5},
		{"lots", d.Lots, 20},
		{"prescriptions", d.Prescriptions, 100},
		{"history", d.History, 10},
	} {
		if len(list.items) < list.want {
			t.Errorf("%s: %d, want at least %d", list.name, len(list.items), list.want)
		}
	}
	for _, desk := range day.Desks() {
		n := 0
		for _, phase := range d.Phases {
			n += len(d.For(desk, phase))
		}
		if n < 100 {
			t.Errorf("desk %s has %d commands, want at least 100", desk, n)
		}
	}
}

func TestTheDayTellsOfEverything(t *testing.T) {
	t.Parallel()
	d := mustLoad(t)
	expects := func(outcome string) func(day.Item, any) bool {
		return func(i day.Item, _ any) bool { return string(i.Expect) == outcome }
	}
	does := func(names ...string) func(day.Item, any) bool {
		return func(i day.Item, _ any) bool { return slices.Contains(names, i.Do) && i.Expect == day.OK }
	}
	partial := func(reason dispensing.PartialReason) func(day.Item, any) bool {
		return func(i day.Item, c any) bool {
			dispense, ok := c.(dispensing.Dispense)
			return ok && i.Expect == day.OK && dispense.PartialReason == reason
		}
	}
	kinds := map[string]func(day.Item, any) bool{
		"a partial fill because of the stock":     partial(dispensing.CannotSupply),
		"a partial fill that the patient asks":    partial(dispensing.PatientAsked),
		"a remainder that is given up":            does("ForfeitBalance"),
		"a recall":                                does("QuarantineLot"),
		"a count":                                 does("OpenCount"),
		"an adjustment after a count":             does("AdjustStock"),
		"a loss":                                  does("DiscoverLoss"),
		"a report of a loss":                      does("ReportLoss"),
		"a suspension":                            does("SuspendStaff"),
		"a transfer to another pharmacy":          does("TransferOut"),
		"waste before a witness":                  does("RecordWaste"),
		"the destruction of a lot":                does("DestroyLot"),
		"a return":                                does("SendToReverseDistributor"),
		"a delivery":                              does("ReceiveLot"),
		"a correction":                            does("ReverseDispense"),
		"an escalation":                           does("RaiseEscalation"),
		"a written copy":                          does("ReceiveWrittenCopy"),
		"refills that are added":                  does("AuthorizeRefills"),
		"a withdrawn prescription":                does("VoidPrescription"),
		"a signature":                             does("SignShift"),
		"a repeated command id":                   expects(day.Repeated),
		"a command with a broken field":           expects(day.Invalid),
		"a command that loses nothing to another": expects(day.AtOnce),
		"a theft": func(_ day.Item, c any) bool {
			loss, ok := c.(dispensing.DiscoverLoss)
			return ok && loss.Kind == dispensing.Theft
		},
		"an emergency prescription by phone": func(i day.Item, c any) bool {
			rx, ok := c.(dispensing.AcceptPrescription)
			return ok && rx.Kind == dispensing.EmergencyOral && i.Expect == day.OK
		},
	}
	for _, rule := range []string{
		"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I13", "I14", "I15",
		"expired", "quarantine", "match", "form", "reason", "actor", "erasure",
	} {
		kinds["a refusal by rule "+rule] = expects(day.Refused + " " + rule)
	}
	for name, is := range kinds {
		found := slices.ContainsFunc(d.Commands, func(i day.Item) bool {
			command, err := i.Command(func(string) (int, error) { return 1, nil })
			if err != nil {
				t.Fatal(err)
			}
			return is(i, command)
		})
		if !found {
			t.Errorf("the day does not tell of %s", name)
		}
	}
	revoked := slices.ContainsFunc(d.History, func(i day.Item) bool { return i.Do == "RevokePrescriber" })
	if !revoked {
		t.Error("no prescriber lost the registration before the day")
	}
}

func TestNobodyInTheDayIsReal(t *testing.T) {
	t.Parallel()
	for _, item := range mustLoad(t).Setup() {
		command, err := item.Command(func(string) (int, error) { return 1, nil })
		if err != nil {
			t.Fatal(err)
		}
		switch c := command.(type) {
		case dispensing.VerifyPrescriber:
			if !strings.HasPrefix(c.Prescriber, "Z") {
				t.Errorf("%s: DEA number %s might belong to somebody", item, c.Prescriber)
			}
		case dispensing.ReceiveLot:
			if !strings.HasPrefix(c.NDC, "99990-") || !strings.HasPrefix(c.Supplier.DEA, "Z") {
				t.Errorf("%s: NDC %s or DEA number %s might belong to somebody", item, c.NDC, c.Supplier.DEA)
			}
		}
	}
}

func TestReadRefusesDataThatTwoDesksCannotCarryOut(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile("day.json")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		old, new string
		want     string
	}{
		{"a field that does not exist", `"about": `, `"abuot": `, "abuot"},
		{"something behind the end", "]\n}\n", "]\n}\n{}", "behind its end"},
		{"an offset that is none", `"-04:00"`, `"EST"`, "offset"},
		{"a date that is none", `"2026-03-13",`, `"13.3.2026",`, "date"},
		{"an outcome that is none", `"expect":"repeated"`, `"expect":"fine"`, "no outcome"},
		{"a command that does not exist", `"do":"CloseCount"`, `"do":"EndCount"`, "EndCount"},
		{"a field that the command does not have", `{"count":"count-0313","by"`, `{"number":"count-0313","by"`, "number"},
		{"a desk that does not exist", `"desk":"B"`, `"desk":"C"`, `desk "C"`},
		{"a phase that does not exist", `"phase":"midday"`, `"phase":"siesta"`, "siesta"},
		{"phases out of order", `"phase":"opening"`, `"phase":"closing"`, "comes after a later phase"},
		{"a form that nobody presented", `"do":"Dispense","form":"F-2`, `"do":"Dispense","form":"G-2`, "nobody has presented"},
		{"a race that is not listed", `{"name":"recall"`, `{"name":"callback"`, `"recall", which is not listed`},
		{"a race at one desk only", `"desk":"B","race":"recall",`, `"desk":"B",`, "same races"},
		{"an id twice before the day", `"id":"willow-0002"`, `"id":"willow-0001"`, "stands twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(strings.ReplaceAll(string(good), "\r\n", "\n"), tt.old, tt.new, 1)
			if text == string(good) {
				t.Fatalf("%q is not in the data", tt.old)
			}
			if _, err := day.Read([]byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
