package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opossum-go/opossum/projection"
)

// post returns what the outbox does with an order: it posts it to a URL. Anything but
// an answer of 2xx is an error, after which the outbox tries again. The mill knows by
// the key whether it has had the order before.
func post(client *http.Client, to string, say teller) func(context.Context, projection.Delivery, FlourOrdered) error {
	var failed time.Time
	return func(ctx context.Context, d projection.Delivery, order FlourOrdered) error {
		if d.Attempt == 1 {
			say("outbox", "posts %s", order.Order)
		} else {
			say("outbox", "posts %s, try %d, %d ms later", order.Order, d.Attempt, time.Since(failed).Milliseconds())
		}
		err := send(ctx, client, to, d.IdempotencyKey, order)
		if err != nil {
			failed = time.Now()
			say("outbox", "fails: %s", inShort(err))
		}
		return err
	}
}

func send(ctx context.Context, client *http.Client, to, key string, order FlourOrdered) error {
	body, err := json.Marshal(order)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		why, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return fmt.Errorf("the mill answers %s: %s", response.Status, strings.TrimSpace(string(why)))
	}
	return nil
}

// inShort tells an error without what differs from run to run and from system to
// system.
func inShort(err error) string {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return "the mill gives no answer"
	}
	return err.Error()
}
