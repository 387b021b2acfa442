package pharmacy_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// The people of the specs. Anna is in charge.
const (
	anna = "anna" // pharmacist in charge
	ben  = "ben"  // pharmacist
	cleo = "cleo" // technician
	dora = "dora" // nurse

	doctor = "AB1234563"
)

var (
	oxycodone = dispensing.Drug{Name: "oxycodone HCl", Ingredient: "oxycodone", Strength: "5 mg", Form: "tablet", Schedule: dispensing.ScheduleII}
	morphine  = dispensing.Drug{Name: "morphine sulfate", Ingredient: "morphine", Strength: "1 mg/mg", Form: "injection", Schedule: dispensing.ScheduleII}
	ketamine  = dispensing.Drug{Name: "ketamine", Ingredient: "ketamine", Strength: "50 mg", Form: "lozenge", Schedule: dispensing.ScheduleIII}
	diazepam  = dispensing.Drug{Name: "diazepam", Ingredient: "diazepam", Strength: "5 mg", Form: "tablet", Schedule: dispensing.ScheduleIV}
	pregabal  = dispensing.Drug{Name: "pregabalin", Ingredient: "pregabalin", Strength: "75 mg", Form: "capsule", Schedule: dispensing.ScheduleV}
)

// ndcs are the products that the pharmacy stocks.
var ndcs = map[string]string{
	"oxycodone": "00001-0001-01", "morphine": "00001-0002-01", "ketamine": "00001-0003-01",
	"diazepam": "00001-0004-01", "pregabalin": "00001-0005-01",
}

func ndc(drug dispensing.Drug) string { return ndcs[drug.Ingredient] }

func (p *pharmacy) hireStaff(ctx context.Context) {
	GinkgoHelper()
	p.does(ctx,
		dispensing.CredentialStaff{Staff: anna, Name: "Anna Alder", Initials: "AA", Role: dispensing.PharmacistInCharge, By: anna},
		dispensing.CredentialStaff{Staff: ben, Name: "Ben Birch", Initials: "BB", Role: dispensing.Pharmacist, By: anna},
		dispensing.CredentialStaff{Staff: cleo, Name: "Cleo Cedar", Initials: "CC", Role: dispensing.Technician, By: anna},
		dispensing.CredentialStaff{Staff: dora, Name: "Dora Dogwood", Initials: "DD", Role: dispensing.Nurse, By: anna},
		dispensing.VerifyPrescriber{Prescriber: doctor, Name: "Dr. Elm", Address: "1 Hill Road", By: anna},
	)
}

// written is a prescription of today for 30 days, without refills.
func (p *pharmacy) written(patient string, drug dispensing.Drug, qty int) dispensing.AcceptPrescription {
	return dispensing.AcceptPrescription{
		Kind: dispensing.Written, Patient: patient, PatientName: "Patient " + patient, PatientAddress: "2 Lake Street",
		Prescriber: doctor, Drug: drug, Qty: qty, DaysSupply: 30, Directions: "one at bedtime", Issued: p.Now(), By: ben,
	}
}

// refillable is a prescription of today with refills.
func (p *pharmacy) refillable(patient string, drug dispensing.Drug, qty, refills int) dispensing.AcceptPrescription {
	rx := p.written(patient, drug, qty)
	rx.Refills = refills
	return rx
}

// emergency is a prescription of now that was phoned in, for three days.
func (p *pharmacy) emergency(patient string, drug dispensing.Drug, qty int) dispensing.AcceptPrescription {
	rx := p.written(patient, drug, qty)
	rx.Kind, rx.DaysSupply = dispensing.EmergencyOral, 3
	return rx
}

// delivery is a lot that arrives.
func (p *pharmacy) delivery(drug dispensing.Drug, lot string, qty int) dispensing.ReceiveLot {
	return dispensing.ReceiveLot{
		NDC: ndc(drug), Lot: lot, Drug: drug, Unit: "unit", Qty: qty, Expires: p.Now().AddDate(3, 0, 0),
		Supplier: dispensing.Party{Name: "Fir Wholesale", Address: "3 Dock Road", DEA: "RF0000001"},
		Order:    "o-" + lot, Form222: "f-" + lot, By: cleo,
	}
}

// fill is a dispensing by Ben of oxycodone from lot L1, unless changed.
func fill(rx, qty int) dispensing.Dispense { return fillFrom("L1", oxycodone, rx, qty) }

func fillFrom(lot string, drug dispensing.Drug, rx, qty int) dispensing.Dispense {
	return dispensing.Dispense{Rx: rx, NDC: ndc(drug), Lot: lot, Qty: qty, Staff: ben}
}

func because(reason dispensing.PartialReason, c dispensing.Dispense) dispensing.Dispense {
	c.PartialReason = reason
	return c
}

func by(staff string, c dispensing.Dispense) dispensing.Dispense {
	c.Staff = staff
	return c
}

// at returns a moment of the spec's first week.
func (p *pharmacy) at(weekday time.Weekday, hour int) time.Time {
	monday := p.opened.Truncate(day)
	return monday.AddDate(0, 0, int(weekday-time.Monday)).Add(time.Duration(hour) * time.Hour)
}
