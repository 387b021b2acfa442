package decisiontest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

const modelOutside = "a model is made outside of the function that decides: the second attempt is refused with decision.ErrModelUsed. Make models inside, so that each attempt starts from their initial state"

// unrelated is an event that no command can be about, unless it is about all events.
var unrelated = domain.Event{Type: "decisiontest.Unrelated", Tags: []domain.Tag{"decisiontest:unrelated"}}

// amongOthers runs the command while events outside of its boundary are stored
// before each of its steps.
func (c *Case) amongOthers(plain *trial) (*trial, []string) {
	others := []domain.Event{unrelated}
	for _, f := range plain.facts {
		if f.noise {
			others = append(others, f.event)
		}
	}
	tr := c.try(c.past.now, func(tr *trial) {
		tr.spy.disturb = func(ctx context.Context) {
			if err := tr.inject(ctx, others); err != nil {
				c.past.t.Errorf("decisiontest: cannot store an unrelated event: %v", err)
			}
		}
	})
	attempts := tr.spy.attempts()
	if i := tr.lostAt(); i >= 0 && plain.lostAt() < 0 && !attempts[i].aboutAll() {
		with := conflict(attempts[i].err)
		return tr, []string{fmt.Sprintf("an event outside of the boundary makes the decision lose: %s was stored in between, and condition %d, %v, matches it. The condition is wider than the decision",
			brief(domain.Event{Type: with.Type, Tags: with.Tags}), with.Condition, queryOf(attempts[i], with.Condition))}
	}
	if !slices.ContainsFunc(attempts, (*attempt).aboutAll) && !tr.sameAs(plain) {
		return tr, []string{"the decision is another one when unrelated events are stored meanwhile\n" + difference(plain, tr)}
	}
	return tr, nil
}

func queryOf(a *attempt, condition int) string {
	if condition < 0 || condition >= len(a.conditions) {
		return "unknown"
	}
	return a.conditions[condition].FailIfEventsMatch.String()
}

// losing runs the command with a first append that conflicts although no fact has
// changed: the second attempt has to come to the same decision. Without a trial to
// show for it, the first append cannot lose.
func (c *Case) losing(plain *trial) (*trial, []string) {
	if len(plain.spy.attempts()[0].conditions) == 0 {
		return nil, nil
	}
	tr := c.try(c.past.now, func(tr *trial) {
		tr.spy.meddle = func(_ context.Context, number int, a *attempt, store func() (domain.Positions, error)) (domain.Positions, error) {
			if number > 1 || len(a.conditions) == 0 {
				return store()
			}
			return domain.Positions{}, &ports.ConflictError{
				After: a.conditions[0].After, Position: a.conditions[0].After + 1, Type: unrelated.Type, Tags: unrelated.Tags,
			}
		}
	})
	attempts := tr.spy.attempts()
	switch {
	case errors.Is(tr.err, decision.ErrModelUsed):
		return tr, []string{modelOutside}
	case tr.err == nil && len(attempts) == 1:
		return tr, []string{"the append lost and nobody noticed: the command returned no error, did not try again and recorded nothing"}
	case !tr.lost() && len(attempts) == 1:
		return tr, []string{fmt.Sprintf("the command makes an error of its own of a lost append, and nobody can tell that it may be tried again: %v. Return the conflict, so that errors.Is finds ports.ErrConflict, or decide again", tr.err)}
	case len(attempts) > 1:
		if unread := beyond(attempts[0].read(), attempts[1].read()); len(unread) > 0 {
			return tr, []string{fmt.Sprintf("the second attempt decides on stale facts: it does not read %s again, as the first one did", strings.Join(texts(unread), " and "))}
		}
	}
	if !tr.sameAs(plain) {
		return tr, []string{"the command decides otherwise after a lost append although no fact has changed: it keeps something outside of its function from one attempt to the next\n" + difference(plain, tr)}
	}
	return tr, nil
}

// meetingItsTwin lets a rival decide on the same facts and append first.
func (c *Case) meetingItsTwin(plain *trial) (*trial, []string) {
	var more []application.Option
	if plain.hasCommandID() {
		more = append(more, application.CommandID(twinID))
	}
	rival, who := c.rival, "the rival"
	if rival == nil {
		rival, who = c.run, "its twin"
	}
	var second *spy
	var secondErr error
	tr := c.try(c.past.now, func(tr *trial) {
		tr.spy.meddle = func(ctx context.Context, number int, _ *attempt, store func() (domain.Positions, error)) (domain.Positions, error) {
			if number == 1 {
				second = &spy{EventStore: tr.store}
				secondErr = tr.run(ctx, rival, second, more...)
			}
			return store()
		}
	})
	attempts, winner := tr.spy.attempts(), second.attempts()
	first, faster := attempts[0], winner[len(winner)-1]
	switch {
	case secondErr != nil || !faster.won():
		return tr, []string{fmt.Sprintf("%s recorded nothing, so there is nothing to meet (error: %v). Give one that is accepted on this past", who, secondErr)}
	case first.won() && !c.twinsBothWin:
		return tr, []string{fmt.Sprintf("two deciders on the same facts both won: the command and %s. %s. If that is right, say TwinsBothWin", who, whyNoConflict(first, faster))}
	case first.lost() && c.twinsBothWin:
		with := conflict(first.err)
		return tr, []string{fmt.Sprintf("TwinsBothWin is declared and does not hold: condition %d, %s, fails on %s of %s", with.Condition, queryOf(first, with.Condition), brief(domain.Event{Type: with.Type, Tags: with.Tags}), who)}
	case first.lost() && len(attempts) == 1 && tr.err == nil:
		return tr, []string{"the command lost to " + who + " and nobody noticed: it returned no error and did not decide again"}
	}
	return tr, nil
}

// twinID is the command id of the twin of a command that has one: it is another
// command with the same content, and the id must not be all that keeps them apart.
const twinID = "decisiontest-twin"

func (tr *trial) hasCommandID() bool {
	return slices.ContainsFunc(tr.decisive().conditions, func(c domain.AppendCondition) bool { return isCommandID(c.FailIfEventsMatch) })
}

// whyNoConflict says for each recorded event what kept the conditions from seeing it.
func whyNoConflict(loser, winner *attempt) string {
	if len(loser.conditions) == 0 {
		return "The append has no condition"
	}
	var all []string
	for _, e := range winner.events {
		var near []string
		for _, c := range loser.conditions {
			for _, item := range c.FailIfEventsMatch.Items() {
				if len(item.Types) == 0 || slices.Contains(item.Types, e.Type) {
					if missing := onlyIn(item.Tags, e.Tags); len(missing) > 0 {
						near = append(near, fmt.Sprintf("it lacks the tag %s of %v", listed(missing), item))
					}
				}
			}
		}
		if len(near) == 0 {
			near = []string{"no condition is about its type"}
		}
		all = append(all, fmt.Sprintf("No condition matches the recorded %s: %s", brief(e), strings.Join(near, ", ")))
	}
	return strings.Join(all, ". ")
}

// arrivingTwice sends the command twice, repeats its append, and loses the answer
// of an append that was stored.
func (c *Case) arrivingTwice(plain *trial) []string {
	var found []string
	want := len(plain.recorded)

	twice := c.open(c.past.now)
	first := twice.run(twice.ctx, c.run, twice.spy)
	again := twice.run(twice.ctx, c.run, &spy{EventStore: twice.store})
	if got := c.count(twice); got != want {
		found = append(found, fmt.Sprintf("it is not idempotent: sent twice it recorded %d events, once it records %d (errors: %v, %v). Give it a CommandID, or let it see its own events", got, want, first, again))
	}

	appended := plain.decisive()
	if _, err := plain.store.Append(plain.ctx, appended.events, appended.conditions...); !errors.Is(err, ports.ErrConflict) {
		found = append(found, fmt.Sprintf("it is not idempotent: its append could be repeated (error: %v), because no condition matches the events that it records. %s", err, whyNoConflict(appended, appended)))
	}

	silent := c.open(c.past.now)
	silent.spy.meddle = func(_ context.Context, number int, _ *attempt, store func() (domain.Positions, error)) (domain.Positions, error) {
		positions, err := store()
		if number == 1 && err == nil {
			return domain.Positions{}, ports.ErrUnknownOutcome
		}
		return positions, err
	}
	if err := silent.run(silent.ctx, c.run, silent.spy); err != nil {
		first, again = err, silent.run(silent.ctx, c.run, silent.spy)
	}
	if got := c.count(silent); got != want {
		found = append(found, fmt.Sprintf("it is not idempotent: retried after an append that was stored and whose answer was lost, it recorded %d events, once it records %d (errors: %v, %v)", got, want, first, again))
	}
	return found
}

func (c *Case) count(tr *trial) int {
	events, err := tr.stored()
	if err != nil {
		c.past.t.Fatalf("decisiontest: cannot read what was recorded: %v", err)
	}
	return len(events)
}
