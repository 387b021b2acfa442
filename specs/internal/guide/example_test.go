package guide_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opossum-go/opossum/adapters/filesystem"
	"github.com/opossum-go/opossum/adapters/sqlite"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
	"github.com/opossum-go/opossum/projection"
	"github.com/opossum-go/opossum/projection/projectiontest"
)

// Example runs what docs/projections.md shows.
func Example() {
	dir, err := os.MkdirTemp("", "school")
	if err == nil {
		err = school(dir)
	}
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Pottery [ada bob] after 3 events, the last at 3
	// full: c1
	// 1 full of 2
	// ada is in 2 courses, with bob
	// roster of c2: Ada
	// parked: 0
	// welcomed: /ada /bob /ada
	// courses: 2 states, 0 new, 0 other, 0 gone
}

func school(dir string) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	welcomed := make(chan string, 3)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { welcomed <- r.URL.Path }))
	defer service.Close()
	return run(ctx, dir, func(store projection.EventStore, states ports.ProjectionStore) error {
		return greet(ctx, store, states, service.Client(), service.URL, welcomed)
	})
}

func run(ctx context.Context, dir string, greet func(projection.EventStore, ports.ProjectionStore) error) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	store, err := filesystem.Open(ctx, dir, filesystem.Options{})
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // nothing is lost
	states, err := sqlite.Open(filepath.Join(dir, "projections"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer states.Close() //nolint:errcheck // nothing is lost

	runner, err := projection.NewRunner(store, states, projection.Options{}, Courses(), Students(), Rosters())
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()

	if err := teach(ctx, store, states, runner); err != nil {
		return err
	}
	if err := query(ctx, states); err != nil {
		return err
	}
	if err := manage(ctx, states, runner, log.New(io.Discard, "", 0)); err != nil {
		return err
	}
	if err := greet(store, states); err != nil {
		return err
	}

	differences, err := runner.DryRun(ctx, "courses")
	if err != nil {
		return err
	}
	for _, d := range differences {
		fmt.Printf("%s: %d states, %d new, %d other, %d gone\n", d.Projection, d.States, d.Added, d.Changed, d.Removed)
	}
	return runner.Rebuild(ctx, "courses")
}

func teach(ctx context.Context, store ports.EventStore, states ports.ProjectionReader, runner *projection.Runner) error {
	result, err := application.Decide(ctx, store, func(d *application.Decision) error {
		return d.Record(
			CourseDefined{"c1", "Pottery", 2}, StudentSubscribed{"c1", "ada"}, StudentSubscribed{"c1", "bob"},
			CourseDefined{"c2", "Latin", 9}, StudentNamed{"ada", "Ada"}, StudentSubscribed{"c2", "ada"}, StudentsPaired{"ada", "bob"})
	})
	if err != nil {
		return err
	}

	soon, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := Courses().View(states).Wait(soon, result.Positions.Last); err != nil {
		return err
	}

	if err := runner.Wait(soon, result.Positions.Last, "students", "rosters"); err != nil {
		return err
	}
	return nil
}

func greet(ctx context.Context, store projection.EventStore, states ports.ProjectionStore, client *http.Client, url string, welcomed <-chan string) error {
	outboxes, err := projection.NewRunner(store, states, projection.Options{}, Welcome(client, url))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- outboxes.Run(ctx) }()
	fmt.Println("welcomed:", <-welcomed, <-welcomed, <-welcomed)
	stop()
	return <-ended
}

func query(ctx context.Context, states ports.ProjectionReader) error {
	courses := Courses().View(states)

	course, found, err := courses.Get(ctx, "c1")
	if err != nil {
		return err
	}
	if found {
		fmt.Println(course.Value.Title, course.Value.Students, "after", course.Version, "events, the last at", course.Position)
	}

	full, err := courses.List(ctx, projection.Selection{Tags: []domain.Tag{"full:true"}})
	if err != nil {
		return err
	}
	for _, course := range full {
		fmt.Println("full:", course.Key)
	}

	all, err := courses.Count(ctx)
	if err != nil {
		return err
	}
	fmt.Println(len(full), "full of", all)

	ada, _, err := Students().View(states).Get(ctx, "ada")
	if err != nil {
		return err
	}
	fmt.Printf("ada is in %d courses, with %s\n", ada.Value.Courses, ada.Value.Partner)
	roster, _, err := Rosters().View(states).Get(ctx, "c2")
	if err != nil {
		return err
	}
	fmt.Println("roster of c2:", roster.Value[0])
	return nil
}

func manage(ctx context.Context, states ports.ProjectionReader, runner *projection.Runner, logger *log.Logger) error {
	for _, s := range runner.Status() {
		logger.Println(s.Name, s.Condition, s.Position, s.Lag, s.LagTime, s.Parked, s.Err)
	}

	parked, err := states.Parked(ctx, "rosters")
	fmt.Println("parked:", len(parked))
	return err
}

func TestACourseIsFull(t *testing.T) {
	projectiontest.Given(t, Courses(), CourseDefined{"c1", "Pottery", 1}, StudentSubscribed{"c1", "ada"}).
		Then("c1", Course{Title: "Pottery", Capacity: 1, Students: []string{"ada"}}).
		ThenTags("c1", "full:true").
		ThenNone("c2")
}

func TestARosterWithAPolicyIsTheSame(t *testing.T) {
	projectiontest.Given(t, careful(), StudentSubscribed{"c1", "ada"}, StudentNamed{"bob", "Bob"}, StudentSubscribed{"c1", "bob"}).
		Then("c1", []string{"ada", "Bob"})
}
