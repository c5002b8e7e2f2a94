package client

import (
	"slices"

	"github.com/beep-chat/beep/core"
)

// maxRemembered bounds what is remembered of one channel or server: far more than the stream can reorder.
const maxRemembered = 256

// tombstones remembers the newest deletions, so that a late creation or update does not bring a thing back.
type tombstones[ID comparable] struct{ ids []ID }

func (t *tombstones[ID]) has(id ID) bool { return slices.Contains(t.ids, id) }

func (t *tombstones[ID]) add(id ID) {
	if t.has(id) {
		return
	}
	if len(t.ids) == maxRemembered {
		t.ids = slices.Delete(t.ids, 0, 1)
	}
	t.ids = append(t.ids, id)
}

// counted remembers which messages are in the counts: all up to upTo, which the snapshot counted, and those in ids, sorted.
// When ids is full its smallest becomes upTo; ids that late would be older than 256 later messages.
type counted struct {
	upTo core.MessageID
	ids  []core.MessageID
}

func (k *counted) has(id core.MessageID) bool {
	_, found := slices.BinarySearch(k.ids, id)
	return found || id <= k.upTo
}

// add is false for a message that was counted before.
func (k *counted) add(id core.MessageID) bool {
	i, found := slices.BinarySearch(k.ids, id)
	if found || id <= k.upTo {
		return false
	}
	k.ids = slices.Insert(k.ids, i, id)
	if len(k.ids) > maxRemembered {
		k.upTo = k.ids[0]
		k.ids = slices.Delete(k.ids, 0, 1)
	}
	return true
}
