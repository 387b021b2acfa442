package reports_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection"
)

var (
	monday    = time.Date(2025, time.March, 3, 9, 0, 0, 0, time.UTC)
	oxycodone = dispensing.Drug{Name: "oxycodone", Ingredient: "oxycodone", Strength: "5 mg", Form: "tablet", Schedule: dispensing.ScheduleII}
	diazepam  = dispensing.Drug{Name: "diazepam", Ingredient: "diazepam", Strength: "5 mg", Form: "tablet", Schedule: dispensing.ScheduleIV}
)

// storeOf returns a store with the given events, whatever the rules say of them:
// a report shows what is there.
func storeOf(t testing.TB, events ...decision.Event) *memory.Store {
	t.Helper()
	store := memory.New(memory.Options{})
	for _, event := range events {
		encoded, err := decision.Encode(event)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Append(t.Context(), []domain.Event{encoded}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func received(ndc string, drug dispensing.Drug, qty int) dispensing.LotReceived {
	return dispensing.LotReceived{NDC: ndc, Lot: "L", Drug: drug, Unit: "tablet", Qty: qty, Form222: "f1", By: "b", At: monday}
}

func dispensed(ndc string, drug dispensing.Drug, entry, qty, remaining int) dispensing.Dispensed {
	return dispensing.Dispensed{
		Rx: 1, Entry: entry, Qty: qty, Remaining: remaining, PartialReason: dispensing.CannotSupply, Patient: "p", PatientName: "Iris Ivy",
		Prescriber: "d", Drug: drug, NDC: ndc, Lot: "L", Staff: "s", Initials: "SS", At: monday,
	}
}

func TestTheLogKeepsARunningBalancePerProductAndSaysWhy(t *testing.T) {
	t.Parallel()
	store := storeOf(t,
		received("n1", oxycodone, 100),
		received("n4", diazepam, 500),
		dispensed("n1", oxycodone, 1, 30, 0),
		dispensed("n4", diazepam, 1, 30, 0),
		dispensing.DispenseReversed{Rx: 1, Entry: 1, Qty: 30, Corrects: 3, Reason: "typo", Patient: "p", Ingredient: "oxycodone", NDC: "n1", Lot: "L", By: "b", At: monday},
		dispensed("n1", oxycodone, 2, 20, 10),
		dispensing.DoseIssued{Dose: "d1", NDC: "n1", Lot: "L", Drug: oxycodone, Qty: 5, Patient: "p", By: "b", At: monday},
		dispensing.WasteWitnessed{Dose: "d1", NDC: "n1", Lot: "L", Qty: 2, Reason: "rest", By: "b", Witness: "w", At: monday},
		dispensing.WasteWitnessed{NDC: "n1", Lot: "L", Qty: 1, Reason: "broken", By: "b", Witness: "w", At: monday},
		dispensing.StockAdjusted{Count: "c1", NDC: "n1", Lot: "L", Delta: -1, Reason: "audit", SignedBy: "a", SignedName: "Anna", At: monday},
		dispensing.SentToReverseDistributor{NDC: "n1", Lot: "L", Qty: 13, Distributor: dispensing.Party{Name: "Returns"}, By: "b", At: monday},
		dispensing.LotDestroyed{NDC: "n1", Lot: "L", Qty: 60, Reason: "expired", Witness1: "a", Witness2: "b", By: "b", At: monday},
	)
	log, err := reports.Log(t.Context(), store, dispensing.ScheduleII)
	if err != nil {
		t.Fatal(err)
	}
	var balances []int
	var notes []string
	for _, line := range log {
		balances, notes = append(balances, line.Balance), append(notes, line.Note)
	}
	if want := []int{100, 70, 100, 80, 75, 75, 74, 73, 60, 0}; !slices.Equal(balances, want) {
		t.Errorf("balances are %v, want %v", balances, want)
	}
	want := []string{
		"form 222 f1", "", "takes back entry 1: typo", "partial (cannot-supply), 10 remain", "dose d1",
		"2 wasted, witness w: rest", "1 wasted, witness w: broken", "after count c1, signed Anna: audit", "", "destroyed before a and b: expired",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("notes are %q, want %q", notes, want)
	}
	if got := log[2].Corrects; got != 3 {
		t.Errorf("the reversal corrects position %d, want 3", got)
	}

	all, err := reports.Log(t.Context(), store, "")
	if err != nil || len(all) != len(log)+2 {
		t.Errorf("the log of all schedules has %d lines, %v, want %d", len(all), err, len(log)+2)
	}
}

func TestTheLogCanBeOpenedAsASpreadsheet(t *testing.T) {
	t.Parallel()
	store := storeOf(t, received("n1", oxycodone, 100), dispensed("n1", oxycodone, 1, 30, 0))
	log, err := reports.Log(t.Context(), store, dispensing.ScheduleII)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := reports.WriteCSV(&out, log); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("got %d rows, %v, want 3", len(rows), err)
	}
	want := []string{"2", "2025-03-03T09:00:00Z", "Dispensed", "n1", "L", "oxycodone 5 mg tablet", "C-II", "0", "30", "70", "1", "Iris Ivy", "SS", "", ""}
	if !slices.Equal(rows[2], want) {
		t.Errorf("got row %q, want %q", rows[2], want)
	}
}

func TestAPharmacyWithoutItsInitialInventoryIsRedTheDayAfter(t *testing.T) {
	t.Parallel()
	store := storeOf(t, received("n1", oxycodone, 100))
	for _, tt := range []struct {
		days int
		red  bool
	}{{0, false}, {1, true}} {
		got, err := reports.Comply(t.Context(), store, dispensing.Calendar{}, monday.AddDate(0, 0, tt.days))
		if err != nil || got.Red != tt.red {
			t.Errorf("after %d days: got %+v, %v, want red: %t", tt.days, got, err, tt.red)
		}
	}
}

func TestAnEmptyStoreHasNothingToReport(t *testing.T) {
	t.Parallel()
	store := storeOf(t)
	due, err := reports.Due(t.Context(), store, dispensing.Calendar{}, monday)
	if err != nil || len(due) != 0 {
		t.Errorf("Due = %v, %v, want none", due, err)
	}
	inventory, err := reports.Inventory(t.Context(), store)
	if err != nil || len(inventory) != 0 {
		t.Errorf("Inventory = %v, %v, want none", inventory, err)
	}
}

func TestAReportNamesTheEventItCannotRead(t *testing.T) {
	t.Parallel()
	store := storeOf(t)
	foreign := domain.Event{Type: "Dispensed", Tags: []domain.Tag{"rx:1"}, Data: []byte(`{"qty":"many"}`)}
	if _, err := store.Append(t.Context(), []domain.Event{foreign}); err != nil {
		t.Fatal(err)
	}
	_, err := reports.Inventory(t.Context(), store)
	broken, is := errors.AsType[*projection.EventError](err)
	if !is || broken.Position != 1 || broken.Type != "Dispensed" {
		t.Errorf("Inventory = %v, want an EventError that names position 1", err)
	}
}

func TestHistoryShowsEveryLineAndWhatACorrectionTookBack(t *testing.T) {
	t.Parallel()
	store := storeOf(t,
		dispensing.PrescriptionAccepted{Rx: 1, Kind: dispensing.EmergencyOral, Patient: "p", PatientName: "Iris Ivy", Prescriber: "d", PrescriberName: "Dr. Elm", Drug: oxycodone, Qty: 30, DaysSupply: 3, Issued: monday, Warnings: []string{"careful"}, By: "b", At: monday},
		dispensed("n1", oxycodone, 1, 20, 10),
		dispensing.EscalationRaised{Rx: 1, Prescriber: "d", Due: monday, By: "b", At: monday},
		dispensing.WrittenCopyReceived{Rx: 1, Prescriber: "d", By: "b", At: monday},
		dispensing.BalanceForfeited{Rx: 1, Qty: 10, PrescriberNotified: true, By: "b", At: monday},
		dispensing.DispenseReversed{Rx: 1, Entry: 1, Qty: 20, Corrects: 2, Reason: "typo", Patient: "p", Ingredient: "oxycodone", NDC: "n1", Lot: "L", By: "b", At: monday},
		dispensing.RefillsAuthorized{Rx: 1, Refills: 2, By: "b", At: monday},
		dispensing.PrescriptionTransferredOut{Rx: 1, To: dispensing.Party{Name: "Gum", DEA: "BG"}, RefillsLeft: 2, By: "b", At: monday},
		dispensing.PrescriptionVoided{Rx: 1, Reason: "double", By: "b", At: monday},
	)
	all, err := reports.Prescriptions(t.Context(), store, dispensing.Calendar{}, "")
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d prescriptions, %v, want 1", len(all), err)
	}
	want := []string{
		"accepted: oxycodone 5 mg tablet, 30 units, 0 refills, issued 2025-03-03 by Dr. Elm for Iris Ivy; warning: careful",
		"entry 1: dispensed 20 of fill 0 from lot n1/L, 10 remain",
		"written copy overdue since 2025-03-03, escalated",
		"written copy received",
		"remainder of 10 given up, prescriber told: true",
		"entry 1 reversed, 20 back in lot n1/L",
		"2 more refills authorised",
		"transferred to Gum (BG) with 2 refills",
		"voided",
	}
	var got []string
	for _, line := range all[0].Lines {
		got = append(got, line.Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if line := all[0].Lines[5]; line.Old != want[1] || line.Why != "typo" || line.Corrects != 2 {
		t.Errorf("the correction shows old %q, why %q, corrects %d", line.Old, line.Why, line.Corrects)
	}
}
