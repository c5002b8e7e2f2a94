package realtime

import (
	"crypto/rand"
	"time"

	"github.com/beep-chat/beep/core"
)

// bucket admits Count connections at once and Count every Per on the average. The hub's lock guards it.
type bucket struct {
	rate   core.Rate
	tokens float64
	at     time.Time
}

func newBucket(rate core.Rate) bucket {
	return bucket{rate: rate, tokens: float64(rate.Count), at: time.Now()}
}

// take is 0 when one more is admitted, else the time until the next one will be.
func (b *bucket) take(now time.Time) time.Duration {
	if b.rate.Off() {
		return 0
	}
	perToken := max(b.rate.Per/time.Duration(b.rate.Count), 1)
	b.tokens = min(float64(b.rate.Count), b.tokens+float64(now.Sub(b.at))/float64(perToken))
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(perToken))
	}
	b.tokens--
	return 0
}

const opOpen = "open stream"

// Bounds of a request's filters.
const (
	MaxFilterServers = 200
	MaxFilterTypes   = 100
)

// join registers a stream at the position fanned out last, or at the one it resumes from. From here on every event that
// concerns the person is pushed or found in the ring.
func (h *Hub) join(req StreamRequest) (*stream, arrival, error) {
	from, err := req.check()
	if err != nil {
		return nil, arrival{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.admit(req); err != nil {
		return nil, arrival{}, err
	}
	s := &stream{
		hub: h, id: rand.Text(), user: req.User, session: req.Session, address: req.Address,
		servers: req.Servers, types: req.Types, wake: make(chan struct{}, 1),
	}
	s.reader = reader{ring: h.ring, cursor: h.ring.fanned.Load(), behind: true}
	how := arrival{}
	if from != (Cursor{}) {
		if how.resync = h.unresumable(from); how.resync == "" {
			how.resumed, s.reader.cursor = true, from.Position
		}
	}
	h.index.enter(s)
	h.streams[s.id] = s
	h.addresses[s.address]++
	return s, how, nil
}

// arrival is how a stream begins: resumed, with the reason why it was not, or afresh.
type arrival struct {
	resumed bool
	resync  string
}

func (r StreamRequest) check() (from Cursor, err error) {
	if r.LastEventID != "" {
		if from, err = ParseCursor(r.LastEventID); err != nil {
			return Cursor{}, err
		}
	}
	if len(r.Servers) > MaxFilterServers {
		return Cursor{}, core.Invalid(opOpen, "/servers", core.CodeTooLong, map[string]any{"max": MaxFilterServers})
	}
	if len(r.Types) > MaxFilterTypes {
		return Cursor{}, core.Invalid(opOpen, "/types", core.CodeTooLong, map[string]any{"max": MaxFilterTypes})
	}
	return from, nil
}

// admit applies the limits. The lock is held from here to the registration, so they are exact.
func (h *Hub) admit(req StreamRequest) error {
	switch {
	case h.ring == nil:
		return core.E(core.CodeUnavailable, opOpen).Because(errNotStarted)
	case h.draining:
		return core.E(core.CodeShuttingDown, opOpen)
	}
	if limit := h.opt.StreamsPerUser; limit > 0 {
		if l := h.index.users[req.User]; l != nil && len(l.streams) >= limit {
			return core.Exceeded(core.CodeTooManyStreams, opOpen, limit).With("per", "user")
		}
	}
	if limit := h.opt.StreamsPerAddress; limit > 0 && h.addresses[req.Address] >= limit {
		return core.Exceeded(core.CodeTooManyStreams, opOpen, limit).With("per", "address")
	}
	if wait := h.admission.take(time.Now()); wait > 0 {
		ms := (wait + time.Millisecond - 1).Milliseconds()
		return core.E(core.CodeBusy, opOpen).With("retry_after_ms", ms)
	}
	return nil
}

// unresumable gives the reason why a stream cannot go on from a cursor, "" when it can.
func (h *Hub) unresumable(c Cursor) string {
	if c.Epoch != h.ring.epoch {
		return resyncEpoch
	}
	switch ok, expired := h.ring.holds(c.Position); {
	case ok:
		return ""
	case expired:
		return resyncExpired
	default:
		return resyncFuture
	}
}

// leave takes a stream out; after it nothing reaches the stream any more.
func (h *Hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.index.exit(s)
	delete(h.streams, s.id)
	if h.addresses[s.address]--; h.addresses[s.address] == 0 {
		delete(h.addresses, s.address)
	}
	if h.draining && len(h.streams) == 0 {
		close(h.emptied)
	}
}
