package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// drug is a product with what is usual for it.
type drug struct {
	dispensing.Drug
	ndc        string
	unit       string
	qty, days  int // of a usual prescription
	directions string
	lots       []lot
}

// lot is a delivery from before the day. What everyday work takes comes from the
// lots marked so; the others belong to a story.
type lot struct {
	no       string
	qty      int
	expires  time.Time
	everyday bool
}

var wholesaler = dispensing.Party{Name: "Northgate Wholesale", Address: "1 Depot Road, Ashford", DEA: "ZN0000909"}

func product(n int, name, ingredient, strength, form string, schedule dispensing.Schedule, unit string, qty, days int, directions string, lots ...lot) drug {
	return drug{
		Drug: dispensing.Drug{Name: name, Ingredient: ingredient, Strength: strength, Form: form, Schedule: schedule},
		ndc:  fmt.Sprintf("99990-%04d-01", n), unit: unit, qty: qty, days: days, directions: directions, lots: lots,
	}
}

func shelf(no string, qty int) lot {
	return lot{no: no, qty: qty, expires: date(2027, 9, 30, 0, 0), everyday: true}
}

func special(no string, qty int, expires time.Time) lot {
	return lot{no: no, qty: qty, expires: expires}
}

var later = date(2027, 6, 30, 0, 0)

// The products. Some lots are there for one story only.
var (
	oxycodone5 = product(101, "oxycodone HCl", "oxycodone", "5 mg", "tablet", dispensing.ScheduleII, "tablet", 30, 7,
		"1 tablet every 6 hours as needed for pain", shelf("OX5-311", 600), shelf("OX5-318", 600))
	oxycodone10 = product(102, "oxycodone HCl", "oxycodone", "10 mg", "tablet", dispensing.ScheduleII, "tablet", 30, 10,
		"1 tablet every 8 hours as needed for pain", special("OX10-77", 20, later), special("OX10-80", 300, later), special("OX10-81", 300, later))
	morphine = product(103, "morphine sulfate ER", "morphine", "15 mg", "tablet", dispensing.ScheduleII, "tablet", 60, 30,
		"1 tablet twice a day", shelf("MS15-204", 900))
	methylphenidate = product(104, "methylphenidate ER", "methylphenidate", "18 mg", "tablet", dispensing.ScheduleII, "tablet", 30, 30,
		"1 tablet in the morning", shelf("MP18-410", 600), special("MP18-402", 30, later))
	amphetamine = product(105, "amphetamine salts", "amphetamine", "20 mg", "tablet", dispensing.ScheduleII, "tablet", 30, 30,
		"1 tablet in the morning", shelf("AM20-502", 600), special("AM20-441", 90, later))
	hydrocodone = product(106, "hydrocodone/acetaminophen", "hydrocodone", "5/325 mg", "tablet", dispensing.ScheduleII, "tablet", 20, 5,
		"1 tablet every 6 hours as needed for pain", shelf("HC5-630", 600))
	hydromorphone = product(107, "hydromorphone HCl", "hydromorphone", "2 mg/mL", "injection", dispensing.ScheduleII, "mg", 10, 1,
		"for the ward", special("HM2-090", 200, later))
	codeine = product(201, "acetaminophen/codeine", "codeine", "300/30 mg", "tablet", dispensing.ScheduleIII, "tablet", 24, 6,
		"1 tablet every 6 hours as needed for pain", shelf("CO30-115", 700))
	buprenorphine = product(202, "buprenorphine/naloxone", "buprenorphine", "8/2 mg", "film", dispensing.ScheduleIII, "film", 30, 30,
		"1 film under the tongue once a day", shelf("BU8-021", 600))
	alprazolam = product(301, "alprazolam", "alprazolam", "0.5 mg", "tablet", dispensing.ScheduleIV, "tablet", 30, 15,
		"1 tablet twice a day as needed", shelf("AL05-733", 700), special("AL05-611", 84, date(2026, 2, 28, 0, 0)))
	zolpidem = product(302, "zolpidem tartrate", "zolpidem", "10 mg", "tablet", dispensing.ScheduleIV, "tablet", 30, 30,
		"1 tablet at bedtime", shelf("ZP10-250", 900))
	tramadol = product(303, "tramadol HCl", "tramadol", "50 mg", "tablet", dispensing.ScheduleIV, "tablet", 40, 10,
		"1 tablet every 6 hours as needed for pain", shelf("TR50-818", 900))
	pregabalin = product(401, "pregabalin", "pregabalin", "75 mg", "capsule", dispensing.ScheduleV, "capsule", 60, 30,
		"1 capsule twice a day", shelf("PG75-144", 1500))
	amoxicillin = product(501, "amoxicillin", "amoxicillin", "500 mg", "capsule", dispensing.Uncontrolled, "capsule", 21, 7,
		"1 capsule three times a day until finished", shelf("AX5-901", 900))
	lisinopril = product(502, "lisinopril", "lisinopril", "10 mg", "tablet", dispensing.Uncontrolled, "tablet", 90, 90,
		"1 tablet in the morning", shelf("LI10-377", 3000))
	metformin = product(503, "metformin HCl", "metformin", "500 mg", "tablet", dispensing.Uncontrolled, "tablet", 180, 90,
		"1 tablet twice a day with meals", shelf("MF5-512", 5000))
	atorvastatin = product(504, "atorvastatin", "atorvastatin", "20 mg", "tablet", dispensing.Uncontrolled, "tablet", 90, 90,
		"1 tablet in the evening", shelf("AT20-066", 3000))
	sertraline = product(505, "sertraline", "sertraline", "50 mg", "tablet", dispensing.Uncontrolled, "tablet", 30, 30,
		"1 tablet in the morning", shelf("SE50-209", 1500))
)

// everyday are the products that everyday work dispenses.
var everyday = []drug{
	oxycodone5, morphine, methylphenidate, amphetamine, hydrocodone, codeine, buprenorphine, alprazolam, zolpidem, tramadol,
	pregabalin, amoxicillin, lisinopril, metformin, atorvastatin, sertraline,
}

// receiveStock brings in what is there before the day.
func (b *builder) receiveStock() {
	all := append([]drug{oxycodone10, hydromorphone}, everyday...)
	n := 0
	for _, d := range all {
		for _, l := range d.lots {
			at := date(2026, 1, 12, 8, 0).Add(time.Duration(n) * 6 * time.Minute)
			b.day.Lots = append(b.day.Lots, b.item(at, "", d.delivery(l, 4400+n), day.OK, ""))
			n++
		}
	}
}

// delivery returns the command that receives a lot. Orders of Schedule II come
// with a form.
func (d drug) delivery(l lot, order int) dispensing.ReceiveLot {
	c := dispensing.ReceiveLot{
		NDC: d.ndc, Lot: l.no, Drug: d.Drug, Unit: d.unit, Qty: l.qty, Expires: l.expires, Supplier: wholesaler,
		Order: fmt.Sprintf("PO-%d", order), By: lindqvist,
	}
	if d.Schedule == dispensing.ScheduleII {
		c.Form222 = fmt.Sprintf("CSOS-26-%05d", order)
	}
	return c
}

// from returns the command that dispenses qty units out of a lot.
func (d drug) from(lot string, qty int, staff string) dispensing.Dispense {
	return dispensing.Dispense{NDC: d.ndc, Lot: lot, Qty: qty, Staff: staff}
}

// taken returns how many units of each lot the items dispense when they succeed.
func taken(items []day.Item) map[string]int {
	out := make(map[string]int)
	for _, item := range items {
		command, err := item.Command(func(string) (int, error) { return 1, nil })
		if err != nil {
			panic(err)
		}
		if c, ok := command.(dispensing.Dispense); ok && item.Expect.May(day.OK) {
			out[c.NDC+"/"+c.Lot] += c.Qty
		}
	}
	return out
}

// takenBefore returns how many units of a product everyday work dispenses before a
// phase.
func (b *builder) takenBefore(phase string, d drug) int {
	sum := 0
	for _, h := range hours {
		if h.phase == phase {
			break
		}
		for _, desk := range day.Desks() {
			for _, l := range d.lots {
				sum += taken(b.everyday[place{h.phase, desk}])[d.ndc+"/"+l.no]
			}
		}
	}
	return sum
}

// checkStock refuses a day on which everyday work would run out of something.
func (b *builder) checkStock() {
	all := taken(slices.Concat(b.day.History, b.day.Commands))
	for _, d := range everyday {
		for _, l := range d.lots {
			if n := all[d.ndc+"/"+l.no]; l.everyday && n > l.qty {
				panic(fmt.Sprintf("lot %s has %d units and the day takes %d", l.no, l.qty, n))
			}
		}
	}
}
