package main

import (
	"context"
	"fmt"
	"time"
)

// tally is what the services of a site had done at a moment.
type tally struct {
	s       *site
	queries queries
	redis   redisUse
	cpu     time.Duration // of Cassandra, where it is known
	seen    bool
}

// tally reads the services' counters; on the embedded store there are none.
func (s *site) tally(ctx context.Context) (t tally, err error) {
	t.s = s
	if s.cassandra == nil {
		return t, nil
	}
	if t.queries, err = s.cassandra.queries(ctx); err != nil {
		return t, err
	}
	t.cpu, t.seen = s.cassandra.cpu()
	t.redis, err = s.redis.use()
	return t, err
}

// report tells what was done since, divided by what it was for.
func (t tally) report(ctx context.Context, part, each string, by float64) error {
	if t.s.cassandra == nil || by == 0 {
		return nil
	}
	now, err := t.s.tally(ctx)
	if err != nil {
		return err
	}
	q, r, add := now.queries.since(t.queries), now.redis.since(t.redis), t.s.b.report.add
	add(part, "CQL rows written for "+each, float64(total(q.writes))/by, "", "by the replicas: "+perTable(q.writes, by))
	add(part, "CQL reads for "+each, float64(total(q.reads))/by, "", "by the replicas: "+perTable(q.reads, by))
	if now.seen {
		add(part, "Cassandra's processor time for "+each, (now.cpu-t.cpu).Seconds()*1e6/by, "µs", "user and system, with compaction and whatever else it did meanwhile")
	}
	add(part, "Redis's processor time for "+each, r.seconds*1e6/by, "µs", fmt.Sprintf("%s commands", number(r.commands/by)))
	add(part, "bytes into Redis for "+each, r.in/by, "B", "")
	add(part, "bytes out of Redis for "+each, r.out/by, "B", "to all nodes together")
	return nil
}

// reportReads tells only what was read since, for what writes nothing and has nothing to do with Redis.
func (t tally) reportReads(ctx context.Context, part, name string, by float64) error {
	if t.s.cassandra == nil || by == 0 {
		return nil
	}
	now, err := t.s.tally(ctx)
	if err != nil {
		return err
	}
	q, add := now.queries.since(t.queries), t.s.b.report.add
	add(part, name+": CQL reads a page", float64(total(q.reads))/by, "", "by the replicas: "+perTable(q.reads, by))
	if now.seen {
		add(part, name+": Cassandra's processor time a page", (now.cpu-t.cpu).Seconds()*1e6/by, "µs", "")
	}
	return nil
}
