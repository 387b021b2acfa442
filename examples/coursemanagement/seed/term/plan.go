package term

import (
	"cmp"
	"math/rand/v2"
	"slices"

	school "github.com/opossum-go/opossum/examples/coursemanagement"
)

// Times are in seconds since the term began.
const (
	minute = int64(60)
	hour   = 60 * minute
	day    = 24 * hour
)

// How much there is of everything.
const (
	announcementsPerCourse = 3
	examsPerCourse         = 2
	tokensPerExam          = 5
	purchasesPerBook       = 19 // beside those in carts
	mostInCart             = 5
	fewestSeats            = 10
)

// kind is what happened.
type kind uint8

const (
	studentRegistered kind = iota // a: student
	tierChanged                   // a: student, b: tier
	courseCreated                 // a: course, b: capacity
	capacityChanged               // a: course, b: capacity
	enrolled                      // a: course, b: student
	announced                     // a: course, b: announcement
	retracted                     // a: course, b: announcement
	tokenIssued                   // a: token
	tokenRedeemed                 // a: token, b: student
	tokenRevoked                  // a: token
	bookDefined                   // a: book, b: price
	priceChanged                  // a: book, b: price
	purchased                     // a: student, b: book, c: price
	ordered                       // a: student, b: cart
	invoiceIssued                 // a: student, b: amount
)

// fact is something that happened. Students, courses, books and so on are numbers
// from 0; a book has the number of its course.
type fact struct {
	at      int64
	kind    kind
	a, b, c int32
}

// line is one book in a cart, with its price.
type line struct{ book, price int32 }

// plan draws the facts of a term.
type plan struct {
	Preset
	random *rand.Rand
	facts  []fact
	carts  [][]line

	tiers   []school.Tier // of students
	ready   []int64       // when students are on their tier
	created []int64       // when courses were created
	seats   []int         // that courses still give away
	classes [][]int32     // the students of courses
	offers  []offer       // of books
}

// offer is the prices of a book; changed is 0 when there is only one.
type offer struct {
	first, second int32
	changed       int64
}

// price returns what the book costs at a time when it is for sale.
func (o offer) price(at int64) int32 {
	if o.changed == 0 || at < o.changed {
		return o.first
	}
	return o.second
}

// draw draws causes before effects, then sorts by time. The sort is stable: what
// happens in the same second keeps the order in which it was drawn.
func (p *plan) draw() {
	p.students()
	p.courses()
	p.enrolments()
	p.announcements()
	p.exams()
	p.books()
	p.purchases()
	p.orders()
	p.invoices()
	slices.SortStableFunc(p.facts, func(x, y fact) int { return cmp.Compare(x.at, y.at) })
}

// add appends a fact with up to three numbers.
func (p *plan) add(at int64, kind kind, numbers ...int32) {
	var n [3]int32
	copy(n[:], numbers)
	p.facts = append(p.facts, fact{at: at, kind: kind, a: n[0], b: n[1], c: n[2]})
}

// between returns a time not before from, and before to.
func (p *plan) between(from, to int64) int64 { return from + p.random.Int64N(to-from) }

func (p *plan) anyStudent() int32 { return p.random.Int32N(int32(p.Students)) }

// students register in the first 60 days. Of ten, two stay on Basic, four move to
// Standard, three to Professional and one to Master.
func (p *plan) students() {
	p.tiers, p.ready = make([]school.Tier, p.Students), make([]int64, p.Students)
	tiers := school.Tiers()
	for s := range p.Students {
		at, tier := p.between(0, 60*day), []int{0, 0, 1, 1, 1, 1, 2, 2, 2, 3}[s%10]
		p.add(at, studentRegistered, int32(s))
		if tier > 0 {
			at = p.between(at+hour, at+10*day)
			p.add(at, tierChanged, int32(s), int32(tier))
		}
		p.tiers[s], p.ready[s] = tiers[tier], at
	}
}

// courses are created in the first 60 days, small, medium and large ones. The
// capacity of every fifth is changed later.
func (p *plan) courses() {
	p.created, p.seats = make([]int64, p.Courses), make([]int, p.Courses)
	p.classes = make([][]int32, p.Courses)
	for c := range p.Courses {
		capacity := p.capacity()
		p.created[c], p.seats[c] = p.between(0, 60*day), capacity
		p.add(p.created[c], courseCreated, int32(c), int32(capacity))
		if c%5 == 0 {
			changed := max(fewestSeats, capacity+p.random.IntN(21)-10)
			if changed == capacity {
				changed++
			}
			p.add(p.between(60*day, 120*day), capacityChanged, int32(c), int32(changed))
			p.seats[c] = min(capacity, changed)
		}
	}
}

// capacity returns the seats of a small, a medium or a large course: about 27, 53
// and 20 of a hundred.
func (p *plan) capacity() int {
	switch n := p.random.IntN(100); {
	case n < 27:
		return fewestSeats + p.random.IntN(6)
	case n < 80:
		return 20 + p.random.IntN(11)
	default:
		return 30 + p.random.IntN(21)
	}
}

// enrolments use four fifths of what the tiers allow.
func (p *plan) enrolments() {
	for s := range p.Students {
		wanted := (p.tiers[s].Courses()*4 + 4) / 5
		for _, c := range p.choose(wanted) {
			from := max(p.ready[s], p.created[c])
			p.add(p.between(from, from+30*day), enrolled, c, int32(s))
			p.seats[c]--
			p.classes[c] = append(p.classes[c], int32(s))
		}
	}
}

// choose returns different courses that have seats left, fewer than wanted when
// there are not so many.
func (p *plan) choose(wanted int) []int32 {
	chosen := make([]int32, 0, wanted)
	take := func(c int32) {
		if p.seats[c] > 0 && !slices.Contains(chosen, c) {
			chosen = append(chosen, c)
		}
	}
	for try := 0; try < 10*wanted && len(chosen) < wanted; try++ {
		take(p.random.Int32N(int32(p.Courses)))
	}
	for c := int32(0); int(c) < p.Courses && len(chosen) < wanted; c++ {
		take(c) // nearly all courses are full
	}
	return chosen
}

// announcements are made during half a year. Every fifth is retracted.
func (p *plan) announcements() {
	for c := range p.Courses {
		for n := range announcementsPerCourse {
			no := int32(c*announcementsPerCourse + n)
			at := p.between(p.created[c], p.created[c]+120*day)
			p.add(at, announced, int32(c), no)
			if no%5 == 0 {
				p.add(p.between(at+minute, at+2*day), retracted, int32(c), no)
			}
		}
	}
}

// exams have tokens, issued when all students have enrolled. Of ten tokens seven
// are redeemed, by students of the course if it has any, and one is revoked.
func (p *plan) exams() {
	for token := range int32(p.Courses * examsPerCourse * tokensPerExam) {
		at, class := p.between(110*day, 130*day), p.classes[courseOf(token)]
		p.add(at, tokenIssued, token)
		at = p.between(at+minute, at+30*day)
		switch n := token % 10; {
		case n < 7 && len(class) > 0:
			p.add(at, tokenRedeemed, token, class[p.random.IntN(len(class))])
		case n < 7:
			p.add(at, tokenRedeemed, token, p.anyStudent())
		case n == 7:
			p.add(at, tokenRevoked, token)
		}
	}
}

// examOf returns the exam of a token, courseOf the course of that exam.
func examOf(token int32) int32   { return token / tokensPerExam }
func courseOf(token int32) int32 { return examOf(token) / examsPerCourse }

// books are on sale ten days after their course was created. Two of five get
// another price.
func (p *plan) books() {
	p.offers = make([]offer, p.Courses)
	for b := range p.Courses {
		o := &p.offers[b]
		o.first = 990 + 50*p.random.Int32N(120)
		p.add(p.between(p.created[b], p.created[b]+10*day), bookDefined, int32(b), o.first)
		if b%5 < 2 {
			o.second = o.first + 50*(1+p.random.Int32N(8))
			o.changed = p.between(80*day, 150*day)
			p.add(o.changed, priceChanged, int32(b), o.second)
		}
	}
}

// purchases are made when all books are on sale. Of each book with another price,
// one is bought for the old price within the time of grace.
func (p *plan) purchases() {
	grace := int64(school.PriceGrace.Seconds())
	for b, o := range p.offers {
		for n := range purchasesPerBook {
			at := p.between(75*day, 180*day)
			price := o.price(at)
			if n == 0 && o.changed > 0 {
				at, price = p.between(o.changed, o.changed+grace+1), o.first
			}
			p.add(at, purchased, p.anyStudent(), int32(b), price)
		}
	}
}

// orders are carts of one to five different books.
func (p *plan) orders() {
	for cart := range p.Carts {
		at := p.between(75*day, 180*day)
		var lines []line
		for range 1 + p.random.IntN(mostInCart) {
			book := p.random.Int32N(int32(p.Courses))
			if !slices.ContainsFunc(lines, func(l line) bool { return l.book == book }) {
				lines = append(lines, line{book, p.offers[book].price(at)})
			}
		}
		p.carts = append(p.carts, lines)
		p.add(at, ordered, p.anyStudent(), int32(cart))
	}
}

// invoices go to students during the whole term. Their numbers follow from the
// order of their time.
func (p *plan) invoices() {
	for range p.Invoices {
		p.add(p.between(60*day, 180*day), invoiceIssued, p.anyStudent(), 500+p.random.Int32N(50_000))
	}
}
