package main

import (
	"fmt"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// Staff. Reyes and Voss stand at the desks A and B.
const (
	okafor    = "p-okafor" // pharmacist in charge
	reyes     = "p-reyes"
	voss      = "p-voss"
	petrenko  = "p-petrenko"
	lindqvist = "t-lindqvist"
	abara     = "t-abara"
	calloway  = "n-calloway"
	haddad    = "n-haddad"
)

// pharmacist and technician say who works at a desk.
var (
	pharmacist = map[string]string{"A": reyes, "B": voss}
	technician = map[string]string{"A": lindqvist, "B": abara}
)

func (b *builder) hire() {
	for i, s := range []dispensing.CredentialStaff{
		{Staff: okafor, Name: "Miriam Okafor", Initials: "MO", Role: dispensing.PharmacistInCharge, License: "RPH-0041"},
		{Staff: reyes, Name: "Daniel Reyes", Initials: "DR", Role: dispensing.Pharmacist, License: "RPH-0077"},
		{Staff: voss, Name: "Lena Voss", Initials: "LV", Role: dispensing.Pharmacist, License: "RPH-0085"},
		{Staff: petrenko, Name: "Ivo Petrenko", Initials: "IP", Role: dispensing.Pharmacist, License: "RPH-0102"},
		{Staff: lindqvist, Name: "Grace Lindqvist", Initials: "GL", Role: dispensing.Technician, License: "TCH-0310"},
		{Staff: abara, Name: "Tomas Abara", Initials: "TA", Role: dispensing.Technician, License: "TCH-0322"},
		{Staff: calloway, Name: "Ruth Calloway", Initials: "RC", Role: dispensing.Nurse, License: "RN-0508"},
		{Staff: haddad, Name: "Samir Haddad", Initials: "SH", Role: dispensing.Nurse, License: "RN-0533"},
	} {
		s.By = okafor
		b.day.Staff = append(b.day.Staff, b.item(date(2024, 1, 8, 9, 5*i), "", s, day.OK, ""))
	}
}

// Prescribers by DEA number.
const (
	brandt    = "ZB0000211" // general practice
	iyer      = "ZI0000224" // pain clinic
	moreau    = "ZM0000237" // psychiatry
	sandoval  = "ZS0000240" // paediatrics
	whitlock  = "ZW0000253" // hospice and long-term care
	nakagawa  = "ZN0000266" // emergency medicine
	ferreira  = "ZF0000279" // registration ended on March 5
	lockridge = "ZL0000282" // owes the paper of an emergency prescription
)

// everydayPrescribers are those without a story.
var everydayPrescribers = []string{brandt, iyer, moreau, sandoval, whitlock}

func (b *builder) meetPrescribers() {
	for i, p := range []dispensing.VerifyPrescriber{
		{Prescriber: brandt, Name: "Dr. Helga Brandt", Address: "4 Orchard Lane, Millbrook"},
		{Prescriber: iyer, Name: "Dr. Anand Iyer", Address: "Pain Clinic, 90 Station Road, Millbrook"},
		{Prescriber: moreau, Name: "Dr. Camille Moreau", Address: "17 Linden Square, Millbrook"},
		{Prescriber: sandoval, Name: "Dr. Pilar Sandoval", Address: "Children's Practice, 3 Mill Street, Millbrook"},
		{Prescriber: whitlock, Name: "Dr. Edmund Whitlock", Address: "Hillcrest Hospice, 1 Hill Road, Ashford"},
		{Prescriber: nakagawa, Name: "Dr. Yuki Nakagawa", Address: "County Hospital, 200 Main Street, Ashford"},
		{Prescriber: ferreira, Name: "Dr. Rui Ferreira", Address: "61 Harbour Street, Ashford"},
		{Prescriber: lockridge, Name: "Dr. Owen Lockridge", Address: "8 Chapel Street, Millbrook"},
	} {
		p.By = okafor
		b.day.Prescribers = append(b.day.Prescribers, b.item(date(2024, 1, 9, 9, 5*i), "", p, day.OK, ""))
	}
}

var (
	firstNames = []string{
		"Ada", "Bruno", "Clara", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Maren", "Nadia",
		"Oscar", "Paloma", "Quentin", "Rosa", "Stefan", "Thea", "Umar", "Vera", "Wendell", "Ximena", "Yusuf", "Zora",
	}
	lastNames = []string{
		"Abernathy", "Bellweather", "Castellan", "Dunmore", "Eastlake", "Fairbairn", "Greenough", "Hartigan", "Ironside", "Jessop",
		"Kettleby", "Larkspur", "Merriweather", "Northcote", "Oakhurst", "Pemberley", "Quillfeather", "Ravenscroft", "Silverton", "Thistlewood",
		"Underhill", "Vancourt", "Winterbourne",
	}
	streets = []string{"Elm Street", "Mill Lane", "Harbour Row", "Quarry Road", "Chapel Street", "Willow Walk", "Station Road", "Orchard Lane"}
)

// patient is somebody the pharmacy knows.
type patient struct{ id, name, address string }

// newPatient returns the next patient, who has nothing from before.
func (b *builder) newPatient() patient {
	n := b.patients
	b.patients++
	return patient{
		id:   fmt.Sprintf("pt-%04d", 1001+n),
		name: firstNames[n%len(firstNames)] + " " + lastNames[n%len(lastNames)],
		address: fmt.Sprintf("%d %s, %s", 3+n*7%180, streets[n%len(streets)],
			[]string{"Millbrook", "Millbrook", "Ashford"}[n%3]),
	}
}

// newForm returns the number of the next paper form.
func (b *builder) newForm() string {
	b.forms++
	return fmt.Sprintf("F-%05d", 20100+b.forms)
}

// prescribe returns a command that takes in what a prescriber wrote for a
// patient. The drug's usual quantity and directions are filled in; change
// modifies the rest and may be nil.
func (b *builder) prescribe(p patient, d drug, prescriber string, issued time.Time, change func(*dispensing.AcceptPrescription)) dispensing.AcceptPrescription {
	c := dispensing.AcceptPrescription{
		Form: b.newForm(), Kind: dispensing.Written, Patient: p.id, PatientName: p.name, PatientAddress: p.address,
		Prescriber: prescriber, Drug: d.Drug, Qty: d.qty, DaysSupply: d.days, Directions: d.directions, Issued: issued, By: lindqvist,
	}
	if change != nil {
		change(&c)
	}
	return c
}

// known adds a prescription that was taken in before the day and returns its form.
// It was accepted twenty minutes after it was issued.
func (b *builder) known(c dispensing.AcceptPrescription) string {
	b.day.Prescriptions = append(b.day.Prescriptions, b.item(c.Issued.Add(20*time.Minute), "", c, day.OK, ""))
	return c.Form
}
