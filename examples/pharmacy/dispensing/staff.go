package dispensing

import (
	"slices"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/decision"
)

// person is what decides whether somebody may act.
type person struct {
	ID        string
	Known     bool
	Name      string
	Initials  string
	Role      Role
	Suspended bool
	Why       string // of the suspension
}

// member is the model of one member of staff.
func member(id string) *decision.Model[person] {
	return decision.New(person{ID: id}, StaffTag(id)).With(
		decision.On(func(_ person, e StaffCredentialed) person {
			return person{ID: e.Staff, Known: true, Name: e.Name, Initials: e.Initials, Role: e.Role}
		}),
		decision.On(func(p person, e StaffSuspended) person {
			p.Suspended, p.Why = true, e.Reason
			return p
		}),
		decision.On(func(p person, _ StaffReinstated) person {
			p.Suspended, p.Why = false, ""
			return p
		}))
}

// inForce refuses people who are not credentialed here or are suspended.
func (p person) inForce() error {
	switch {
	case !p.Known:
		return refuse("I6", "21 CFR 11.10(g)", "credential them first", "%s is not credentialed here", p.ID)
	case p.Suspended:
		return refuse("I6", "21 CFR 11.10(g)", "let a colleague do it", "%s is suspended (%s)", p.ID, p.Why)
	}
	return nil
}

// as refuses people who are not in force in one of the roles.
func (p person) as(roles ...Role) error {
	if err := p.inForce(); err != nil {
		return err
	}
	if !slices.Contains(roles, p.Role) {
		return refuse("I6", "21 CFR 11.10(g)", "let a colleague do it", "%s is credentialed as %s, which does not allow this", p.ID, p.Role)
	}
	return nil
}

func (p person) asPharmacist() error { return p.as(Pharmacist, PharmacistInCharge) }

// witnesses refuses two people who are not different members of staff in force.
// The citation is that of the rule which asks for two people, empty for a rule of
// the house.
func witnesses(a, b person, cite string) error {
	if a.ID == b.ID {
		return refuse("I9", cite, "call a second person", "%s cannot be both of the two people who see it", a.ID)
	}
	for _, p := range []person{a, b} {
		if err := p.inForce(); err != nil {
			return refuse("I9", cite, "call somebody who is credentialed and in force", "%s cannot witness: not credentialed or suspended", p.ID)
		}
	}
	return nil
}

func (r rules) credentialStaff(d *application.Decision, c CredentialStaff) error {
	if err := actor(d, c.By); err != nil {
		return err
	}
	return d.Record(StaffCredentialed{
		Staff: c.Staff, Name: c.Name, Initials: c.Initials, Role: c.Role, License: c.License, By: c.By, At: d.Now(),
	})
}

func (r rules) suspendStaff(d *application.Decision, c SuspendStaff) error {
	if err := known(d, c.By, c.Staff); err != nil {
		return err
	}
	return d.Record(StaffSuspended{Staff: c.Staff, Reason: c.Reason, By: c.By, At: d.Now()})
}

func (r rules) reinstateStaff(d *application.Decision, c ReinstateStaff) error {
	if err := known(d, c.By, c.Staff); err != nil {
		return err
	}
	return d.Record(StaffReinstated{Staff: c.Staff, Reason: c.Reason, By: c.By, At: d.Now()})
}

// known refuses what is said about people who never worked here.
func known(d *application.Decision, by, staff string) error {
	who := member(staff)
	if err := d.Load(who); err != nil {
		return err
	}
	if !who.State().Known {
		return refuse("I6", "", "check the id", "%s was never credentialed here", staff)
	}
	return actor(d, by)
}
