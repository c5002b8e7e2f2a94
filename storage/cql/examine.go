package cql

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gocql/gocql"

	"github.com/beep-chat/beep/storage/wide"
)

// Findings is what Examine saw of a cluster. Problems are what keeps Beep from working or makes it unsafe, in words for an
// operator; without any, Open succeeds. Notes say what a start will do.
type Findings struct {
	Product     string   // "Apache Cassandra" or "ScyllaDB"
	Version     string   // the lowest of the nodes'
	Datacenter  string   // the one that is used
	Datacenters []string // those there are
	Nodes       []Node   // of Datacenter

	Keyspace    bool   // it exists
	Replication int    // copies of each row in Datacenter
	Schema      uint64 // version of the tables; 0: none recorded

	CanRead, CanWrite, CanCreate, CanAlter bool // what the role may do in the keyspace

	Problems []string
	Notes    []string
}

// Node is one node of the data centre.
type Node struct {
	Address string
	Up      bool          // it answers
	Ahead   time.Duration // how far its clock is ahead of ours
}

// maxClockDrift is what a node's clock may differ from ours: write times and the servers' own times are compared.
const maxClockDrift = time.Second

// Examine looks at a cluster and changes nothing in it. What it cannot find out is in Problems.
func Examine(ctx context.Context, opt Options) Findings {
	opt = opt.withDefaults()
	var f Findings
	if err := opt.check(); err != nil {
		f.problem("%v", err)
		return f
	}
	c, err := reach(ctx, opt)
	if err != nil {
		f.problem("%v", err)
		return f
	}
	defer c.session.close()
	f.Product, f.Version, f.Datacenter, f.Datacenters = c.product, c.version, c.datacenter, c.all
	for _, n := range c.nodes {
		f.Nodes = append(f.Nodes, f.examineNode(ctx, c, n, opt.Clock))
	}
	f.Replication, f.Keyspace, err = c.replication(ctx, opt.Keyspace)
	switch {
	case err != nil:
		f.problem("%v", err)
	case !f.Keyspace:
		if err := c.checkCopies(opt, opt.Replication); err != nil {
			f.problem("there is no keyspace %s yet, and it cannot be made: %v", opt.Keyspace, err)
			break
		}
		f.note("there is no keyspace %s yet; it is made at the first start, or by %s", opt.Keyspace, createKeyspace(opt.Keyspace, c.datacenter, opt.Replication))
	default:
		if err := c.checkCopies(opt, f.Replication); err != nil {
			f.problem("%v", err)
		}
		f.examineKeyspace(ctx, opt, c)
	}
	return f
}

func (f *Findings) problem(format string, args ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
}

func (f *Findings) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

// examineNode asks one node for the time.
func (f *Findings) examineNode(ctx context.Context, c *cluster, n node, clock func() time.Time) Node {
	seen := Node{Address: n.address}
	var now gocql.UUID
	before := clock()
	err := c.session.x.Session.Query(askNow).WithContext(ctx).SetHostID(n.id).Scan(&now)
	if err != nil {
		f.problem("node %s does not answer: %v", n.address, err)
		return seen
	}
	after := clock()
	seen.Up = true
	seen.Ahead = now.Time().Sub(before.Add(after.Sub(before) / 2))
	if drift := time.Duration(math.Abs(float64(seen.Ahead))); drift > maxClockDrift {
		f.problem("the clock of node %s is %v off ours, more than %v: synchronise the clocks", n.address, drift.Round(time.Millisecond), maxClockDrift)
	}
	return seen
}

// examineKeyspace looks at the tables and at what the role may do with them.
func (f *Findings) examineKeyspace(ctx context.Context, opt Options, c *cluster) {
	s, err := connect(ctx, opt, c.addresses(), c.datacenter, opt.Keyspace)
	if err != nil {
		f.problem("%v", err)
		return
	}
	defer s.close()
	live, err := s.liveTables(ctx, opt.Keyspace)
	if err != nil {
		f.problem("%v", err)
		return
	}
	f.examineRights(ctx, newEngine(opt, s), s, live)
	missing, err := plan(live, opt.Schema.Tables())
	switch {
	case err != nil:
		f.problem("%v", err)
	case len(missing) > 0:
		f.note("%d schema change(s) to make at the next start, beginning with: %s", len(missing), missing[0].name)
	}
	if f.Schema > opt.SchemaVersion {
		f.problem("the tables have schema version %d, this binary knows %d: a newer one was started here", f.Schema, opt.SchemaVersion)
	}
}

// examineRights tries statements that need a right and change nothing: an addition to a table that is not there, the making
// of one that is, and a condition that nothing meets.
func (f *Findings) examineRights(ctx context.Context, e *Engine, s session, live map[string]liveTable) {
	allowed := func(statement string) bool {
		return classify(s.x.Session.Query(statement).WithContext(ctx).Exec()) != fateDenied
	}
	f.CanAlter = allowed(addColumn("no_such_table", "c", "bigint"))
	if !f.CanAlter {
		f.problem("the role may not ALTER tables: schema changes will fail")
	}
	if len(live) == 0 {
		return // a right to make tables can only be tried by making one
	}
	own := ownTables()
	if _, ok := live[own[0].Name]; !ok {
		f.problem("keyspace %s has tables, but none of Beep's own", e.opt.Keyspace)
		return
	}
	if f.CanCreate = allowed(own[0].DDL()); !f.CanCreate {
		f.problem("the role may not CREATE tables: schema changes will fail")
	}
	nobody := lockRow{Name: "examined"}
	_, err := e.Commit(ctx, wide.Commit{If: locks.IfPresent(nobody), Writes: []wide.Write{locks.Insert(nobody)}})
	if f.CanWrite = err == nil; err != nil {
		f.problem("a conditional write fails: %v", err)
	}
	m := migration{e: e}
	f.Schema, err = m.version(ctx)
	if f.CanRead = err == nil; err != nil {
		f.problem("%v", err)
	}
}
