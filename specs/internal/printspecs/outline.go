package main

import "github.com/opossum-go/opossum/specs/internal/document"

const published = "The cases that [dcb.events](https://dcb.events) publishes with its example, and what else its rules say."

// outline is the order in which a newcomer reads: the store from the bottom up,
// decisions and commands on top of it, what happens when things go wrong, and then
// the examples.
var outline = document.Outline{
	Title: "What Opossum does",
	Intro: "Each line is a test that runs with `go test ./...`. A line that runs on several stores stands here once, below the stores\n" +
		"it runs on. `make docs` prints this document from the titles of the specs, so change those and not this file.",
	Stores: []string{"in memory", "on the file system"},
	Chapters: []document.Chapter{
		{
			Title: "The store", Folder: "store", Subjects: []string{"A store", "A store on the file system"},
			Intro: "A store is a log of events, each at a position of its own. It lives in memory or in a folder on the file system.",
		},
		{
			Title: "Reading", Folder: "store", Subjects: []string{"Reading", "Following"},
			Intro: "A query says which events are read, by their types and tags.",
		},
		{
			Title: "Appending", Folder: "store", Subjects: []string{"Appending"},
			Intro: "An append adds events at the end of the log.",
		},
		{
			Title: "Conditions", Folder: "store", Subjects: []string{"An append under a condition"},
			Intro: "A condition is a query that no event after a position may match: what an append relies on has not changed.",
		},
		{
			Title: "Decisions", Folder: "decisions", Subjects: []string{"A decision model", "The condition of a load"},
			Intro: "A decision model folds the events of its query into a state. Loading models also returns the condition that protects their states.",
		},
		{
			Title: "Commands", Folder: "commands", Subjects: []string{"A command", "A command that loses to a faster one", "A command with an id"},
			Intro: "A command loads models, decides, and records events. They are appended under the condition of all that was loaded.",
		},
		{
			Title: "Projections", Folder: "projections",
			Intro: "A projection folds events into states that people look at, finds them by key and by tag, and keeps them up to date.",
			Subjects: []string{
				"A projection", "What is known about a state", "A query of states", "A handler that asks for related events",
				"A projection that cannot apply an event", "Rebuilding a projection", "A build that was interrupted",
				"A process that dies", "Two runners of one projection", "Projections in a folder",
			},
		},
		{
			Title: "Recovery", Folder: "store", Subjects: []string{"A store that is opened after a crash"},
			Intro: "A folder that a crash left behind is opened like any other.",
		},
		{
			Title: "Sharing", Folder: "store", Subjects: []string{"Two handles on one store", "Two processes on one folder"},
			Intro: "A store is used by many at a time, in one process or in several.",
		},
		{
			Title: "Example: course subscriptions", Intro: published, Folder: "coursesubscriptions",
			Subjects: []string{
				"A course subscription", "The course office",
				"Two commands that were decided on the same facts",
				"A subscription of s1 to c1, when something is stored between its decision and its append",
			},
		},
		{
			Title: "Example: unique username", Intro: published, Folder: "uniqueusername",
			Subjects: []string{"A registration", "The username u1", "Registrations that meet"},
		},
		{Title: "Example: invoice number", Intro: published, Folder: "invoicenumber"},
		{Title: "Example: opt-in token", Intro: published, Folder: "optintoken"},
		{
			Title: "Example: dynamic product price", Intro: published, Folder: "productprice",
			Subjects: []string{"An order", "A shop"},
		},
		{Title: "Example: event-sourced aggregate", Intro: "[dcb.events](https://dcb.events) publishes rules for this one, and no cases.", Folder: "eventsourcedaggregate"},
		{Title: "Example: prevent record duplication", Intro: published, Folder: "recordduplication"},
		{
			Title: "The boundaries of the examples", Folder: "boundaries",
			Intro: "What their decisions depend on, checked with the test kit that users have, `application/decisiontest`.",
		},
		{
			Title: "Example: course management", Folder: "coursemanagement",
			Intro: "A school: courses and their seats, students and their tiers, announcements, exams, books and invoices.",
			Subjects: []string{
				"Registering a student", "Subscription tiers", "A course", "Enrolling a student", "An announcement", "An exam token",
				"A course book", "An order of course books", "An invoice", "Invoices that are issued at once",
				"Two commands that were decided on the same facts", "What the school shows",
			},
		},
		{
			Title: "Example: a pharmacy", Folder: "pharmacy",
			Intro: "Dispensing controlled substances in the United States. Numbers in parentheses count the scenarios that the example sets out to cover.",
			Subjects: []string{
				"Taking a prescription in", "Dispensing Schedule II", "Dispensing Schedule II in parts", "An emergency that was phoned in",
				"Refilling", "A prescriber whose registration ended on day 5", "Transferring a prescription to another pharmacy",
				"A working day", "Two workstations that decide at the same time", "The boundary of a dispensing", "A command that arrives twice",
				"Counting a product", "Wasting the rest of a dose", "Destroying an expired lot", "A theft that is discovered on Friday at 16:00",
				"Correcting a wrong quantity", "The biennial inventory", "Signing and signing in", "A patient's request for erasure",
				"Verifying the files",
			},
		},
	},
}
