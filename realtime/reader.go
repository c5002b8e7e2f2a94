package realtime

import (
	"context"
	"errors"
	"slices"
	"time"
)

// maxWriteBytes bounds one flush, unless a single event is larger.
const maxWriteBytes = 64 << 10

// keepItems is the room for references that an idle stream keeps.
const keepItems = 8

// rescan is how many entries are read from the ring at a time.
const rescan = 256

// errOutrun says that the ring no longer holds what the stream has yet to get.
var errOutrun = errors.New("fell behind the window")

// reader is a stream's place: what it delivered, and what it took but did not deliver yet.
type reader struct {
	ring   *ring
	cursor uint64
	behind bool // reads the ring from the cursor; pending gathers what comes meanwhile
	items  []item
	at     int
}

func (s *stream) cursor() Cursor {
	return Cursor{Epoch: s.reader.ring.epoch, Position: s.reader.cursor}
}

// fill appends to buf what the stream may hear next, as much as one flush takes. It counts the events, and says whether
// the stream got everything there was. It stops early when the stream is to say something else first.
func (s *stream) fill(ctx context.Context, buf *[]byte) (events int, drained bool, err error) {
	r := &s.reader
	for {
		for r.at < len(r.items) {
			it := r.items[r.at]
			known := it.position != 0 && it.position <= r.cursor
			if !known && s.mayHear(ctx, it) {
				if len(*buf) > 0 && len(*buf)+len(it.block) > maxWriteBytes {
					return events, false, nil
				}
				s.encode(buf, it)
				events++
			}
			r.cursor = max(r.cursor, it.position)
			r.items[r.at] = item{}
			r.at++
		}
		more, drained, err := s.refill()
		if err != nil || !more {
			return events, drained, err
		}
	}
}

func (s *stream) encode(buf *[]byte, it item) {
	reserve(buf, len(it.block)+maxEpochBytes+32)
	if it.position == 0 {
		*buf = appendID(*buf, s.cursor())
	}
	*buf = append(*buf, it.block...)
}

// refill takes what is next: from the ring while the stream is behind, else from pending. The edge is read before pending
// is taken: what is not in pending then and is not past the edge was not for this stream.
func (s *stream) refill() (more, drained bool, err error) {
	r := &s.reader
	for {
		edge := r.ring.fanned.Load()
		s.mu.Lock()
		if s.farewell != nil || s.broken != "" {
			s.mu.Unlock()
			return false, false, nil
		}
		if !r.behind && s.lagging {
			s.lagging, r.behind = false, true
		}
		if r.behind {
			s.mu.Unlock()
			if more, err = r.scan(); more || err != nil {
				return more, false, err
			}
			r.behind = false
			continue
		}
		if len(s.pending) == 0 {
			s.lagSince = time.Time{}
			if cap(s.pending) > keepItems {
				s.pending = nil
			}
			s.mu.Unlock()
			r.cursor = max(r.cursor, edge)
			r.rest()
			return false, true, nil
		}
		r.items, s.pending = s.pending, r.items[:0]
		r.at = 0
		s.mu.Unlock()
		return true, false, nil
	}
}

// scan takes the next entries after the cursor from the ring.
func (r *reader) scan() (more bool, err error) {
	var ok bool
	r.items, ok = r.ring.after(r.cursor, rescan, r.items[:0])
	r.at = 0
	if !ok {
		return false, errOutrun
	}
	return len(r.items) > 0, nil
}

// rest lets go of memory that only a busy stream needs.
func (r *reader) rest() {
	r.items, r.at = r.items[:0], 0
	if cap(r.items) > keepItems {
		r.items = nil
	}
}

// mayHear decides at the moment of writing.
func (s *stream) mayHear(ctx context.Context, it item) bool {
	a := &it.audience
	switch it.way {
	case named, ending:
		return true
	case asMember:
		return s.hub.opt.Access.CanHear(ctx, s.user, a.Server, a.Channel, a.Need)
	}
	if it.unsent {
		return false
	}
	if a.All || slices.Contains(a.Users, s.user) {
		it.way = named
	}
	s.mu.Lock()
	wanted := s.wants(it)
	s.mu.Unlock()
	if !wanted || it.way == named {
		return wanted
	}
	if a.Server == 0 {
		return false
	}
	if it.endAccess {
		return s.hub.opt.Access.CanHear(ctx, s.user, a.Server, 0, 0)
	}
	return s.hub.opt.Access.CanHear(ctx, s.user, a.Server, a.Channel, a.Need)
}
