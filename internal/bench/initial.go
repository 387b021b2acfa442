package bench

import (
	"encoding/json"
	"fmt"

	"github.com/opossum-go/opossum/domain"
)

// initTag stands on every event of the initial store.
const initTag = domain.Tag("init")

// tenTag is the tag of ten events among so many.
func tenTag(i uint64, events int) domain.Tag {
	return domain.Tag(fmt.Sprintf("ten:%06d", i%max(1, uint64(events)/10)))
}

// initialEvent returns event i of the initial store of so many.
func initialEvent(i uint64, events int) domain.Event {
	return domain.Event{
		Type: "bench-init", Tags: []domain.Tag{initTag, tenTag(i, events)},
		Data: json.RawMessage(fmt.Sprintf(`"init-%d"`, i)),
	}
}
