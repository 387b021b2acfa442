package optintoken_test

import (
	"context"
	"fmt"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	signups "github.com/opossum-go/opossum/examples/optintoken"
)

// clock is a clock that is set by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// Two sign-ups: one is confirmed in time and then again, the other too late.
func Example() {
	ctx, store := context.Background(), &memory.Store{}
	now := &clock{time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)}
	at := application.WithClock(now)
	confirm := func(address, otp string) {
		_, err := application.Decide(ctx, store, signups.ConfirmSignUp{EmailAddress: address, OTP: otp}.Decide, at)
		fmt.Println(now.now.Format("15:04"), address, otp, err)
	}

	_, err := application.Decide(ctx, store, func(d *application.Decision) error {
		return d.Record(
			signups.SignUpInitiated{EmailAddress: "ada@example.com", OTP: "111111", Name: "Ada"},
			signups.SignUpInitiated{EmailAddress: "bob@example.com", OTP: "222222", Name: "Bob"})
	}, at)
	if err != nil {
		fmt.Println(err)
		return
	}
	confirm("ada@example.com", "222222")
	now.now = now.now.Add(signups.Lifetime)
	confirm("ada@example.com", "111111")
	confirm("ada@example.com", "111111")
	now.now = now.now.Add(time.Minute)
	confirm("bob@example.com", "222222")
	// Output:
	// 09:00 ada@example.com 222222 No pending sign-up for this OTP / email address
	// 10:00 ada@example.com 111111 <nil>
	// 10:00 ada@example.com 111111 OTP was already used
	// 10:01 bob@example.com 222222 OTP expired
}
