package stacktest

import (
	"context"
	"time"

	"github.com/gocql/gocql"
)

// probeTimeout bounds one question; a frozen node takes connections and never answers.
const probeTimeout = 3 * time.Second

// probe asks node i alone. A table that Cassandra keeps three copies of, read at ALL, answers only while the node takes all
// of a ring of three for alive; smaller rings never have three, and are asked for the node itself.
func (c *Cassandra) probe(ctx context.Context, i int, seesAll bool) error {
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
	query, consistency := "SELECT release_version FROM system.local", gocql.One
	if seesAll && c.o.Nodes == MaxNodes {
		query, consistency = "SELECT keyspace_name FROM system_distributed.view_build_status LIMIT 1", gocql.All
	}
	return session.Query(query).Consistency(consistency).WithContext(ctx).Exec()
}

// silent drops what the driver says about nodes that are down, which is what is asked.
type silent struct{}

func (silent) Print(...any)          {}
func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
