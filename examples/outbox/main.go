// Command outbox shows how events get out of a store, each at least once, in their
// order, whatever the other side does meanwhile.
//
//	go run ./examples/outbox
//
// A bakery orders flour. Each order is an event, and an outbox posts it to the
// mill, which is an HTTP server inside of this program. The mill is closed at first;
// later it dies between writing an order down and saying so; and one order it does
// not understand. In the end every order is in its book once.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	// Both are kept in memory here. With adapters/filesystem and adapters/sqlite, as in
	// the test, an outbox goes on after a restart where it was.
	err := run(ctx, os.Stdout, memory.New(memory.Options{}), memory.NewProjections())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "outbox:", err)
		os.Exit(1)
	}
}

// run tells the whole story on out. The store takes the events, states what the
// outbox has done about them.
func run(ctx context.Context, out io.Writer, store ports.EventStore, states ports.ProjectionStore) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	say := newTeller(out)
	mill := newMill(say)
	url, closeMill, err := serve(ctx, mill)
	if err != nil {
		return err
	}
	defer closeMill()

	outbox := orders(url, say)
	runner, err := projection.NewRunner(store, states, projection.Options{}, outbox)
	if err != nil {
		return err
	}
	running, leave := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(running) }()

	b := &bakery{store: store, states: states, runner: runner, outbox: outbox.Name(), mill: mill, say: say}
	err = b.day(ctx)
	leave()
	if runErr := <-ended; err == nil {
		err = runErr
	}
	return err
}

// orders is the outbox: every order is posted to the mill. When that has failed
// five times the order is set aside, and the next one is posted.
func orders(url string, say teller) *projection.Outbox {
	// A client that keeps connections repeats a request with an Idempotency-Key by
	// itself when a connection breaks. Here each try is to be seen.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	return projection.NewOutbox("mill").With(
		projection.Send(post(client, url, say)),
	).OnFailure(projection.Failure{
		Retries: 4, MinDelay: 10 * time.Millisecond, MaxDelay: 80 * time.Millisecond,
		Then: projection.Park,
	})
}

// bakery is who orders.
type bakery struct {
	store  ports.EventStore
	states ports.ProjectionReader
	runner *projection.Runner
	outbox string
	mill   *mill
	say    teller
}

func (b *bakery) day(ctx context.Context) error {
	b.say("", "The mill is closed. The outbox tries again, and pauses longer each time.")
	b.mill.closeFor(3)
	if err := b.order(ctx, FlourOrdered{"o1", "rye", 50}, FlourOrdered{"o2", "wheat", 200}); err != nil {
		return err
	}

	b.say("", "The mill dies when it has written the order down, before it says so.")
	b.mill.dieAfter("o3")
	if err := b.order(ctx, FlourOrdered{"o3", "rye", 25}); err != nil {
		return err
	}

	b.say("", "The mill does not know what spelt is. The order is set aside, the next one goes on.")
	if err := b.order(ctx, FlourOrdered{"o4", "spelt", 10}, FlourOrdered{"o5", "wheat", 75}); err != nil {
		return err
	}
	parked, err := b.states.Parked(ctx, b.outbox)
	if err != nil {
		return err
	}
	for _, p := range parked {
		b.say("bakery", "finds aside: %s at position %d, tried %d times: %s", p.Type, p.Position, p.Attempts, p.Error)
	}

	b.say("", "The mill learns what spelt is, and the bakery has what was set aside posted again.")
	b.mill.learn("spelt")
	sent, err := b.runner.RetryParked(ctx, b.outbox)
	if err != nil {
		return err
	}
	b.say("bakery", "finds %d order sent", sent)
	b.say("", "In the book of the mill: %v", b.mill.book())
	return nil
}

// order records orders in one append, and returns when the outbox has dealt with
// them.
func (b *bakery) order(ctx context.Context, orders ...FlourOrdered) error {
	var events []domain.Event
	for _, order := range orders {
		b.say("bakery", "orders %v", order)
		event, err := decision.Encode(order)
		if err != nil {
			return err
		}
		events = append(events, event)
	}
	positions, err := b.store.Append(ctx, events)
	if err != nil {
		return err
	}
	return b.states.Await(ctx, b.outbox, "", positions.Last)
}
