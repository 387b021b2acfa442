package main

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
	"github.com/opossum-go/opossum/examples/pharmacy/dispensing"
)

// The phases of the day. What a command needs from the other desk has to be from
// an earlier phase.
const (
	opening   = "opening"
	morning   = "morning"
	midday    = "midday"
	afternoon = "afternoon"
	evening   = "evening"
	closing   = "closing"
)

var zone = time.FixedZone("-04:00", -4*60*60)

// hours says when each phase begins; the last one ends at closing time.
var hours = []struct {
	phase string
	from  time.Time
}{
	{opening, date(2026, 3, 13, 8, 0)},
	{morning, date(2026, 3, 13, 8, 30)},
	{midday, date(2026, 3, 13, 12, 0)},
	{afternoon, date(2026, 3, 13, 14, 0)},
	{evening, date(2026, 3, 13, 17, 0)},
	{closing, date(2026, 3, 13, 18, 30)},
	{"", date(2026, 3, 13, 19, 0)},
}

func date(year, month, day, hour, minute int) time.Time {
	return time.Date(year, time.Month(month), day, hour, minute, 0, 0, zone)
}

// place is where and when a command of the day is given.
type place struct{ phase, desk string }

// builder collects the day.
type builder struct {
	day      day.Day
	random   *rand.Rand
	stories  map[place][]day.Item
	everyday map[place][]day.Item
	patients int
	forms    int
	commands int
}

func newBuilder() *builder {
	b := &builder{
		random:  rand.New(rand.NewPCG(20260313, 1)), //nolint:gosec // the same data each time is the point
		stories: make(map[place][]day.Item), everyday: make(map[place][]day.Item),
	}
	b.day = day.Day{
		About: "One day of an invented pharmacy, for a demonstration of Opossum. All people, companies, addresses and numbers " +
			"are made up; NDC 99990 and DEA numbers that begin with Z belong to nobody. No legal advice.",
		Pharmacy: dispensing.Party{Name: "Willow Bend Pharmacy", Address: "12 Canal Street, Millbrook", DEA: "ZW0000107"},
		Date:     "2026-03-13", Offset: "-04:00",
	}
	for _, h := range hours[:len(hours)-1] {
		b.day.Phases = append(b.day.Phases, h.phase)
	}
	return b
}

// item makes an item of a command. Who is signed in is the person the command
// names.
func (b *builder) item(at time.Time, form string, command any, expect day.Expectation, note string) day.Item {
	b.commands++
	with, err := marshal(command)
	if err != nil {
		panic(err)
	}
	return day.Item{
		ID: fmt.Sprintf("c-%04d", b.commands), At: at, User: signedIn(command), Do: reflect.TypeOf(command).Name(),
		Form: form, With: withoutZeros(with), Expect: expect, Note: note,
	}
}

// before adds a command of an earlier day.
func (b *builder) before(at time.Time, form string, command any, note string) {
	b.day.History = append(b.day.History, b.item(at, form, command, day.OK, note))
}

// say adds a command of the day to a story. Commands of one desk are carried out
// in the order in which they are said.
func (b *builder) say(phase, desk, form string, command any, expect day.Expectation, note string) *day.Item {
	p := place{phase, desk}
	b.stories[p] = append(b.stories[p], b.item(time.Time{}, form, command, expect, note))
	return &b.stories[p][len(b.stories[p])-1]
}

// race adds two commands that decide on the same facts.
func (b *builder) race(phase string, race day.Race, a, z day.Item) {
	b.day.Races = append(b.day.Races, race)
	for i, item := range []day.Item{a, z} {
		p := place{phase, day.Desks()[i]}
		item.Race = race.Name
		b.stories[p] = append(b.stories[p], item)
	}
}

// finish puts the commands in the order of their times.
func (b *builder) finish() *day.Day {
	for i, h := range hours[:len(hours)-1] {
		for _, desk := range day.Desks() {
			p := place{h.phase, desk}
			queue := merge(b.stories[p], b.everyday[p])
			step := hours[i+1].from.Sub(h.from) / time.Duration(len(queue)+1)
			for n, item := range queue {
				item.Phase, item.Desk = h.phase, desk
				item.At = h.from.Add(time.Duration(n+1) * step).Truncate(time.Second)
				b.day.Commands = append(b.day.Commands, item)
			}
		}
	}
	slices.SortStableFunc(b.day.Prescriptions, func(x, y day.Item) int { return x.At.Compare(y.At) })
	slices.SortStableFunc(b.day.History, func(x, y day.Item) int { return x.At.Compare(y.At) })
	slices.SortStableFunc(b.day.Commands, func(x, y day.Item) int { return x.At.Compare(y.At) })
	b.checkStock()
	b.number()
	return &b.day
}

// number gives the commands their ids in the order of the file. Items that are
// the same command sent twice keep one id.
func (b *builder) number() {
	n, ids := 0, make(map[string]string)
	for _, list := range [][]day.Item{b.day.Staff, b.day.Prescribers, b.day.Lots, b.day.Prescriptions, b.day.History, b.day.Commands} {
		for i := range list {
			id, twice := ids[list[i].ID]
			if !twice {
				n++
				id = fmt.Sprintf("willow-%04d", n)
				ids[list[i].ID] = id
			}
			list[i].ID = id
		}
	}
}

// merge spreads two queues over each other and keeps the order of each.
func merge(a, b []day.Item) []day.Item {
	out := make([]day.Item, 0, len(a)+len(b))
	for i, k := 0, 0; i < len(a) || k < len(b); {
		if k == len(b) || (i < len(a) && (2*i+1)*len(b) <= (2*k+1)*len(a)) {
			out = append(out, a[i])
			i++
		} else {
			out = append(out, b[k])
			k++
		}
	}
	return out
}

// signedIn returns the person that a command names.
func signedIn(command any) string {
	v := reflect.ValueOf(command)
	for _, name := range []string{"By", "Who", "SignedBy"} {
		if f := v.FieldByName(name); f.IsValid() {
			return f.String()
		}
	}
	return v.FieldByName("Staff").String()
}

var (
	zeros    = regexp.MustCompile(`"\w+":(""|0|false|null),?`)
	trailing = regexp.MustCompile(`,}`)
)

// withoutZeros leaves out the fields that were not given, for readability.
func withoutZeros(object []byte) []byte {
	return trailing.ReplaceAll(zeros.ReplaceAll(object, nil), []byte("}"))
}
