package stacktest

import (
	"context"
	"fmt"
	"time"

	"github.com/gocql/gocql"
)

// probeTimeout bounds one question; a frozen node takes connections and never answers.
const probeTimeout = 3 * time.Second

// ask opens a session with node i alone.
func (c *Cassandra) ask(i int, question func(*gocql.Session) error) error {
	conf := gocql.NewCluster(c.address(i))
	conf.Port = cqlPort
	conf.ProtoVersion = 4
	conf.NumConns = 1
	conf.DisableInitialHostLookup = true // this node, not the ring
	conf.Timeout, conf.ConnectTimeout = probeTimeout, probeTimeout
	conf.ReconnectInterval = 0
	conf.Logger = silent{}
	session, err := conf.CreateSession()
	if err != nil {
		return err
	}
	defer session.Close()
	return question(session)
}

// probe tells whether node i answers.
func (c *Cassandra) probe(ctx context.Context, i int) error {
	return c.ask(i, func(s *gocql.Session) error {
		return s.Query("SELECT release_version FROM system.local").Consistency(gocql.One).WithContext(ctx).Exec()
	})
}

// lives are the generations of nodes, by their addresses: a node that starts again has a higher one.
type lives map[string]int

// known gives the lives that node i knows of.
func (c *Cassandra) known(ctx context.Context, i int) (lives, error) {
	known := lives{}
	return known, c.ask(i, func(s *gocql.Session) error {
		rows := s.Query("SELECT address, generation FROM system_views.gossip_info").Consistency(gocql.One).WithContext(ctx).Iter()
		var address string
		var generation int
		for rows.Scan(&address, &generation) {
			known[address] = generation
		}
		return rows.Close()
	})
}

// own gives the lives of the nodes as each knows itself.
func (c *Cassandra) own(ctx context.Context) (lives, error) {
	all := lives{}
	for i := range c.nodes {
		known, err := c.known(ctx, i)
		if err != nil {
			return nil, err
		}
		all[c.address(i)] = known[c.address(i)]
	}
	return all, nil
}

// seesAll tells whether node i takes the whole ring for alive, and in its present life: a node that has not heard yet that
// another was killed and came back takes it for alive, and for dead for a moment as soon as it hears of it. A table that
// Cassandra keeps three copies of, read at ALL, answers only while all of a ring of three live; smaller rings never have three.
func (c *Cassandra) seesAll(ctx context.Context, i int) error {
	all, err := c.own(ctx)
	if err != nil {
		return err
	}
	known, err := c.known(ctx, i)
	if err != nil {
		return err
	}
	for address, life := range all {
		if known[address] != life {
			return fmt.Errorf("node %d has not heard that %s came back: it knows generation %d of it, not %d", i, address, known[address], life)
		}
	}
	if c.o.Nodes != MaxNodes {
		return nil
	}
	return c.ask(i, func(s *gocql.Session) error {
		return s.Query("SELECT keyspace_name FROM system_distributed.view_build_status LIMIT 1").Consistency(gocql.All).WithContext(ctx).Exec()
	})
}

// silent drops what the driver says about nodes that are down, which is what is asked.
type silent struct{}

func (silent) Print(...any)          {}
func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
