package redis

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/realtime"
)

// Log is the log of a cluster, in one Redis: a stream that keeps the last minutes, and a channel that pushes. It is safe
// for concurrent use.
type Log struct {
	opt     Options
	key     struct{ meta, stream, marks string }
	channel string // of the log
	hints   string // channel of the bus
	node    string // tells this log's probes and hints from those of others
	started time.Time
	scripts scripts
	faults  faults
	bus     atomic.Pointer[Bus]

	end      context.CancelFunc
	wg       sync.WaitGroup
	ready    chan struct{} // closed by the first proof of delivery
	attempts chan error    // the latest failed attempt to connect, until ready
	moved    chan struct{} // an Append met another epoch
	probed   chan probed
	kick     chan struct{} // probe now

	mu        sync.Mutex
	closed    bool
	epoch     string
	born      time.Time
	tip       uint64 // newest position handed to the followers
	appended  uint64 // newest position of this epoch that an Append got
	oldest    uint64 // as seen last
	followers []*following
	healthy   bool
	reason    string
	proof     time.Time // when the last probe was sent that came back in order
}

var _ realtime.Log = (*Log)(nil)

// following is one Follow.
type following struct{ realtime.Follower }

// faults switches protections off, for the tests that show what each is for.
type faults struct{ noRefill, noProbe bool }

// ErrClosed is returned after Close.
var ErrClosed = errors.New("the log is closed")

// Open connects to the log, or begins one, and returns when it is heard. It gives up when ctx ends, after 10 s, or at
// once with ErrOtherCluster.
func Open(ctx context.Context, o Options) (*Log, error) {
	return open(ctx, o, newScripts(beginLua, appendLua, probeLua), faults{})
}

func open(ctx context.Context, o Options, s scripts, f faults) (*Log, error) {
	o, err := o.orDefault()
	if err != nil {
		return nil, err
	}
	l := &Log{
		opt: o, scripts: s, faults: f, node: rand.Text()[:12], started: o.Clock(), reason: ReasonUnreachable,
		channel: o.DB.Key("log", "live", o.Cluster), hints: o.DB.Key("log", "bus", o.Cluster),
		ready: make(chan struct{}), attempts: make(chan error, 1), moved: make(chan struct{}, 1),
		probed: make(chan probed), kick: make(chan struct{}, 1),
	}
	l.key.meta, l.key.stream, l.key.marks = o.DB.Key("log", "meta"), o.DB.Key("log", "stream"), o.DB.Key("log", "marks")
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	l.end = end
	l.wg.Go(func() { (&tail{log: l, dialled: make(chan dialled)}).run(running) })
	l.wg.Go(func() { l.probeLoop(running) })
	if err := l.awaitReady(ctx); err != nil {
		l.Close()
		return nil, fmt.Errorf("open the log: %w", err)
	}
	return l, nil
}

func (l *Log) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	var last error
	for {
		select {
		case <-l.ready:
			return nil
		case last = <-l.attempts:
			if errors.Is(last, ErrOtherCluster) {
				return last
			}
		case <-ctx.Done():
			return cmp.Or(last, fmt.Errorf("redis at %s: no proof that the log is heard: %w", l.addr(), ctx.Err()))
		}
	}
}

// Close ends the log's goroutines and its connection; followers hear nothing more. It may take some seconds where Redis
// does not answer. The DB stays open.
func (l *Log) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.end()
	l.wg.Wait()
}

// Epoch implements realtime.Log. An epoch belongs to one life of one Redis: a restart, a failover and a flush begin
// another.
func (l *Log) Epoch() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch
}

// Born is when the epoch began, by Redis's clock: what Redis was told before may be forgotten.
func (l *Log) Born() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.born
}

// Follow implements realtime.Log.
func (l *Log) Follow(f realtime.Follower) (after uint64, stop func()) {
	me := &following{f}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followers = append(slices.Clone(l.followers), me)
	return l.tip, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.followers = slices.DeleteFunc(slices.Clone(l.followers), func(f *following) bool { return f == me })
	}
}

// Health implements realtime.Log. It is false as soon as the proof is too old, even while a slow follower keeps the
// change from being told.
func (l *Log) Health() (healthy bool, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return false, ReasonClosed
	case !l.healthy:
		return false, l.reason
	case l.opt.Clock().Sub(l.proof) > proofLimit:
		return false, ReasonSilent
	}
	return true, ""
}

// known is the epoch, and the newest position that exists in it for sure.
func (l *Log) known() (epoch string, newest uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch, max(l.tip, l.appended)
}

func (l *Log) position() (epoch string, tip uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch, l.tip
}

// tell hands events to the followers; they are the next ones.
func (l *Log) tell(events []core.LoggedEvent) {
	if len(events) == 0 {
		return
	}
	l.mu.Lock()
	l.tip = events[len(events)-1].Position
	to := l.followers
	l.mu.Unlock()
	for _, f := range to {
		f.Events(events)
	}
}

// breakOff moves on to a position that does not follow, of this epoch or of another, and says so.
func (l *Log) breakOff(s state, reason string) {
	l.mu.Lock()
	if s.epoch != l.epoch {
		l.epoch, l.born, l.appended, l.oldest = s.epoch, s.born, 0, s.from+1
	}
	l.tip = s.from
	to := l.followers
	l.mu.Unlock()
	l.opt.Logger.Warn("the log in redis broke off", "reason", reason, "epoch", s.epoch, "position", s.from)
	l.opt.Metrics.Reset(reason)
	for _, f := range to {
		f.Reset(s.epoch, s.from)
	}
}

// prove notes that a probe sent at a time came back, after everything before it was handed over.
func (l *Log) prove(sent time.Time) {
	l.mu.Lock()
	l.proof = sent
	heal := !l.healthy && l.opt.Clock().Sub(sent) <= proofLimit
	l.mu.Unlock()
	if heal {
		l.setHealth(true, "")
	}
}

func (l *Log) setHealth(healthy bool, reason string) {
	l.mu.Lock()
	l.healthy, l.reason = healthy, reason
	to := l.followers
	l.mu.Unlock()
	l.opt.Metrics.Health(healthy, reason)
	if healthy {
		l.opt.Logger.Info("the log in redis is heard")
	} else {
		l.opt.Logger.Warn("the log in redis is not heard", "reason", reason)
	}
	for _, f := range to {
		f.Health(healthy, reason)
	}
}

// ClusterOf tells whose log a Redis holds; "" when it holds none.
func ClusterOf(ctx context.Context, db *redisdb.DB) (string, error) {
	name, err := db.Client.Do(ctx, db.Client.B().Hget().Key(db.Key("log", "meta")).Field("cluster").Build()).ToString()
	if rueidis.IsRedisNil(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read whose log redis holds: %w", err)
	}
	return name, nil
}
