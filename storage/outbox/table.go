package outbox

import (
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/storage/wide"
)

// rowLife is how long events can be announced after their commit; the log must not be away for longer.
const rowLife = 48 * time.Hour

type outboxRow struct {
	Worker  int64  `wide:"worker_id,partition"`
	Minute  int64  `wide:"minute,partition"`
	Seq     int64  `wide:"seq,asc"`
	Entries []byte `wide:"events,1,mandatory"`
}

var outboxTable = wide.Define[outboxRow](wide.Spec{ID: 19, Name: "outbox", TTL: rowLife, TimeSeries: true,
	Doc: "events to announce, written before their object"})

// markRow lists marks in one partition: there are at most as many as worker ids.
type markRow struct {
	Shard  int64     `wide:"shard,partition"`
	Worker int64     `wide:"worker_id,asc"`
	Seq    int64     `wide:"seq,1,mandatory"`
	At     time.Time `wide:"marked_at,2"`
}

var markTable = wide.Define[markRow](wide.Spec{ID: 23, Name: "outbox_marks",
	Doc: "up to where the outbox of each worker is announced"})

// Tables are those an engine under an Outbox must have.
func Tables() []wide.AnyTable { return []wide.AnyTable{outboxTable, markTable} }

// minuteOf is the partition of a row: the minute in which its seq, an id, was made.
func minuteOf(seq int64) int64 {
	if seq <= 0 {
		return core.Epoch / time.Minute.Milliseconds()
	}
	return core.ID[struct{}](seq).Time().Unix() / 60
}

// lastOf is at or above every seq of a minute, and below those of the next.
func lastOf(minute int64) int64 {
	return int64(core.FirstIDAt[struct{}](time.Unix((minute+1)*60, 0))) - 1
}
