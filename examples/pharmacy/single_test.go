package main_test

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSingleCommandsShowTheStore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"the inventory", []string{"inventory"}, []string{"Perpetual inventory", "OX10-77", "SE50-209"}},
		{"the log of Schedule II", []string{"log"}, []string{"Log of schedule C-II", "LotReceived", "form 222 CSOS-26-", "Dispensed", "corrects position", "StockAdjusted"}},
		{"the log of another schedule", []string{"log", "--schedule", "C-V"}, []string{"Log of schedule C-V", "pregabalin"}},
		{"the log for a spreadsheet", []string{"log", "--schedule", "all", "--csv"}, []string{"position,at,what,ndc", "LotReceived,99990-0101-01"}},
		{"the deadlines in the evening", []string{"due"}, []string{"Deadlines at 2026-03-13 18:45", "OVERDUE", "loss-0313", "2026-04-02"}},
		{"the deadlines on another day", []string{"due", "--at", "2026-04-03T09:00:00-04:00"}, []string{"Deadlines at 2026-04-03 09:00", "Thu 2026-04-02 23:59  OVERDUE  inventory"}},
		{"the history of a prescription", []string{"history", "14"}, []string{"Prescription 14", "accepted", "dispensed 12", "escalated"}},
		{"a page of the log", []string{"log", "--newest", "2", "--before", "300"}, []string{"Log of schedule C-II: 2 of ", "before position 300", "note\n", "\n", "\n"}},
		{"the deadlines of a day", []string{"due", "--on", "2026-04-02"}, []string{": 1 run, 0 are overdue", "2026-04-02 23:59", "inventory"}},
		{"the prescriptions of a patient", []string{"history", "--patient", "pt-1215"}, []string{"Prescriptions: 1", "14", "Greta Hartigan", "oxycodone"}},
		{"the prescriptions of a prescriber and a drug", []string{"history", "--prescriber", "ZI0000224", "--ingredient", "oxycodone"}, []string{"Dr. Anand Iyer", "partly dispensed"}},
		{"what counts found", []string{"cases"}, []string{"count-0313", "difference -2, adjusted -2, settled"}},
		{"cases that are open", []string{"cases", "--open"}, []string{"no differences"}},
		{"the report of the latest day", []string{"daily"}, []string{"Dispensed on 2026-03-13", "C-II", "signed by Daniel Reyes", "what was signed is unchanged"}},
		{"the report of another day", []string{"daily", "2026-03-12"}, []string{"Dispensed on 2026-03-12", "C-IV"}},
		{"that it verifies", []string{"verify"}, []string{"verified:", "end of the chain", "jq -c"}},
		{"help", []string{"--help"}, []string{"Not certified for electronic prescriptions", "dispense", "inventory", "log"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := call(t, evening, tt.args...)
			if got.code != 0 {
				t.Fatalf("exit code %d: %s", got.code, got.errors)
			}
			inOrder(t, got.out, tt.want...)
		})
	}
}

func TestDispenseStoresOnceAndSaysWhy(t *testing.T) {
	t.Parallel()
	dir := atEvening(t)
	rest := []string{"dispense", "11", "--ndc", "99990-0102-01", "--lot", "OX10-80", "--qty", "10", "--staff", "p-reyes", "--id", "mine-1"}
	first := call(t, dir, rest...)
	if first.code != 0 {
		t.Fatalf("exit code %d: %s", first.code, first.errors)
	}
	inOrder(t, first.out, "2026-03-13", "Dispensed", `"rx":11`, `"remaining":0`)
	events := verify(t, dir).Events

	inOrder(t, call(t, dir, rest...).out, "repeated", "mine-1", "Dispensed")
	refused := call(t, dir, rest[:len(rest)-2]...)
	if refused.code != 1 || !strings.Contains(refused.errors, "C-II cannot be refilled [I3, 21 CFR 1306.12(a)]") {
		t.Errorf("exit code %d, %q; want 1 and the rule", refused.code, refused.errors)
	}
	if after := verify(t, dir).Events; after != events {
		t.Errorf("%d events, want %d as before the repetition and the refusal", after, events)
	}
}

func TestAnyCommandCanBeGivenAsJSON(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	for _, args := range [][]string{
		{"do", "CredentialStaff", `{"staff":"p-1","name":"Pat \u001b[31mRed","initials":"PR","role":"pic","by":"p-1"}`, "--at", "2026-01-01T09:00:00Z"},
		{"do", "SuspendStaff", `{"staff":"p-1","reason":"leave","by":"p-1"}`, "--user", "p-1", "--at", "now"},
	} {
		got := call(t, dir, args...)
		if got.code != 0 {
			t.Fatalf("%q: exit code %d: %s", args, got.code, got.errors)
		}
		if strings.Contains(got.out, "\x1b") {
			t.Errorf("%q: the output steers the terminal: %q", args, got.out)
		}
	}
	if events := verify(t, dir).Events; events != 2 {
		t.Errorf("%d events, want 2", events)
	}
	got := call(t, dir, "do", "ReinstateStaff", `{"staff":"p-1","reason":"back","by":"p-1"}`, "--user", "p-2")
	if got.code != 1 || !strings.Contains(got.errors, "p-2 is signed in, but the command names p-1") {
		t.Errorf("exit code %d, %q", got.code, got.errors)
	}
}

func TestBadArgumentsAreAnsweredWithWhatToDo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"an unknown command", []string{"sell"}, 2, "unexpected argument sell"},
		{"an unknown flag", []string{"due", "--fast"}, 2, "unknown flag --fast"},
		{"a missing flag", []string{"dispense", "1"}, 2, "--ndc=STRING"},
		{"a number that is none", []string{"history", "eleven"}, 2, `"eleven"`},
		{"a time that is none", []string{"due", "--at", "noon"}, 2, "noon is no time such as 2026-03-13T19:00:00-04:00"},
		{"a schedule that is none", []string{"log", "--schedule", "C-I"}, 2, "C-II"},
		{"a quantity of zero", []string{"dispense", "11", "--ndc", "a", "--lot", "b", "--qty", "0", "--staff", "p-reyes"}, 2, `qty breaks the rule "gt=0"`},
		{"an unknown name of a command", []string{"do", "Sell", "{}"}, 2, "known are: AcceptPrescription"},
		{"fields that are no JSON", []string{"do", "VoidPrescription", "{rx:1}"}, 2, "VoidPrescription"},
		{"a field that does not exist", []string{"do", "VoidPrescription", `{"number":1}`}, 2, `unknown field "number"`},
		{"fields that are missing", []string{"do", "QuarantineLot", "{}"}, 2, `reason breaks the rule "required"`},
		{"a day that is none", []string{"daily", "2026-02-30"}, 2, "2026-02-30 is no day such as 2026-03-13"},
		{"a day without anything", []string{"daily", "2020-01-01"}, 1, "nothing was dispensed"},
		{"deadlines of a day that is none", []string{"due", "--on", "Friday"}, 2, "Friday is no day"},
		{"no prescription at all", []string{"history"}, 2, "which prescriptions?"},
		{"a prescription and a patient", []string{"history", "14", "--patient", "pt-1215"}, 2, "not both"},
		{"a negative number of lines", []string{"log", "--newest=-1"}, 2, "--newest -1"},
		{"a read model that does not exist", []string{"rebuild", "stock"}, 2, "the read models are inventory, log, prescriptions"},
		{"a prescription that does not exist", []string{"history", "4711"}, 1, "there is no prescription 4711"},
		{"text that steers the terminal", []string{"\x1b[2Jsell"}, 2, `\u001b[2Jsell`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := call(t, evening, tt.args...)
			if got.code != tt.code || !strings.Contains(got.errors, tt.want) {
				t.Errorf("exit code %d, %q; want %d and %q", got.code, got.errors, tt.code, tt.want)
			}
			if lines := strings.Count(got.errors, "\n"); lines != 1 || strings.Contains(got.errors, "\x1b") {
				t.Errorf("the error is not one clean line: %q", got.errors)
			}
		})
	}
}

func TestAFolderWithoutAStoreIsNotTouchedByLooking(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"inventory"}, {"log"}, {"due"}, {"history", "1"}, {"daily"}, {"cases"}, {"rebuild"}, {"verify"}} {
		dir := filepath.Join(t.TempDir(), "nothing")
		got := call(t, dir, args...)
		want := "pharmacy: there is no store in " + dir + " yet; run pharmacy without arguments first, or name its folder with --dir\n"
		if got.code != 1 || got.errors != want {
			t.Errorf("%q: exit code %d, %q; want 1 and %q", args, got.code, got.errors, want)
		}
		if found, err := filepath.Glob(dir + "*"); err != nil || len(found) > 0 {
			t.Errorf("%q created %q (%v)", args, found, err)
		}
	}
}

func TestTheDayRefusesAFolderThatIsSomethingElse(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(program) // holds the program
	got := call(t, dir)
	if got.code != 1 || !strings.Contains(got.errors, "not a store") {
		t.Errorf("exit code %d, %q; want 1 and that it is not a store", got.code, got.errors)
	}
}
