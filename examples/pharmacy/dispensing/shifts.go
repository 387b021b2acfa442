package dispensing

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/opossum-go/opossum/application"
	"github.com/opossum-go/opossum/domain"
	"github.com/opossum-go/opossum/ports"
)

// Digest returns the SHA-256, in hexadecimal, of the events at the positions from
// first to last, both inclusive. It covers position, time, type, tags, user and
// data of each, every part preceded by its length. An error when the store does
// not hold all of these positions.
func Digest(ctx context.Context, store ports.Reader, first, last domain.Position) (string, error) {
	if first == 0 || last < first {
		return "", fmt.Errorf("digest: positions %d to %d are no range", first, last)
	}
	read, err := store.Read(ctx, domain.All(), ports.ReadOptions{After: first - 1, Before: last + 1})
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	sum, events := sha256.New(), domain.Position(0)
	for e, err := range read.Events {
		if err != nil {
			return "", fmt.Errorf("digest: %w", err)
		}
		parts := []string{e.Position.String(), e.RecordedAt.Format("2006-01-02T15:04:05.999999999Z07:00"), e.Type, e.Metadata.UserID, string(e.Data)}
		for _, tag := range e.Tags {
			parts = append(parts, tag.String())
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%d;", len(parts))
		for _, part := range parts {
			fmt.Fprintf(&b, "%d:%s", len(part), part)
		}
		sum.Write([]byte(b.String()))
		events++
	}
	if want := last - first + 1; events != want {
		return "", fmt.Errorf("digest: the store holds %d of the positions %d to %d", events, first, last)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// signShift binds a name, a meaning and a time to a range of events. The events
// are read beside the decision: what is stored at a position never changes, so
// nothing has to be guarded.
func (r rules) signShift(d *application.Decision, c SignShift) error {
	staff := member(c.Staff)
	if err := d.Load(staff); err != nil {
		return err
	}
	if err := cmp.Or(actor(d, c.Staff), staff.State().inForce()); err != nil {
		return err
	}
	head, err := r.store.Head(d.Context())
	if err != nil {
		return fmt.Errorf("sign shift: %w", err)
	}
	from, through := cmp.Or(domain.Position(c.From), 1), cmp.Or(domain.Position(c.Through), head)
	if through > head || from > through {
		return refuse("sign", "21 CFR 11.70", "check the positions", "there is nothing to sign from position %d to %d, the head is %d", from, through, head)
	}
	digest, err := Digest(d.Context(), r.store, from, through)
	if err != nil {
		return err
	}
	if c.Digest != "" && !strings.EqualFold(c.Digest, digest) {
		return refuse("sign", "21 CFR 11.70", "look at the report again", "the events from position %d to %d are not those that were shown", from, through)
	}
	return d.Record(ShiftSigned{
		Staff: c.Staff, Name: staff.State().Name, Meaning: c.Meaning,
		From: uint64(from), Through: uint64(through), Digest: digest, At: d.Now(),
	})
}
