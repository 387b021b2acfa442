package reports_test

import (
	"testing"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
	"github.com/opossum-go/opossum/examples/pharmacy/reports"
	"github.com/opossum-go/opossum/projection/projectiontest"
)

func accepted(rx int, drug dispensing.Drug, qty int) dispensing.PrescriptionAccepted {
	return dispensing.PrescriptionAccepted{
		Rx: rx, Form: "f", Kind: dispensing.Written, Patient: "p", PatientName: "Iris Ivy", Prescriber: "d", PrescriberName: "Dr. Elm",
		Drug: drug, Qty: qty, DaysSupply: 10, Issued: monday, By: "b", At: monday,
	}
}

func of(rx int, e dispensing.Dispensed) dispensing.Dispensed {
	e.Rx = rx
	return e
}

func reversed(rx, entry, qty int) dispensing.DispenseReversed {
	return dispensing.DispenseReversed{
		Rx: rx, Entry: entry, Qty: qty, Reason: "typo", Patient: "p", Ingredient: "oxycodone", NDC: "n1", Lot: "L", By: "b", At: monday,
	}
}

func TestTheInventoryAddsUpWhatCameAndWent(t *testing.T) {
	t.Parallel()
	later := received("n1", oxycodone, 50)
	later.Lot = "A"
	projectiontest.Given(t, reports.Products(),
		received("n1", oxycodone, 100), later, received("n4", diazepam, 500),
		dispensed("n1", oxycodone, 1, 30, 0), dispensed("n1", oxycodone, 2, 20, 0), reversed(1, 2, 20),
		dispensing.WasteWitnessed{NDC: "n1", Lot: "L", Qty: 1, Reason: "broken", By: "b", Witness: "w", At: monday},
		dispensing.WasteWitnessed{Dose: "d1", NDC: "n1", Lot: "L", Qty: 2, Reason: "rest", By: "b", Witness: "w", At: monday},
		dispensing.LotQuarantined{NDC: "n4", Lot: "L", Reason: "recall", By: "b", At: monday},
	).
		Then("n1", reports.Product{NDC: "n1", Drug: oxycodone, Unit: "tablet", OnHand: 119, Lots: []reports.Lot{
			{Lot: "A", Received: 50, OnHand: 50}, {Lot: "L", Received: 100, Dispensed: 30, OnHand: 69},
		}}).
		ThenTags("n1", "schedule:C-II", "ingredient:oxycodone", "quarantine:false").
		ThenTags("n4", "schedule:C-IV", "ingredient:diazepam", "quarantine:true").
		ThenKeys("n1", "n4")
}

func TestALotLeavesQuarantine(t *testing.T) {
	t.Parallel()
	projectiontest.Given(t, reports.Products(), received("n1", oxycodone, 100),
		dispensing.LotQuarantined{NDC: "n1", Lot: "L", Reason: "recall", By: "b", At: monday},
		dispensing.LotReleased{NDC: "n1", Lot: "L", Reason: "another lot", By: "b", At: monday},
	).ThenTags("n1", "schedule:C-II", "ingredient:oxycodone", "quarantine:false")
}

func TestALineOfTheLogIsFoundBySchedulePrescriptionAndProduct(t *testing.T) {
	t.Parallel()
	projectiontest.Given(t, reports.LogEntries(), received("n1", oxycodone, 100), dispensed("n1", oxycodone, 1, 30, 0)).
		ThenKeys(reports.LineKey(1), reports.LineKey(2), "book/n1").
		Then("book/n1", reports.Entry{Book: &reports.Book{NDC: "n1", Drug: oxycodone, OnHand: 70}}).
		ThenTags(reports.LineKey(1), reports.LineTag, "schedule:C-II", "ingredient:oxycodone", "stock:n1").
		ThenTags(reports.LineKey(2), reports.LineTag, "schedule:C-II", "ingredient:oxycodone", "stock:n1", "rx:1").
		ThenTags("book/n1", "entry:book", "schedule:C-II", "ingredient:oxycodone", "stock:n1")
}

func TestThePrescriptionsOfAPatientAreFoundByTag(t *testing.T) {
	t.Parallel()
	states := projectiontest.Given(t, reports.Histories(dispensing.Calendar{}),
		accepted(14, oxycodone, 30), of(14, dispensed("n1", oxycodone, 1, 20, 10)), accepted(2, diazepam, 10)).
		ThenKeys(reports.RxKey(2), reports.RxKey(14)).
		ThenTags(reports.RxKey(14), "rx:14", "patient:p", "prescriber:d", "ingredient:oxycodone", "schedule:C-II", "form:f").
		States()
	if got := states[reports.RxKey(14)].Value.Standing; got.Remaining != 10 || !got.Partial || !got.Due.Equal(monday.Add(72*time.Hour)) {
		t.Errorf("prescription 14 stands at %+v, want 10 to be dispensed within 72 hours", got)
	}
}

func TestADeadlineIsThereUntilWhatIsDueIsDone(t *testing.T) {
	t.Parallel()
	phoned := accepted(2, oxycodone, 12)
	phoned.Kind = dispensing.EmergencyOral
	loss := dispensing.LossDiscovered{Loss: "l1", NDC: "n1", Qty: 60, Kind: dispensing.Theft, Significant: true, Discovered: monday, By: "b", At: monday}
	small := dispensing.LossDiscovered{Loss: "l2", NDC: "n1", Qty: 1, Kind: dispensing.Breakage, Discovered: monday, By: "b", At: monday}
	definition := reports.Deadlines(dispensing.Calendar{})

	projectiontest.Given(t, definition,
		received("n4", diazepam, 500), accepted(1, oxycodone, 30), of(1, dispensed("n1", oxycodone, 1, 20, 10)), phoned, loss, small).
		ThenKeys("inventory", "remainder/00000001", "written-copy/00000002", "loss-notice/l1", "form-106/l1").
		ThenTags("inventory", "kind:inventory", "due:2025-03-03").
		ThenTags("remainder/00000001", "kind:remainder", "due:2025-03-06", "rx:1").
		ThenTags("written-copy/00000002", "kind:written-copy", "due:2025-03-10", "rx:2").
		ThenTags("loss-notice/l1", "kind:loss-notice", "due:2025-03-04", "loss:l1").
		ThenTags("form-106/l1", "kind:form-106", "due:2025-04-17", "loss:l1")

	projectiontest.Given(t, definition,
		accepted(1, oxycodone, 30), of(1, dispensed("n1", oxycodone, 1, 20, 10)), of(1, dispensed("n1", oxycodone, 2, 10, 0)),
		phoned, dispensing.WrittenCopyReceived{Rx: 2, Prescriber: "d", By: "b", At: monday},
		loss, dispensing.LossReported{Loss: "l1", Step: dispensing.Form106, By: "b", At: monday},
		dispensing.LossReported{Loss: "l1", Step: dispensing.Notification, By: "b", At: monday},
	).ThenNone()
}

func TestARemainderThatIsTakenBackIsDueAgain(t *testing.T) {
	t.Parallel()
	projectiontest.Given(t, reports.Deadlines(dispensing.Calendar{}),
		accepted(1, oxycodone, 30), of(1, dispensed("n1", oxycodone, 1, 20, 10)), of(1, dispensed("n1", oxycodone, 2, 10, 0)), reversed(1, 2, 10),
	).ThenKeys("remainder/00000001")
}

func TestTheInventoryIsDueTwoYearsAfterTheLatestOne(t *testing.T) {
	t.Parallel()
	taken := func(date time.Time) dispensing.InventoryTaken {
		return dispensing.InventoryTaken{Date: date, Moment: dispensing.Closing, By: "b", At: monday}
	}
	uncontrolled := diazepam
	uncontrolled.Schedule = dispensing.Uncontrolled
	definition := reports.Deadlines(dispensing.Calendar{})
	projectiontest.Given(t, definition, received("n5", uncontrolled, 100)).ThenNone()
	states := projectiontest.Given(t, definition, received("n1", oxycodone, 100),
		taken(monday), taken(monday.AddDate(-1, 0, 0)), received("n4", diazepam, 500)).
		ThenTags("inventory", "kind:inventory", "due:2027-03-03").States()
	if got := states["inventory"].Value.Last; !got.Equal(monday) {
		t.Errorf("the last inventory is of %v, want %v: one that is recorded late does not count", got, monday)
	}
}

func TestDeadlinesAreOverdueWhenTheirMomentHasPassed(t *testing.T) {
	t.Parallel()
	deadlines := []reports.Deadline{{Kind: reports.Remainder, Due: monday.Add(time.Second)}, {Kind: reports.WrittenCopy, Due: monday}}
	for _, tt := range []struct {
		now     time.Time
		overdue [2]bool // the earlier one first
	}{
		{monday, [2]bool{false, false}},
		{monday.Add(time.Second), [2]bool{true, false}},
		{monday.Add(time.Minute), [2]bool{true, true}},
	} {
		items := reports.Upcoming(deadlines, tt.now)
		if items[0].Kind != reports.WrittenCopy || items[0].Overdue != tt.overdue[0] || items[1].Overdue != tt.overdue[1] {
			t.Errorf("at %v: got %+v, want the written copy first and overdue %v", tt.now, items, tt.overdue)
		}
	}
}

func TestACaseIsOpenUntilAdjustmentsCoverTheDifference(t *testing.T) {
	t.Parallel()
	closed := func(count string, diff int) dispensing.CountClosed {
		return dispensing.CountClosed{Count: count, NDC: "n1", Book: 98, Counted: 98 + diff, Diff: diff, By: "b", At: monday}
	}
	adjusted := func(count string, delta int) dispensing.StockAdjusted {
		return dispensing.StockAdjusted{Count: count, NDC: "n1", Lot: "L", Delta: delta, Reason: "audit", SignedBy: "a", SignedName: "Anna", At: monday}
	}
	projectiontest.Given(t, reports.Discrepancies(),
		closed("none", 0), adjusted("elsewhere", -1), closed("open", -2), adjusted("open", -1), closed("settled", 3), adjusted("settled", 3)).
		ThenKeys("open", "settled").
		ThenTags("open", "open:true", "stock:n1").ThenTags("settled", "open:false", "stock:n1").
		Then("open", reports.Case{
			Count: "open", NDC: "n1", Book: 98, Counted: 96, Diff: -2, Adjusted: -1, Opened: monday, Reasons: []string{"audit"},
		})
}

func TestADoseIsOpenWhileUnitsAreNotAccountedFor(t *testing.T) {
	t.Parallel()
	issued := func(dose string) dispensing.DoseIssued {
		return dispensing.DoseIssued{Dose: dose, NDC: "n1", Lot: "L", Drug: oxycodone, Qty: 10, Patient: "p", By: "b", At: monday}
	}
	given := func(dose string, qty int) dispensing.DoseAdministered {
		return dispensing.DoseAdministered{Dose: dose, Qty: qty, Patient: "p", By: "b", At: monday}
	}
	projectiontest.Given(t, reports.Doses(),
		issued("open"), given("open", 6), issued("closed"), given("closed", 6),
		dispensing.WasteWitnessed{Dose: "closed", NDC: "n1", Lot: "L", Qty: 4, Reason: "rest", By: "b", Witness: "w", At: monday},
		dispensing.WasteWitnessed{NDC: "n1", Lot: "L", Qty: 4, Reason: "broken", By: "b", Witness: "w", At: monday},
		issued("beyond"), given("beyond", 11)).
		ThenKeys("open", "closed", "beyond").
		ThenTags("open", "open:true", "stock:n1", "patient:p").
		ThenTags("closed", "open:false", "stock:n1", "patient:p").
		Then("beyond", reports.Dose{Dose: "beyond", NDC: "n1", Lot: "L", Patient: "p", Issued: monday, Left: -1})
}

func TestADayIsThatOfThePharmacyAndCountsByScheduleWhatWasDone(t *testing.T) {
	t.Parallel()
	late := of(14, dispensed("n1", oxycodone, 1, 20, 10))
	late.At = time.Date(2025, time.March, 4, 3, 59, 0, 0, time.UTC) // still the evening before in the pharmacy
	refill := of(15, dispensed("n4", diazepam, 2, 30, 0))
	refill.FillNo = 1
	wrong := reversed(14, 1, 20)
	wrong.At = late.At.Add(time.Hour) // after midnight
	signed := dispensing.ShiftSigned{Staff: "a", Name: "Anna", Meaning: "checked", From: 1, Through: 4, At: monday}
	projectiontest.Given(t, reports.Days(dispensing.Calendar{Location: time.FixedZone("", -4*60*60)}),
		accepted(14, oxycodone, 30), late, refill, wrong, signed).
		Then("2025-03-03", reports.Day{
			Date: "2025-03-03", Schedules: map[dispensing.Schedule]reports.Tally{
				dispensing.ScheduleII: {Taken: 1, Fills: 1, Partial: 1, Units: 20},
				dispensing.ScheduleIV: {Fills: 1, Refills: 1, Units: 30},
			}, Signed: []reports.Signed{{ShiftSigned: signed, Position: 5}},
		}).
		Then("2025-03-04", reports.Day{Date: "2025-03-04", Schedules: map[dispensing.Schedule]reports.Tally{dispensing.ScheduleII: {Reversed: 1}}}).
		ThenTags("2025-03-03", "month:2025-03", "signer:a").ThenTags("2025-03-04", "month:2025-03")
}

func TestAPageOfTheLogHasTheBalancesOfTheWholeLog(t *testing.T) {
	t.Parallel()
	store := storeOf(t,
		received("n1", oxycodone, 100), received("n4", diazepam, 500), dispensed("n1", oxycodone, 1, 30, 0),
		dispensed("n4", diazepam, 1, 30, 0), dispensed("n1", oxycodone, 2, 10, 0), dispensed("n1", oxycodone, 3, 5, 0))
	log, err := reports.Log(t.Context(), store, "")
	if err != nil {
		t.Fatal(err)
	}
	newest := func(yield func(reports.LogLine, error) bool) {
		for i := range log {
			if !yield(log[len(log)-1-i], nil) {
				return
			}
		}
	}
	page, err := reports.Page(newest, 6, 2)
	if err != nil || len(page) != 2 || page[0].Position != 4 || page[0].Balance != 470 || page[1].Position != 5 || page[1].Balance != 60 {
		t.Errorf("got %+v, %v, want the lines of positions 4 and 5 with 470 and 60 left", page, err)
	}
}
