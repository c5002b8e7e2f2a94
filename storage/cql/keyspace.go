package cql

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gocql/gocql"
)

var keyspaceName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// ddlTimeout bounds one statement that changes the schema; a busy cluster takes seconds.
const ddlTimeout = 20 * time.Second

// ddlSession runs statements that change the schema, all through the node with the lowest id that answers: one node takes
// them one after the other, so that nodes of Beep that start together do not make a table twice in two places.
type ddlSession struct {
	session
	keyspace string
	nodes    []node
}

func (d ddlSession) run(ctx context.Context, statement string) error {
	var err error
	for _, n := range d.nodes {
		err = d.x.Session.Query(statement).WithContext(ctx).SetHostID(n.id).SetRequestTimeout(ddlTimeout).Exec()
		if err == nil || classify(err) != fateNotSent {
			break
		}
	}
	if err != nil {
		return ddlError(statement, err)
	}
	if err := d.x.AwaitSchemaAgreement(ctx); err != nil {
		return fmt.Errorf("wait until all nodes agree on the schema: %w", err)
	}
	return nil
}

func ddlError(statement string, err error) error {
	if classify(err) == fateDenied {
		return fmt.Errorf("the role may not change the schema: grant it CREATE and ALTER, or run this as one that may: %s: %w", statement, err)
	}
	return fmt.Errorf("%s: %w", statement, err)
}

func (d ddlSession) tables(ctx context.Context) (map[string]liveTable, error) {
	return d.liveTables(ctx, d.keyspace)
}

// replication reads how often a keyspace keeps each row in a data centre; exists is false when there is no such keyspace.
func (c *cluster) replication(ctx context.Context, keyspace string) (copies int, exists bool, err error) {
	var options map[string]string
	err = c.session.x.Session.Query(askReplication, keyspace).
		WithContext(ctx).Idempotent(true).Scan(&options)
	if errors.Is(err, gocql.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read the replication of keyspace %s: %w", keyspace, err)
	}
	if !strings.HasSuffix(options["class"], "NetworkTopologyStrategy") {
		return 0, true, fmt.Errorf("keyspace %s is replicated by %s: NetworkTopologyStrategy is needed", keyspace, options["class"])
	}
	copies, err = strconv.Atoi(options[c.datacenter])
	if err != nil || copies < 1 {
		return 0, true, fmt.Errorf("keyspace %s keeps nothing in data centre %s: it is replicated as %v", keyspace, c.datacenter, options)
	}
	return copies, true, nil
}

// ensureKeyspace makes the keyspace unless it is there.
func (c *cluster) ensureKeyspace(ctx context.Context, opt Options) error {
	copies, exists, err := c.replication(ctx, opt.Keyspace)
	if err != nil {
		return err
	}
	if exists {
		if copies != opt.Replication {
			opt.Logger.Warn("the keyspace has another replication than configured; it is the operator's to change",
				"keyspace", opt.Keyspace, "datacenter", c.datacenter, "replication", copies, "configured", opt.Replication)
		}
		return c.checkCopies(opt, copies)
	}
	create := createKeyspace(opt.Keyspace, c.datacenter, opt.Replication)
	if opt.NoCreateKeyspace {
		return fmt.Errorf("there is no keyspace %s and it is not to be made: run %s", opt.Keyspace, create)
	}
	if err := c.checkCopies(opt, opt.Replication); err != nil {
		return err
	}
	d := ddlSession{session: c.session, nodes: c.nodes}
	if err := d.run(ctx, create); err != nil {
		return fmt.Errorf("create keyspace %s: %w", opt.Keyspace, err)
	}
	opt.Logger.Info("keyspace made", "keyspace", opt.Keyspace, "datacenter", c.datacenter, "replication", opt.Replication)
	return nil
}

// checkCopies refuses more copies than a quorum of nodes could hold: nothing could ever be written. Fewer nodes than copies,
// or a single copy, is a warning: it works until the next node fails.
func (c *cluster) checkCopies(opt Options, copies int) error {
	nodes := len(c.nodes)
	switch {
	case copies/2+1 > nodes:
		return fmt.Errorf("keyspace %s keeps %d copies, a quorum of them is %d, but data centre %s has %d node(s): "+
			"add nodes, or set the replication to %d", opt.Keyspace, copies, copies/2+1, c.datacenter, nodes, nodes)
	case copies > nodes:
		opt.Logger.Warn("fewer nodes than copies: no node may fail", "datacenter", c.datacenter, "nodes", nodes, "replication", copies)
	case copies < 3:
		opt.Logger.Warn("the loss of one node stops writes or loses data; 3 copies are safe", "replication", copies)
	}
	return nil
}
