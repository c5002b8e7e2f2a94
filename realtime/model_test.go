package realtime

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beep-chat/beep/core"
)

var modelSeed = flag.Uint64("model.seed", 0, "run the model check with this seed only")

// TestModel plays random days of a community: people come, go, stall, lose and regain access, nodes restart, logs break.
// After every step the world comes to rest. The oracle says for every reader: what was heard was allowed as it was
// written, in order and never twice; and what was not heard was forbidden at some moment between its being published and
// the reader's passing it, or the reader was told to resync.
func TestModel(t *testing.T) {
	seeds := []uint64{*modelSeed}
	if *modelSeed == 0 {
		seeds = seeds[:0]
		for n := range uint64(12) {
			seeds = append(seeds, n+1)
		}
	}
	heard, resyncs := 0, make(map[string]int)
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := playModel(t, seed, 1500)
				heard += m.heard
				for reason, n := range m.resyncs {
					resyncs[reason] += n
				}
			})
		})
	}
	if *modelSeed == 0 && (heard < 10_000 || resyncs["expired"] == 0 || resyncs["epoch"] == 0) {
		t.Errorf("the days were dull: %d heard, resyncs %v", heard, resyncs)
	}
}

const (
	modelUsers    = 6
	modelServers  = 3
	modelChannels = 3 // a server; channel ids are server*10+n
)

type model struct {
	*rig
	rnd   *rand.Rand
	step  int
	epoch int

	mu      sync.Mutex // readers hear from goroutines of their own
	events  []*told
	readers []*listening
	flips   map[core.UserID][]flip
	heard   int
	resyncs map[string]int
}

// told is an event and when it was published.
type told struct {
	epoch    string
	position uint64
	step     int
	audience core.Audience
	kind     core.EventType
}

// flip is a change of what a person may do in a server.
type flip struct {
	step   int
	server core.ServerID
}

// listening is a reader that comes back with the last id it saw.
type listening struct {
	m      *model
	user   core.UserID
	client *client
	last   string // the cursor it would come back with

	place Cursor          // everything up to here is judged
	seen  map[uint64]bool // positions heard beyond it
	fresh bool            // the next ready starts afresh
	debt  bool            // a ready said resumed:false after a cursor was given: a resync must follow
}

func playModel(t *testing.T, seed uint64, steps int) *model {
	m := &model{
		rnd: rand.New(rand.NewPCG(seed, 7)), flips: make(map[core.UserID][]flip), resyncs: make(map[string]int), epoch: 1,
	}
	m.rig = newRig(t, m.tune)
	for user := range core.UserID(modelUsers) {
		for range 2 {
			m.readers = append(m.readers, &listening{m: m, user: user + 1, seen: make(map[uint64]bool), fresh: true})
		}
	}
	for m.step = 1; m.step <= steps && !t.Failed(); m.step++ {
		m.act()
		synctest.Wait()
	}
	for _, l := range m.readers {
		m.arrive(l)
		l.wake()
	}
	time.Sleep(26 * time.Second) // a heartbeat closes every account
	synctest.Wait()
	for _, l := range m.readers {
		if l.place.Position != m.hub.Stats().Position && !l.client.ended() {
			t.Errorf("user %d stands at %v, the log at %d", l.user, l.place, m.hub.Stats().Position)
		}
		l.client.leave()
	}
	return m
}

func (m *model) tune(o *Options) {
	o.Coalesce = 0
	o.Window.Events = 400
}

func (m *model) act() {
	user := core.UserID(m.rnd.IntN(modelUsers) + 1)
	server := core.ServerID(m.rnd.IntN(modelServers) + 1)
	channel := core.ChannelID(int(server)*10 + m.rnd.IntN(modelChannels))
	reader := m.readers[m.rnd.IntN(len(m.readers))]
	switch p := m.rnd.IntN(1000); {
	case p < 450:
		m.publish(core.Audience{Server: server, Channel: channel}, core.MessageDeleted{})
	case p < 500:
		for range m.rnd.IntN(350) { // more than pending holds
			m.publish(core.Audience{Server: server, Channel: channel}, core.MessageDeleted{})
		}
	case p < 540:
		m.publish(core.Audience{Users: []core.UserID{user}}, core.AccessChanged{})
	case p < 600:
		m.member(server, user)
	case p < 680:
		m.flip(user, server)
		m.world.shut(user, channel, m.rnd.IntN(2) == 0)
	case p < 780:
		m.arrive(reader)
	case p < 850:
		m.depart(reader)
	case p < 890:
		reader.sleep()
	case p < 930:
		reader.wake()
	case p < 980:
		time.Sleep(time.Duration(m.rnd.IntN(4000)) * time.Millisecond)
	case p < 985:
		m.source.Silence(true)
		m.publish(core.Audience{Server: server, Channel: channel}, core.MessageDeleted{})
		m.source.Silence(false)
	case p < 990:
		m.breakOff()
	case p < 993:
		m.restart()
	default:
		m.world.mu.Lock()
		m.world.onLoad = nil
		if m.rnd.IntN(2) == 0 {
			m.world.onLoad = func() { time.Sleep(50 * time.Millisecond) }
		}
		m.world.mu.Unlock()
	}
}

func (m *model) publish(to core.Audience, p core.Payload) {
	_, newest := m.source.Bounds()
	m.mu.Lock()
	m.events = append(m.events, &told{epoch: m.source.Epoch(), position: newest + 1, step: m.step, audience: to, kind: p.EventType()})
	m.mu.Unlock()
	m.source.Append(m.event(to, p))
}

func (m *model) flip(user core.UserID, server core.ServerID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flips[user] = append(m.flips[user], flip{m.step, server})
}

func (m *model) member(server core.ServerID, user core.UserID) {
	m.flip(user, server)
	to := core.Audience{Server: server, Users: []core.UserID{user}}
	if m.rnd.IntN(3) > 0 {
		m.world.set(server, user, true)
		m.publish(to, core.MemberJoined{})
		return
	}
	m.world.set(server, user, false)
	m.publish(to, core.MemberRemoved{UserID: user})
}

func (m *model) breakOff() {
	m.epoch++
	m.log.breakOff(fmt.Sprintf("e%d", m.epoch))
}

func (m *model) restart() {
	for _, l := range m.readers {
		l.wake()
	}
	synctest.Wait()
	m.close()
	for _, l := range m.readers {
		m.depart(l)
	}
	m.start(m.tune)
}

func (m *model) arrive(l *listening) {
	if l.client != nil && !l.client.ended() {
		return
	}
	l.fresh = l.last == ""
	l.client = m.connectAs(StreamRequest{User: l.user, LastEventID: l.last}, &client{t: m.t, onPull: l.judge, onWrite: l.hear})
}

func (m *model) depart(l *listening) {
	if l.client != nil {
		l.wake()
		l.client.leave()
	}
}

func (l *listening) sleep() {
	if l.client != nil && l.client.stalled == nil {
		l.client.stall()
	}
}

func (l *listening) wake() {
	if l.client != nil && l.client.stalled != nil {
		l.client.unstall()
	}
}

// judge looks at what is about to be written: the world stands still while that is decided, so it must be allowed now.
func (l *listening) judge(blocks []block) {
	m := l.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range blocks {
		at, err := ParseCursor(b.id)
		if b.id == "" || err != nil || core.IsControl(core.EventType(b.event)) {
			continue
		}
		ev := m.find(at)
		if ev == nil || slices.Contains(ev.audience.Users, l.user) || core.EndsAccess(ev.kind) {
			continue
		}
		if !l.allowed(ev) {
			m.t.Errorf("step %d, user %d is told %s without the right", m.step, l.user, b)
		}
	}
}

// hear follows what a reader reads.
func (l *listening) hear(blocks []block) {
	m := l.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range blocks {
		if b.id == "" {
			l.last, l.place = "", Cursor{}
			continue
		}
		at, err := ParseCursor(b.id)
		if err != nil {
			m.t.Errorf("id %q: %v", b.id, err)
			return
		}
		switch b.event {
		case "ready":
			var ready core.Ready
			decode(m.t, b.data, &ready)
			if ready.Resumed && b.id != l.last {
				m.t.Errorf("user %d resumed from %s at %s", l.user, l.last, b.id)
			}
			if !ready.Resumed {
				l.debt = !l.fresh
				l.restartAt(at)
			}
		case "resync":
			var resync core.Resync
			decode(m.t, b.data, &resync)
			m.resyncs[resync.Reason]++
			l.debt = false
			l.restartAt(at)
		case "heartbeat":
			l.pass(at)
		case "bye":
			if b.id != l.last {
				l.pass(at)
			}
		default:
			l.event(b, at)
		}
		l.last = b.id
	}
}

func (l *listening) restartAt(at Cursor) {
	l.place = at
	clear(l.seen)
}

func (l *listening) event(b block, at Cursor) {
	m := l.m
	if l.debt {
		m.t.Errorf("user %d: %s before the resync that is due", l.user, b)
	}
	if at.Epoch != l.place.Epoch || at.Position <= l.place.Position {
		m.t.Errorf("step %d, user %d: %s after %v: twice or out of order", m.step, l.user, b, l.place)
		return
	}
	ev := m.find(at)
	if ev == nil || string(ev.kind) != b.event {
		m.t.Errorf("%s was never published", b)
		return
	}
	m.heard++
	l.pass(Cursor{at.Epoch, at.Position - 1})
	l.place = at
}

// pass judges everything up to a place as not heard.
func (l *listening) pass(at Cursor) {
	m := l.m
	if at.Epoch != l.place.Epoch || at.Position < l.place.Position {
		m.t.Errorf("user %d: the cursor goes from %v to %v", l.user, l.place, at)
		return
	}
	for p := l.place.Position + 1; p <= at.Position; p++ {
		ev := m.find(Cursor{at.Epoch, p})
		switch {
		case ev == nil:
			m.t.Errorf("no event at %s.%d", at.Epoch, p)
		case slices.Contains(ev.audience.Users, l.user):
			m.t.Errorf("step %d: user %d missed %s@%d, which names them", m.step, l.user, ev.kind, p)
		case ev.audience.Server != 0 && l.allowed(ev) && !l.flippedSince(ev.audience.Server, ev.step):
			m.t.Errorf("step %d: user %d missed %s@%s.%d of step %d", m.step, l.user, ev.kind, at.Epoch, p, ev.step)
		}
	}
	l.place = at
}

func (l *listening) allowed(ev *told) bool {
	return l.m.world.CanHear(context.Background(), l.user, ev.audience.Server, ev.audience.Channel, 0)
}

func (l *listening) flippedSince(server core.ServerID, step int) bool {
	return slices.ContainsFunc(l.m.flips[l.user], func(f flip) bool { return f.server == server && f.step >= step })
}

func (m *model) find(at Cursor) *told {
	i, ok := slices.BinarySearchFunc(m.events, at, func(e *told, at Cursor) int {
		if e.epoch != at.Epoch {
			return len(e.epoch) - len(at.Epoch) + 2*compareEqualLength(e.epoch, at.Epoch)
		}
		return int(e.position) - int(at.Position)
	})
	if !ok {
		return nil
	}
	return m.events[i]
}

func compareEqualLength(a, b string) int {
	switch {
	case len(a) != len(b) || a == b:
		return 0
	case a < b:
		return -1
	default:
		return 1
	}
}

// TestFlipIsExact: from the moment access ends nothing more is heard, also of what was published before and waits.
func TestFlipIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.world.set(1, 7, true)
		c := r.connect(StreamRequest{User: 7})
		synctest.Wait()
		c.stall()
		r.say(1, 2) // on its way
		synctest.Wait()
		for range 10 {
			r.say(1, 2)
		}
		r.say(1, 3)
		r.world.shut(7, 2, true)
		c.unstall()
		c.want("ready@e1.0 message.deleted@e1.1 message.deleted@e1.12")
		r.say(1, 2)
		time.Sleep(25 * time.Second)
		c.want("ready@e1.0 message.deleted@e1.1 message.deleted@e1.12 heartbeat@e1.13")
		r.connect(StreamRequest{User: 7, LastEventID: "e1.0"}).want("ready@e1.0 message.deleted@e1.12")
	})
}
