package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// mill takes orders by HTTP. What an order needs to be taken once is the key in its
// header Idempotency-Key: an order with a key that the mill has seen is not another
// one.
type mill struct {
	say teller

	mu     sync.Mutex // guards everything below
	closed int        // requests that find the mill closed
	dying  string     // order after which the mill dies, once
	kinds  []string   // of flour
	seen   map[string]bool
	orders []string
}

func newMill(say teller) *mill {
	return &mill{say: say, kinds: []string{"rye", "wheat"}, seen: make(map[string]bool)}
}

func (m *mill) closeFor(requests int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = requests
}

func (m *mill) dieAfter(order string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dying = order
}

func (m *mill) learn(kind string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kinds = append(m.kinds, kind)
}

// book returns the orders that were taken, as they came.
func (m *mill) book() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.orders)
}

// ServeHTTP takes an order.
func (m *mill) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var order FlourOrdered
	key := r.Header.Get("Idempotency-Key")
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&order)
	switch {
	case m.closed > 0:
		m.closed--
		http.Error(w, "we are closed", http.StatusServiceUnavailable)
	case err != nil || key == "":
		http.Error(w, "an order and an Idempotency-Key are needed", http.StatusBadRequest)
	case m.seen[key]:
		m.say("mill", "has %s already, and says so", order.Order)
		w.WriteHeader(http.StatusOK)
	case !slices.Contains(m.kinds, order.Kind):
		http.Error(w, "no such flour: "+order.Kind, http.StatusUnprocessableEntity)
	default:
		m.seen[key] = true // together with the order, or the order could come twice
		m.orders = append(m.orders, order.Order)
		m.say("mill", "writes down %v", order)
		if m.dying == order.Order {
			m.dying = ""
			panic(http.ErrAbortHandler) // cuts the connection without an answer
		}
		w.WriteHeader(http.StatusCreated)
	}
}

// serve answers requests to url until end is called.
func serve(ctx context.Context, handler http.Handler) (url string, end func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // says that it was closed
	}()
	return fmt.Sprintf("http://%v/orders", listener.Addr()), func() {
		_ = server.Close()
		<-ended
	}, nil
}
