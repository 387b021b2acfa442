package application_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/opossum-go/opossum/adapters/memory"
	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

type DefineCourse struct {
	Course   string `json:"course" validate:"required"`
	Capacity int    `json:"capacity" validate:"min=1,max=500"`
}

func decideSubscribe(d *application.Decision, cmd Subscribe) error { return cmd.Decide(d) }

func decideDefine(d *application.Decision, cmd *DefineCourse) error {
	d.RequireNone(domain.NewQuery(domain.OfTypes("CourseDefined").Tagged(course(cmd.Course))))
	return d.Record(CourseDefined(*cmd))
}

// newApp knows Subscribe by value and DefineCourse by pointer.
func newApp(store application.Store, defaults ...application.Option) *application.App {
	app := application.New(store, defaults...)
	application.Handle(app, decideSubscribe)
	application.Handle(app, decideDefine)
	return app
}

func TestExecuteFindsTheFunctionByTheTypeOfTheCommand(t *testing.T) {
	t.Parallel()
	store := &memory.Store{}
	app := newApp(store)
	if _, err := app.Execute(t.Context(), &DefineCourse{"c1", 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Execute(t.Context(), Subscribe{"s1", "c1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Execute(t.Context(), Subscribe{"s2", "c1"}); !errors.Is(err, errFull) {
		t.Errorf("error = %v, want errFull", err)
	}
	var types []string
	for _, e := range allEvents(t, store) {
		types = append(types, e.Type)
	}
	if want := []string{"CourseDefined", "StudentSubscribed"}; !slices.Equal(types, want) {
		t.Errorf("stored %v, want %v", types, want)
	}
}

func TestExecuteNamesTheCommandItDoesNotKnow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		command any
		want    string
	}{
		{"a type that was not registered", struct{}{}, "struct {}"},
		{"a pointer to a type that was registered by value", &Subscribe{"s1", "c1"}, "*application_test.Subscribe"},
		{"a value of a type that was registered by pointer", DefineCourse{"c1", 1}, "application_test.DefineCourse"},
		{"nil", nil, "<nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := newApp(&memory.Store{}).Execute(t.Context(), tt.command)
			var unknown *application.UnknownCommandError
			if !errors.As(err, &unknown) || !errors.Is(err, application.ErrUnknownCommand) {
				t.Fatalf("error = %v, want an *UnknownCommandError", err)
			}
			if unknown.Command != tt.want {
				t.Errorf("Command = %q, want %q", unknown.Command, tt.want)
			}
			if known := []string{"*application_test.DefineCourse", "application_test.Subscribe"}; !slices.Equal(unknown.Known, known) {
				t.Errorf("Known = %v, want %v", unknown.Known, known)
			}
			if !strings.Contains(err.Error(), tt.want+", known are: *application_test.DefineCourse, application_test.Subscribe") {
				t.Errorf("error text = %q", err)
			}
		})
	}
}

func TestAppsDoNotShareCommands(t *testing.T) {
	t.Parallel()
	newApp(&memory.Store{})
	_, err := application.New(&memory.Store{}).Execute(t.Context(), Subscribe{"s1", "c1"})
	if !errors.Is(err, application.ErrUnknownCommand) {
		t.Errorf("error = %v, want ErrUnknownCommand", err)
	}
}

func TestHandlePanicsOnMistakesInTheProgram(t *testing.T) {
	t.Parallel()
	type wrongTag struct {
		Name string `validate:"no-such-rule"`
	}
	tests := []struct {
		name   string
		handle func(app *application.App)
		says   string
	}{
		{"a second function for a type", func(app *application.App) { application.Handle(app, decideSubscribe) }, "called twice for application_test.Subscribe"},
		{"an interface type", func(app *application.App) {
			application.Handle(app, func(*application.Decision, any) error { return nil })
		}, "interface type interface {}"},
		{"no function", func(app *application.App) { application.Handle[wrongTag](app, nil) }, "without a function"},
		{"an unknown rule", func(app *application.App) {
			application.Handle(app, func(*application.Decision, wrongTag) error { return nil })
		}, "no-such-rule"},
		{"an unknown rule behind a pointer", func(app *application.App) {
			application.Handle(app, func(*application.Decision, *wrongTag) error { return nil })
		}, "no-such-rule"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := newApp(&memory.Store{})
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, tt.says) {
					t.Errorf("panic says %q, want %q", said, tt.says)
				}
			}()
			tt.handle(app)
			t.Error("no panic")
		})
	}
}

func TestOptionsOfACallWinOverTheDefaults(t *testing.T) {
	t.Parallel()
	store := aCourse(t, 5)
	app := newApp(store, application.By("default"), application.Correlation("default"), application.WithClock(fixedClock(noon)))
	if _, err := app.Execute(t.Context(), Subscribe{"s1", "c1"}, application.By("ada")); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Execute(t.Context(), Subscribe{"s2", "c1"}); err != nil {
		t.Fatal(err)
	}
	events := allEvents(t, store)
	if m := events[1].Metadata; m.UserID != "ada" || m.CorrelationID != "default" || !m.OccurredAt.Equal(noon) {
		t.Errorf("metadata of the first = %+v", m)
	}
	if m := events[2].Metadata; m.UserID != "default" {
		t.Errorf("metadata of the second = %+v, want the default user", m)
	}
}

func TestMiddlewareWrapsEveryCommandInTheOrderItWasAdded(t *testing.T) {
	t.Parallel()
	var calls []string
	trace := func(name string) application.Middleware {
		return func(next application.Handler) application.Handler {
			return func(ctx context.Context, command any, options ...application.Option) (application.Result, error) {
				calls = append(calls, name+" in")
				result, err := next(ctx, command, options...)
				calls = append(calls, fmt.Sprintf("%s out %d %v", name, result.Positions.First, errors.Is(err, domain.ErrInvalid)))
				return result, err
			}
		}
	}
	app := newApp(aCourse(t, 5))
	app.Use(trace("a"), trace("b"))
	app.Use(trace("c"))
	if _, err := app.Execute(t.Context(), Subscribe{"s1", "c1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Execute(t.Context(), Subscribe{}); !errors.Is(err, domain.ErrInvalid) {
		t.Fatal(err)
	}
	want := "a in,b in,c in,c out 2 false,b out 2 false,a out 2 false," +
		"a in,b in,c in,c out 0 true,b out 0 true,a out 0 true"
	if got := strings.Join(calls, ","); got != want {
		t.Errorf("calls = %s\nwant    %s", got, want)
	}
}

func TestMiddlewareCanAddOptionsChangeTheCommandAndRefuse(t *testing.T) {
	t.Parallel()
	errForbidden := errors.New("not for you")
	store := aCourse(t, 5)
	app := newApp(store)
	app.Use(func(next application.Handler) application.Handler {
		return func(ctx context.Context, command any, options ...application.Option) (application.Result, error) {
			switch cmd := command.(type) {
			case *DefineCourse:
				return application.Result{}, errForbidden
			case Subscribe:
				switch cmd.Student {
				case "a number":
					command = 7
				case "nobody":
					command = Subscribe{Course: cmd.Course}
				default:
					command = Subscribe{Student: strings.ToLower(cmd.Student), Course: cmd.Course}
				}
			}
			return next(ctx, command, append(options, application.By("middleware"))...)
		}
	})
	if _, err := app.Execute(t.Context(), &DefineCourse{"c2", 1}); err != errForbidden { //nolint:errorlint // it is this very error
		t.Errorf("error = %v, want errForbidden", err)
	}
	if _, err := app.Execute(t.Context(), Subscribe{"ADA", "c1"}); err != nil {
		t.Fatal(err)
	}
	last := allEvents(t, store)[1]
	if last.Metadata.UserID != "middleware" || !strings.Contains(string(last.Data), `"ada"`) {
		t.Errorf("stored %+v %s, want the changed command and the added option", last, last.Data)
	}
	if _, err := app.Execute(t.Context(), Subscribe{"nobody", "c1"}); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("error = %v, want the changed command to be validated", err)
	}
	if _, err := app.Execute(t.Context(), Subscribe{"a number", "c1"}); err == nil || !strings.Contains(err.Error(), "Subscribe by a int") {
		t.Errorf("error = %v, want it to name both types", err)
	}
}

func TestACommandNeedNotBeAStruct(t *testing.T) {
	t.Parallel()
	type closeAll string
	store := &memory.Store{}
	app := application.New(store)
	application.Handle(app, func(d *application.Decision, reason closeAll) error {
		return d.Record(CourseDefined{Course: string(reason), Capacity: 0})
	})
	if _, err := app.Execute(t.Context(), closeAll("holidays")); err != nil {
		t.Fatal(err)
	}
	if events := allEvents(t, store); len(events) != 1 || events[0].Tags[0] != "course:holidays" {
		t.Errorf("stored %v", events)
	}
}

func TestTheLogHasOneLineForEachCommand(t *testing.T) {
	t.Parallel()
	broken := errors.New("on fire")
	tests := []struct {
		name    string
		store   func(t *testing.T) application.Store
		command any
		options []application.Option
		want    string
	}{
		{
			name: "recorded", command: Subscribe{"s1", "c1"},
			want: "level=INFO msg=command command=application_test.Subscribe outcome=recorded attempts=1 first=2 last=2",
		},
		{
			name: "refused", command: Subscribe{"s1", "c0"},
			want: `level=INFO msg=command command=application_test.Subscribe outcome=refused attempts=1 first=0 last=0 error="the course is full"`,
		},
		{
			name: "repeated", command: Subscribe{"s1", "c1"}, options: []application.Option{application.CommandID("done")},
			store: func(t *testing.T) application.Store { return aCourseWith(t, "done", true) },
			want:  "level=INFO msg=command command=application_test.Subscribe outcome=repeated attempts=0 first=2 last=2",
		},
		{
			name: "nothing recorded", command: doNothing{},
			want: "level=INFO msg=command command=application_test.doNothing outcome=nothing attempts=1 first=0 last=0",
		},
		{
			name: "invalid", command: Subscribe{},
			want: "level=INFO msg=command command=application_test.Subscribe outcome=invalid attempts=0 first=0 last=0 error=",
		},
		{
			name: "unknown command", command: 7,
			want: "level=INFO msg=command command=int outcome=invalid attempts=0 first=0 last=0 error=",
		},
		{
			name: "wrong option", command: Subscribe{"s1", "c1"}, options: []application.Option{application.CommandID("")},
			want: "level=INFO msg=command command=application_test.Subscribe outcome=invalid attempts=0 first=0 last=0 error=",
		},
		{
			name: "conflict", command: &DefineCourse{"c1", 1},
			want: "level=WARN msg=command command=*application_test.DefineCourse outcome=conflict attempts=2 first=0 last=0 error=",
		},
		{
			name: "unknown outcome", command: Subscribe{"s1", "c1"}, store: failingAppend(ports.ErrUnknownOutcome),
			want: "level=WARN msg=command command=application_test.Subscribe outcome=unknown attempts=1 first=0 last=0 error=",
		},
		{
			name: "failed append", command: Subscribe{"s1", "c1"}, store: failingAppend(broken),
			want: "level=WARN msg=command command=application_test.Subscribe outcome=failed attempts=1 first=0 last=0 error=",
		},
		{
			name: "failed load", command: Subscribe{"s1", "c1"},
			store: func(t *testing.T) application.Store {
				return &spy{Store: aCourse(t, 1), read: failFrom(1, 1, broken)}
			},
			want: "level=WARN msg=command command=application_test.Subscribe outcome=failed attempts=1 first=0 last=0 error=",
		},
		{
			name: "cancelled", command: Subscribe{"s1", "c1"}, store: failingAppend(context.Canceled),
			want: "level=INFO msg=command command=application_test.Subscribe outcome=cancelled attempts=1 first=0 last=0 error=",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var store application.Store = aCourse(t, 1)
			if tt.store != nil {
				store = tt.store(t)
			}
			app := newApp(store, application.WithLogger(textLogger(&log, slog.LevelInfo)), quick(5))
			application.Handle(app, func(*application.Decision, doNothing) error { return nil })
			_, _ = app.Execute(t.Context(), tt.command, tt.options...)
			if got := log.String(); !strings.HasPrefix(got, tt.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("log = %s\nwant one line that begins with %s", got, tt.want)
			}
		})
	}
}

func TestTheLineOfACommandHasItsDuration(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	if _, err := newApp(aCourse(t, 1), application.WithLogger(logger)).Execute(t.Context(), Subscribe{"s1", "c1"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), " duration=") {
		t.Errorf("log = %s, want a duration", log.String())
	}
}

func TestConflictsAreLoggedForDebugging(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]int{slog.LevelDebug: 2, slog.LevelInfo: 0} {
		t.Run(level.String(), func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			store := aCourse(t, 5)
			_, err := application.Decide(t.Context(), store, overtaken(t, store, 2, Subscribe{"s1", "c1"}.Decide),
				quick(5), application.WithLogger(textLogger(&log, level)))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), "level=DEBUG msg=conflict"); n != want || strings.Count(log.String(), "\n") != want {
				t.Errorf("log =\n%s\nwant %d conflicts", log.String(), want)
			}
			if want > 0 && !strings.Contains(log.String(), "attempt=2 condition=0 position=3 type=StudentSubscribed") {
				t.Errorf("log =\n%s\nwant the facts of the second conflict", log.String())
			}
		})
	}
}

type doNothing struct{}

func failingAppend(err error) func(t *testing.T) application.Store {
	return func(t *testing.T) application.Store {
		return &spy{Store: aCourse(t, 1), append: func(int, func() error) error { return err }}
	}
}

// textLogger leaves out what differs from run to run.
func textLogger(w *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "delay" {
				return slog.Attr{}
			}
			return a
		},
	}))
}
