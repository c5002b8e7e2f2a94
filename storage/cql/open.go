package cql

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// check refuses options that cannot be meant.
func (o Options) check() error {
	switch {
	case len(o.Hosts) == 0:
		return errors.New("no contact points")
	case !keyspaceName.MatchString(o.Keyspace):
		return fmt.Errorf("keyspace %q: a name is a lower-case letter, then at most 47 lower-case letters, digits and underscores", o.Keyspace)
	case o.Replication < 1 || o.Replication > maxReplication:
		return fmt.Errorf("replication %d: 1 to %d copies", o.Replication, maxReplication)
	case o.Timeout < minTimeout:
		return fmt.Errorf("timeout %v: at least %v", o.Timeout, minTimeout)
	}
	return nil
}

// Open connects to a cluster, makes the keyspace when it is missing and brings its tables up to date. It refuses a cluster
// that is too old, a data centre that is not there, a keyspace whose copies have no quorum, tables that were not made by
// Beep, and (ErrNewerSchema) a keyspace of a newer version. ctx bounds it as a whole.
func Open(ctx context.Context, opt Options) (*Engine, error) {
	opt = opt.withDefaults()
	if err := opt.check(); err != nil {
		return nil, fmt.Errorf("open cql storage: %w", err)
	}
	e, err := dial(ctx, opt)
	if err != nil {
		return nil, fmt.Errorf("open cql storage: %w", err)
	}
	return e, nil
}

// enterTries bounds the waiting for a keyspace, lockPause apart.
const enterTries = 10

// enter opens the session with the keyspace, with patience for one that another node is making at this moment: a server
// lists it before it knows it.
func (c *cluster) enter(ctx context.Context, opt Options) (session, error) {
	for tries := 1; ; tries++ {
		s, err := connect(ctx, opt, c.addresses(), c.datacenter, opt.Keyspace)
		if err == nil || tries == enterTries {
			return s, err
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return session{}, err
		}
	}
}

func dial(ctx context.Context, opt Options) (*Engine, error) {
	c, err := reach(ctx, opt)
	if err != nil {
		return nil, err
	}
	err = c.ensureKeyspace(ctx, opt)
	c.session.close()
	if err != nil {
		return nil, err
	}
	s, err := c.enter(ctx, opt)
	if err != nil {
		return nil, err
	}
	e := newEngine(opt, s)
	if err := e.migrate(ctx, ddlSession{session: s, keyspace: opt.Keyspace, nodes: c.nodes}); err != nil {
		s.close()
		return nil, err
	}
	return e, nil
}
