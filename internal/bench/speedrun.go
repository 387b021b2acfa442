package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const (
	speedrunCourses  = 10
	speedrunStudents = 10
	// speedrunCommands is 120: register each, and let each student join each course.
	speedrunCommands = speedrunCourses + speedrunStudents + speedrunCourses*speedrunStudents
)

// speedrunScenarios are W11: commands that read, decide and append.
func speedrunScenarios() []Scenario {
	return []Scenario{{
		Name:  "W11",
		About: "one client registers ten courses and ten students and lets each join each: 120 commands that read, decide and append; 120 times " + oneWrite,
		run:   func(ctx context.Context, l *lab) (Result, error) { return l.speedrun(ctx) },
	}}
}

func (l *lab) speedrun(ctx context.Context) (r Result, err error) {
	raw, err := l.rawDisk()
	if err != nil {
		return Result{}, err
	}
	s, err := l.newStore(ctx, "speedrun", 0)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	return l.compare(ctx, comparison{
		metric: rate, baseline: raw.writes(1), against: "commands; baseline: " + oneWrite + ", with no read and no decision",
		store: serial(func(ctx context.Context) (int, error) { return speedrunCommands, school{s, s.next.take()}.run(ctx) }),
	})
}

// school is one iteration of W11.
type school struct {
	store  Store
	number uint64
}

func (s school) course(i int) domain.Tag {
	return domain.NewTag("course", fmt.Sprintf("%d-%d", s.number, i))
}

func (s school) student(i int) domain.Tag {
	return domain.NewTag("student", fmt.Sprintf("%d-%d", s.number, i))
}

func (s school) run(ctx context.Context) error {
	for i := range speedrunCourses {
		if err := s.register(ctx, "CourseRegistered", s.course(i)); err != nil {
			return err
		}
	}
	for i := range speedrunStudents {
		if err := s.register(ctx, "StudentRegistered", s.student(i)); err != nil {
			return err
		}
	}
	for student := range speedrunStudents {
		for course := range speedrunCourses {
			if err := s.join(ctx, s.student(student), s.course(course)); err != nil {
				return err
			}
		}
	}
	return nil
}

// register records something new, once.
func (s school) register(ctx context.Context, eventType string, tag domain.Tag) error {
	return s.decide(ctx, domain.NewQuery(domain.OfTypes(eventType).Tagged(tag)),
		domain.Event{Type: eventType, Tags: []domain.Tag{tag}, Data: json.RawMessage(`{"places":30}`)},
		func(past map[string]int) error {
			if past[eventType] > 0 {
				return fmt.Errorf("%s exists already", tag)
			}
			return nil
		})
}

// join lets a student into a course that has room, once.
func (s school) join(ctx context.Context, student, course domain.Tag) error {
	return s.decide(ctx, domain.NewQuery(
		domain.OfTypes("CourseRegistered", "StudentJoined").Tagged(course), domain.OfTypes("StudentRegistered", "StudentJoined").Tagged(student)),
		domain.Event{Type: "StudentJoined", Tags: []domain.Tag{course, student}, Data: json.RawMessage(`{}`)},
		func(past map[string]int) error {
			if past["CourseRegistered"] != 1 || past["StudentRegistered"] != 1 || past["StudentJoined"] >= speedrunCourses+speedrunStudents {
				return fmt.Errorf("%s cannot join %s: %v", student, course, past)
			}
			return nil
		})
}

// decide reads what query selects, lets rule look at how many events of each type
// there are, and records the event unless something was added meanwhile.
func (s school) decide(ctx context.Context, query domain.Query, event domain.Event, rule func(map[string]int) error) error {
	result, err := s.store.Read(ctx, query, ports.ReadOptions{})
	if err != nil {
		return err
	}
	past := map[string]int{}
	for e, err := range result.Events {
		if err != nil {
			return err
		}
		past[e.Type]++
	}
	if err := rule(past); err != nil {
		return err
	}
	_, err = s.store.Append(ctx, []domain.Event{event}, domain.AppendCondition{FailIfEventsMatch: query, After: result.Head})
	return err
}
