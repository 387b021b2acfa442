package index

import "math"

// column holds one small number for each event, in as few bytes as the largest of
// them needs. A copy of a column stays as it is whatever is added to the original.
type column struct {
	narrow []uint8
	middle []uint16
	wide   []uint32
}

func (c *column) add(n uint32) {
	switch {
	case c.wide == nil && c.middle == nil && n <= math.MaxUint8:
		c.narrow = append(c.narrow, uint8(n))
	case c.wide == nil && n <= math.MaxUint16:
		if c.middle == nil {
			c.middle, c.narrow = widened[uint16](c.narrow), nil
		}
		c.middle = append(c.middle, uint16(n))
	default:
		if c.wide == nil && c.middle != nil {
			c.wide, c.middle = widened[uint32](c.middle), nil
		} else if c.wide == nil {
			c.wide, c.narrow = widened[uint32](c.narrow), nil
		}
		c.wide = append(c.wide, n)
	}
}

// at returns the number of an event that was added. Its error is always nil.
func (c *column) at(event int) (uint32, error) {
	switch {
	case c.wide != nil:
		return c.wide[event], nil
	case c.middle != nil:
		return uint32(c.middle[event]), nil
	default:
		return uint32(c.narrow[event]), nil
	}
}

func (c *column) truncate(keep int) {
	switch {
	case c.wide != nil:
		c.wide = c.wide[:keep:keep]
	case c.middle != nil:
		c.middle = c.middle[:keep:keep]
	default:
		c.narrow = c.narrow[:keep:keep]
	}
}

func widened[To, From uint8 | uint16 | uint32](from []From) []To {
	to := make([]To, len(from), 2*len(from)+1)
	for i, n := range from {
		to[i] = To(n)
	}
	return to
}
