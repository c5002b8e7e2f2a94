package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/accounts"
	"github.com/beep-chat/beep/core/ids"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/internal/nodeid"
	"github.com/beep-chat/beep/internal/redisdb"
	limits "github.com/beep-chat/beep/ratelimit/redis"
	"github.com/beep-chat/beep/realtime"
	log "github.com/beep-chat/beep/realtime/redis"
	"github.com/beep-chat/beep/storage"
	"github.com/beep-chat/beep/storage/cql"
	"github.com/beep-chat/beep/storage/outbox"
	brief "github.com/beep-chat/beep/storage/redis"
	"github.com/beep-chat/beep/storage/wide"
)

// Cluster says where the nodes of a cluster meet. CQL's schema, clock and logger are filled in.
type Cluster struct {
	CQL    cql.Options
	Redis  redisdb.Options
	Wrap   func(wide.Engine) wide.Engine // around the engine below the outbox, for faults; nil: none
	Outbox outbox.Metrics
	Log    log.Metrics
	// Shared is told when what nodes decide together is decided by each alone, because Redis does not answer, and when it
	// ends. May be nil.
	Shared func(what string, shared bool)
}

// DecidedTogether is what nodes decide together, as Cluster.Shared names it.
var DecidedTogether = []string{sharedLimits, sharedNonces}

const (
	sharedLimits = "rate_limits"
	sharedNonces = "nonces"
)

// MaxClockGap is how far the clocks of nodes and servers may be apart when a node starts: the order of writes of different
// nodes rests on them.
const MaxClockGap = 2 * time.Second

// shared is the ground of a node in a cluster.
type shared struct {
	opt    *Cluster
	logger *slog.Logger
	clock  *hybridClock
	self   *nodeid.Identity
	redis  *redisdb.DB
	engine *cql.Engine
	box    *outbox.Outbox
	log    *log.Log
	bus    *log.Bus
	hub    atomic.Pointer[realtime.Hub]
	worker int64
	ending sync.Once

	unfollow func() // of newEpochs
}

var _ ground = (*shared)(nil)

// openShared meets the others: it checks that the parts fit together before anything is written that others see.
func openShared(ctx context.Context, o *Options) (_ ground, err error) {
	s := &shared{opt: o.Cluster, logger: o.Logger, clock: &hybridClock{wall: o.Clock}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.self, err = nodeid.Open(o.DataDir); err != nil {
		return nil, err
	}
	if s.redis, err = redisdb.Open(o.Cluster.Redis); err != nil {
		return nil, err
	}
	if err := s.compareClocks(ctx, o.Clock); err != nil {
		return nil, err
	}
	c := o.Cluster.CQL
	c.Schema, c.SchemaVersion, c.Clock, c.Logger = storage.Schema(), storage.SchemaVersion, s.clock.Now, o.Logger
	if s.engine, err = cql.Open(ctx, c); err != nil {
		return nil, err
	}
	rows := wide.Engine(s.engine)
	if o.Cluster.Wrap != nil {
		rows = o.Cluster.Wrap(rows)
	}
	stores := storage.New(rows, s.clock.Now)
	cluster, err := clusterID(ctx, stores.Settings)
	if err != nil {
		return nil, err
	}
	if s.log, err = log.Open(ctx, log.Options{DB: s.redis, Cluster: cluster, Logger: o.Logger, Clock: o.Clock, Metrics: o.Cluster.Log,
		MaxEvents: o.Window.Events, MaxAge: o.Window.Age, MaxBytes: o.Window.Bytes}); err != nil {
		return nil, err
	}
	s.box = outbox.New(outbox.Options{Engine: rows, Announcer: s.log, Leases: stores.Leases, Schema: storage.Schema(),
		Clock: s.clock.Now, Logger: o.Logger, Metrics: o.Cluster.Outbox})
	return s, nil
}

// compareClocks refuses to join with a clock that is far from that of Redis.
func (s *shared) compareClocks(ctx context.Context, clock core.Clock) error {
	asked := clock()
	theirs, err := s.redis.Now(ctx)
	if err != nil {
		return err
	}
	took := clock().Sub(asked)
	gap := theirs.Sub(asked.Add(took/2)).Abs() - took/2
	if gap > MaxClockGap {
		return fmt.Errorf("the clock of this machine and that of Redis are %s apart: nodes order their writes by their clocks; let both follow NTP (chrony or systemd-timesyncd), then start again", gap.Round(time.Millisecond))
	}
	return nil
}

// ClusterSetting is the setting in the store that names the Beep in a keyspace.
const ClusterSetting = "cluster_id"

// clusterID names the Beep that the keyspace holds; the first node gives the name.
func clusterID(ctx context.Context, settings *storage.Settings) (string, error) {
	for {
		id, err := settings.GetSetting(ctx, ClusterSetting)
		if err != nil || id != "" {
			return id, err
		}
		mine := rand.Text()
		ok, err := settings.SwapSetting(ctx, ClusterSetting, "", mine)
		if err != nil {
			return "", err
		}
		if ok {
			return mine, nil
		}
	}
}

// Store implements ground.
func (s *shared) Store() wide.Engine { return s.box }

// Clock implements ground.
func (s *shared) Clock() core.Clock { return s.clock.Now }

// Holder implements ground.
func (s *shared) Holder() string { return s.self.ID() }

// Log implements ground.
func (s *shared) Log() realtime.Log { return s.log }

// Limiter implements ground.
func (s *shared) Limiter() core.RateLimiter {
	return limits.New(s.redis, limits.Options{Changed: s.changed(sharedLimits)})
}

// Claims implements ground. Redis does not vouch: a node may be cut off from it alone and store meanwhile what Redis never
// heard of, so the store is always asked.
func (s *shared) Claims() messages.NonceClaims {
	return brief.NewClaims(s.redis, messages.NewLocalClaims(time.Now), brief.ClaimsOptions{Changed: s.changed(sharedNonces)})
}

// Tickets implements ground.
func (s *shared) Tickets() accounts.Tickets { return brief.NewTickets(s.redis, time.Now) }

func (s *shared) changed(what string) func(bool, error) {
	return func(together bool, err error) {
		if s.opt.Shared != nil {
			s.opt.Shared(what, together)
		}
		if together {
			s.logger.Info("decided by all nodes together again", "what", what)
			return
		}
		s.logger.Warn("decided by this node alone until redis answers", "what", what, "error", err)
	}
}

// NextVersion implements ground: versions of different workers never meet.
func (s *shared) NextVersion(stored int64) int64 {
	const workers = core.MaxWorker + 1
	return (stored/workers+1)*workers + s.worker
}

// Begin implements ground.
func (s *shared) Begin(ctx context.Context, k *ids.Keeper) error {
	source := k.Source()
	s.worker = int64(k.Worker())
	s.clock.follow(source)
	return s.box.Begin(ctx, outbox.Term{Worker: k.Worker(), Floor: k.Floor(), NextID: source.Next, Live: source.Valid})
}

// newEpochs tells the outbox when the log began anew.
type newEpochs struct {
	box   *outbox.Outbox
	epoch string
}

// Events implements realtime.Follower.
func (newEpochs) Events([]core.LoggedEvent) {}

// Health implements realtime.Follower.
func (newEpochs) Health(bool, string) {}

// Reset implements realtime.Follower.
func (e *newEpochs) Reset(epoch string, _ uint64) {
	if e.epoch != epoch {
		e.epoch = epoch
		e.box.Repeat()
	}
}

// Join implements ground.
func (s *shared) Join(hub *realtime.Hub) (err error) {
	s.hub.Store(hub)
	_, s.unfollow = s.log.Follow(&newEpochs{box: s.box, epoch: s.log.Epoch()})
	s.bus, err = log.NewBus(s.log, log.BusOptions{Deliver: hub.PublishEphemeral, Told: s.told})
	return err
}

// Publish implements ground.
func (s *shared) Publish(e core.Event) { s.bus.Publish(e) }

// topicInterest is the hint that carries a stream's interest to the node that holds the stream.
const topicInterest = "interest"

type interestHint struct {
	User   core.UserID                         `json:"user"`
	Stream string                              `json:"stream"`
	Levels map[core.ServerID]realtime.Interest `json:"levels"`
}

// PassInterest implements ground. Whether any node holds the stream is not known.
func (s *shared) PassInterest(user core.UserID, stream string, levels map[core.ServerID]realtime.Interest) bool {
	data, err := json.Marshal(interestHint{user, stream, levels})
	return err == nil && s.bus.Tell(topicInterest, data) == nil
}

func (s *shared) told(topic string, data []byte) {
	var hint interestHint
	if topic != topicInterest || json.Unmarshal(data, &hint) != nil {
		return // of a newer version
	}
	err := s.hub.Load().SetInterest(hint.User, hint.Stream, hint.Levels)
	if err != nil && core.CodeOf(err) != core.CodeNotFound {
		s.logger.Warn("set the interest of a stream", "error", err)
	}
}

// End implements ground.
func (s *shared) End() {
	s.ending.Do(func() {
		if s.bus != nil {
			s.bus.Close()
		}
		if s.unfollow != nil {
			s.unfollow()
		}
		if s.box != nil {
			s.box.End()
		}
	})
}

// Close implements ground.
func (s *shared) Close() error {
	s.End()
	var errs []error
	if s.log != nil {
		s.log.Close()
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.redis != nil {
		s.redis.Close()
	}
	if s.self != nil {
		errs = append(errs, s.self.Close())
	}
	return errors.Join(errs...)
}

// Backlog is what the node has yet to announce; zero on a lone node.
func (n *Node) Backlog() outbox.Stats {
	if s, ok := n.ground.(*shared); ok {
		return s.box.Stats()
	}
	return outbox.Stats{}
}

// hybridClock is the wall clock, but never behind what this node has seen of others: writes that follow from something
// seen are ordered after it although clocks differ.
type hybridClock struct {
	wall   core.Clock
	source atomic.Pointer[ids.Source]
}

func (c *hybridClock) follow(s *ids.Source) { c.source.Store(s) }

// Now is a core.Clock.
func (c *hybridClock) Now() time.Time {
	now := c.wall()
	if s := c.source.Load(); s != nil {
		if seen := s.Seen(); seen.After(now) {
			return seen
		}
	}
	return now
}
