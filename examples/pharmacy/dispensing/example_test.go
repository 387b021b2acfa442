package dispensing_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

type noon struct{}

func (noon) Now() time.Time { return time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC) }

// A prescription for 30 tablets meets a lot of 20: the refusal names the rule and
// says what can be done instead.
func ExampleRegister() {
	ctx := context.Background()
	store := memory.New(memory.Options{Clock: noon{}})
	app := application.New(store, application.WithClock(noon{}))
	dispensing.Register(app, store, dispensing.Policy{})

	tablets := dispensing.Drug{Name: "oxycodone HCl", Ingredient: "oxycodone", Strength: "5 mg", Form: "tablet", Schedule: dispensing.ScheduleII}
	for _, command := range []any{
		dispensing.CredentialStaff{Staff: "anna", Name: "Anna Alder", Initials: "AA", Role: dispensing.Pharmacist, By: "anna"},
		dispensing.VerifyPrescriber{Prescriber: "AB1234563", Name: "Dr. Elm", Address: "1 Hill Road", By: "anna"},
		dispensing.ReceiveLot{
			NDC: "00001-0001-01", Lot: "L1", Drug: tablets, Unit: "tablet", Qty: 20, Expires: noon{}.Now().AddDate(2, 0, 0),
			Supplier: dispensing.Party{Name: "Fir Wholesale", Address: "3 Dock Road", DEA: "RF0000001"}, Form222: "222-1", By: "anna",
		},
		dispensing.AcceptPrescription{
			Kind: dispensing.Written, Patient: "p1", PatientName: "Iris Ivy", PatientAddress: "2 Lake Street", Prescriber: "AB1234563",
			Drug: tablets, Qty: 30, DaysSupply: 10, Directions: "one every eight hours", Issued: noon{}.Now(), By: "anna",
		},
	} {
		if _, err := app.Execute(ctx, command); err != nil {
			fmt.Println(err)
		}
	}

	dispense := dispensing.Dispense{Rx: 1, NDC: "00001-0001-01", Lot: "L1", Qty: 30, Staff: "anna"}
	_, err := app.Execute(ctx, dispense)
	fmt.Println(errors.Is(err, dispensing.ErrRefused), err)

	dispense.Qty, dispense.PartialReason = 20, dispensing.CannotSupply
	result, err := app.Execute(ctx, dispense)
	fmt.Println(result.Positions.First, err)
	// Output:
	// true refused: insufficient stock: lot 00001-0001-01/L1 has 20, 30 are needed [I2]; dispense 20 as a partial fill (cannot-supply) or take another lot
	// 5 <nil>
}
