package coursesubscriptions_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	courses "github.com/opossum-go/opossum/examples/coursesubscriptions"
	"github.com/opossum-go/opossum/ports"
)

const (
	publishedCases = 9
	published      = "dcb.events" // the label of the specs made of them
)

//go:embed testdata/cases.json
var casesJSON []byte

// publishedCase is one test case of dcb.events; see testdata/README.md.
type publishedCase struct {
	Feature, Title string
	Given          []caseEvent
	When           struct {
		Command string
		Data    json.RawMessage
	}
	ThenEvent *caseEvent
	ThenError *string
}

type caseEvent struct {
	Type string
	Data json.RawMessage
	Tags []domain.Tag
}

func (e caseEvent) event() domain.Event {
	return domain.Event{Type: e.Type, Tags: e.Tags, Data: e.Data}
}

var cases = mustReadCases()

func mustReadCases() []publishedCase {
	decoder := json.NewDecoder(bytes.NewReader(casesJSON))
	decoder.DisallowUnknownFields()
	var all []publishedCase
	if err := decoder.Decode(&all); err != nil {
		panic(fmt.Sprintf("testdata/cases.json: %v", err))
	}
	return all
}

// given returns what the case says had happened.
func (c publishedCase) given() []domain.Event {
	events := make([]domain.Event, len(c.Given))
	for i, e := range c.Given {
		events[i] = e.event()
	}
	return events
}

// amongNoise puts events between those of the case that are about something else:
// other courses and students, other types with the same tags, the same types with
// none.
func (c publishedCase) amongNoise() []domain.Event {
	noise := slices.Concat(
		facts(
			courses.CourseDefined{Course: "elsewhere", Capacity: 1},
			courses.CourseCapacityChanged{Course: "elsewhere", NewCapacity: 15},
			courses.StudentSubscribedToCourse{Student: "nobody", Course: "elsewhere"},
		),
		[]domain.Event{
			{Type: "CourseRenamed", Tags: []domain.Tag{"course:c0", "course:c1", "course:c6"}, Data: []byte(`{"capacity":0}`)},
			{Type: "StudentMoved", Tags: []domain.Tag{"student:s1", "student:s4"}},
			{Type: "CourseDefined", Data: []byte(`{"courseId":"c1","capacity":15}`)},
			{Type: "StudentSubscribedToCourse", Tags: []domain.Tag{"pupil:s1", "lesson:c1"}},
		})
	mixed := slices.Clone(noise)
	for _, e := range c.given() {
		mixed = append(append(mixed, e), noise...)
	}
	return mixed
}

// command returns the command of the case as a value.
func (c publishedCase) command() command {
	GinkgoHelper()
	decode := func(into any) {
		decoder := json.NewDecoder(bytes.NewReader(c.When.Data))
		decoder.DisallowUnknownFields()
		Expect(decoder.Decode(into)).To(Succeed())
	}
	switch c.When.Command {
	case "defineCourse":
		var cmd courses.DefineCourse
		decode(&cmd)
		return cmd
	case "changeCourseCapacity":
		var cmd courses.ChangeCourseCapacity
		decode(&cmd)
		return cmd
	case "subscribeStudentToCourse":
		var cmd courses.SubscribeStudent
		decode(&cmd)
		return cmd
	}
	Fail("the cases have a command that this spec does not know: " + c.When.Command)
	return nil
}

// entries makes one spec of each case.
func entries() []TableEntry {
	all := make([]TableEntry, len(cases))
	for i, c := range cases {
		all[i] = Entry(fmt.Sprintf("%s: %s", c.Feature, c.Title), c)
	}
	return all
}

var _ = Describe("The cases that dcb.events publishes", func() {
	It("are all here, and each says what comes out", func() {
		Expect(cases).To(HaveLen(publishedCases))
		for _, c := range cases {
			Expect(c.ThenEvent == nil).NotTo(Equal(c.ThenError == nil), c.Title)
		}
	})
})

var _ = DescribeTableSubtree("A course subscription", func(open opener) {
	var (
		courseBook ports.EventStore
		handle     = func(ctx SpecContext, c publishedCase, given []domain.Event) {
			GinkgoHelper()
			store(ctx, courseBook, given...)
			result, err := application.Decide(ctx, courseBook, c.command().Decide)
			happened := after(ctx, courseBook, domain.Position(len(given)))
			if c.ThenError != nil {
				Expect(err).To(Equal(courses.Refusal(*c.ThenError)))
				Expect(happened).To(BeEmpty())
				return
			}
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Attempts).To(Equal(1))
			Expect(happened).To(HaveLen(1))
			Expect(happened[0].Type).To(Equal(c.ThenEvent.Type))
			Expect(happened[0].Data).To(MatchJSON(c.ThenEvent.Data))
			Expect(happened[0].Tags).To(ConsistOf(c.ThenEvent.Tags))
		}
	)
	BeforeEach(func(ctx SpecContext) { courseBook, _ = open(ctx) })

	DescribeTable("answers as published", Label(published), func(ctx SpecContext, c publishedCase) {
		handle(ctx, c, c.given())
	}, entries())

	DescribeTable("answers the same among events about something else", Label(published), func(ctx SpecContext, c publishedCase) {
		handle(ctx, c, c.amongNoise())
	}, entries())
}, adapters)

var _ = ReportAfterSuite("no published case was left out", func(report Report) {
	c := report.SuiteConfig
	if len(c.FocusStrings)+len(c.SkipStrings)+len(c.FocusFiles)+len(c.SkipFiles) > 0 || c.LabelFilter != "" {
		return // somebody chose to run a part
	}
	ran := 0
	for _, spec := range report.SpecReports {
		if slices.Contains(spec.Labels(), published) && spec.State.Is(types.SpecStatePassed|types.SpecStateFailureStates) {
			ran++
		}
	}
	Expect(ran).To(Equal(publishedCases*2*len(adapters)), "each case alone and among noise, on each adapter")
})
