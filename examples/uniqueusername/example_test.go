package uniqueusername_test

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	accounts "github.com/opossum-go/opossum/examples/uniqueusername"
)

// clock is a clock that is set by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// A username is taken, given up, reserved for three days, and free again.
func Example() {
	ctx, store := context.Background(), &memory.Store{}
	today := &clock{time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)}
	register := func(name string) {
		_, err := application.Decide(ctx, store, accounts.RegisterAccount{Username: name}.Decide, application.WithClock(today))
		if err != nil {
			fmt.Println(today.now.Format("2 January:"), err)
			return
		}
		fmt.Println(today.now.Format("2 January:"), name, "is registered")
	}

	register("ada")
	register("ada")
	_, err := application.Decide(ctx, store, func(d *application.Decision) error {
		return d.Record(accounts.AccountClosed{Username: "ada"})
	}, application.WithClock(today))
	fmt.Println("closed:", err == nil)

	today.now = today.now.Add(accounts.Retention)
	register("ada")
	today.now = today.now.Add(24 * time.Hour)
	register("ada")
	// Output:
	// 1 March: ada is registered
	// 1 March: Username "ada" is claimed
	// closed: true
	// 4 March: Username "ada" is claimed
	// 5 March: ada is registered
}

// What a registration depends on are the events about its name, and no others.
func ExampleClaimed() {
	fmt.Println(accounts.Claimed("ada", time.Time{}).Query())
	// Output: AccountClosed|AccountRegistered|UsernameChanged{username:ada}
}
