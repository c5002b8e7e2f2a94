package ratelimit

import (
	"hash/maphash"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/beep-chat/beep/core"
)

const (
	// maxShards keeps busy cores from waiting for one lock.
	maxShards = 64
	// minShardKeys: fewer shards rather than shards of a few keys, which would fill unevenly.
	minShardKeys = 256
	// slotsPerKey is the room for accepted times a key may take on average; limits of more are bounded by the sum.
	slotsPerKey = 32
	// sweepPause is the least time between two full sweeps of one shard, so that a flood of new keys costs little more
	// than a map look-up each.
	sweepPause = int64(100 * time.Millisecond)
)

// entry is what a key has used. From expires on it is as if the key had never been seen. Times are nanoseconds since the
// table was made.
type entry struct {
	expires int64   // GCRA: the theoretical arrival time
	times   []int64 // Window: a ring of accepted times, oldest at head
	head    int
	count   int
}

// table is a bounded set of keys.
type table struct {
	now      func() time.Time
	start    time.Time
	seed     maphash.Seed
	maxKeys  int // a shard
	maxSlots int // a shard
	shards   []shard
}

// shard holds part of the keys under its own lock.
type shard struct {
	mu        sync.Mutex
	entries   map[core.RateKey]*entry
	last      int64 // the latest time seen
	nextSweep int64
	floor     int64    // no entry expires before; a shard full of live keys is not swept in vain
	slots     int      // sum of len(entry.times)
	_         [56]byte // keeps the locks of neighbours on other cache lines
}

func newTable(now func() time.Time, maxKeys int) *table {
	if maxKeys <= 0 {
		maxKeys = DefaultMaxKeys
	}
	n := 1
	for n < maxShards && maxKeys/(n*2) >= minShardKeys {
		n *= 2
	}
	t := &table{now: now, start: now(), seed: maphash.MakeSeed(), maxKeys: maxKeys / n, shards: make([]shard, n)}
	t.maxSlots = t.maxKeys * slotsPerKey
	for i := range t.shards {
		t.shards[i].entries = map[core.RateKey]*entry{}
	}
	return t
}

// lock gives the locked shard of a key and the time, which never runs backwards.
func (t *table) lock(key core.RateKey) (*shard, int64) {
	h := uint64(key.ID)
	if key.Text != "" {
		h ^= maphash.String(t.seed, key.Text)
	}
	h *= 0x9e3779b97f4a7c15 // ids of a quiet node differ only in their upper bits; this spreads them
	s := &t.shards[(h>>32)&uint64(len(t.shards)-1)]
	s.mu.Lock()
	s.last = max(s.last, int64(t.now().Sub(t.start)))
	return s, s.last
}

// entry gives what a key has used, fresh where it is new, or nil when there is no room for it.
func (t *table) entry(s *shard, key core.RateKey, now int64) *entry {
	if e := s.entries[key]; e != nil {
		return e
	}
	s.trim(now)
	if len(s.entries) >= t.maxKeys {
		s.sweep(now)
		if len(s.entries) >= t.maxKeys {
			return nil
		}
	}
	key.Text = strings.Clone(key.Text) // it may be a piece of a request's buffer
	e := &entry{expires: now}
	s.entries[key] = e
	return e
}

// room makes space for one more accepted time in an entry that must never hold more than limit; false when the shard has
// no slots left.
func (t *table) room(s *shard, e *entry, limit int, now int64) bool {
	if e.count < len(e.times) {
		return true
	}
	e.expires = max(e.expires, now+1) // a sweep below must not take this entry away
	size := min(max(4, 2*len(e.times)), max(limit, e.count+1))
	grow := size - len(e.times)
	if s.slots+grow > t.maxSlots {
		s.sweep(now)
		if s.slots+grow > t.maxSlots {
			return false
		}
	}
	times := make([]int64, size)
	n := copy(times, e.times[e.head:])
	copy(times[n:], e.times[:e.head])
	e.times, e.head = times, 0
	s.slots += grow
	return true
}

// touch notes that an entry now counts until expires.
func (s *shard) touch(e *entry, expires int64) {
	e.expires = expires
	s.floor = min(s.floor, expires)
}

// trim drops two keys at most, wherever it looks first, so that the table follows what is in use while keys come.
func (s *shard) trim(now int64) {
	seen := 0
	for key, e := range s.entries {
		s.dropDead(key, e, now)
		if seen++; seen == 2 {
			return
		}
	}
}

// sweep drops every dead key, unless it did so a moment ago or can tell that there is none.
func (s *shard) sweep(now int64) {
	if now < s.floor || now < s.nextSweep {
		return
	}
	s.nextSweep, s.floor = now+sweepPause, math.MaxInt64
	for key, e := range s.entries {
		if !s.dropDead(key, e, now) {
			s.floor = min(s.floor, e.expires)
		}
	}
}

func (s *shard) dropDead(key core.RateKey, e *entry, now int64) bool {
	if e.expires > now {
		return false
	}
	s.slots -= len(e.times)
	delete(s.entries, key)
	return true
}
