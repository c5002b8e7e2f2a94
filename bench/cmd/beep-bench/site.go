package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The engines that a node may keep its data in.
const (
	engineEmbedded = "embedded"
	engineCQL      = "cql"
)

// site is the ground that the nodes of one measurement stand on, made for it and removed after it: a folder, and with CQL a
// keyspace and a Redis of its own.
type site struct {
	b         *bench
	dir       string
	cassandra *cassandra // nil: embedded
	redis     *redis
}

// open makes a site on the engine that is being measured. The nodes on it must have ended when it is closed.
func (b *bench) open(ctx context.Context, name string) (s *site, err error) {
	s = &site{b: b, dir: b.data(b.engine + "-" + name)}
	if b.engine == engineEmbedded {
		return s, nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.redis, err = startRedis(ctx, s.dir); err != nil {
		return s, err
	}
	s.cassandra, err = openCassandra(ctx)
	return s, err
}

func (s *site) close() error {
	var errs []error
	if s.cassandra != nil {
		errs = append(errs, s.cassandra.drop())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// folder is the data folder of a node, 1 being the first.
func (s *site) folder(node int) string { return filepath.Join(s.dir, "node-"+strconv.Itoa(node)) }

// start runs a node without the limits that tell people from programs, and gives the time until it was ready. Settings are
// NAME=VALUE of the environment.
func (s *site) start(ctx context.Context, node int, settings ...string) (*process, time.Duration, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, 0, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, 0, err
	}
	cmd := exec.CommandContext(ctx, s.b.binary, "serve")
	cmd.Env = append(cleanEnv(), "BEEP_DATA_DIR="+s.folder(node), "BEEP_HTTP_LISTEN="+addr, "BEEP_ADMIN_LISTEN="+admin, "BEEP_ADMIN_PPROF=true",
		"BEEP_LIMITS_MESSAGE_RATE=0", "BEEP_LIMITS_REQUEST_RATE=0", "BEEP_LIMITS_REGISTER_RATE=0", "BEEP_LIMITS_LOGIN_RATE=0",
		"BEEP_LIMITS_CREATE_RATE=0", "BEEP_LIMITS_JOIN_RATE=0", "BEEP_LIMITS_STREAMS_PER_USER=0", "BEEP_LIMITS_STREAMS_PER_ADDRESS=0",
		"BEEP_LOG_ACCESS="+strconv.FormatBool(s.b.access))
	if s.cassandra != nil {
		cmd.Env = append(cmd.Env, "BEEP_STORE_ENGINE=cql", "BEEP_CQL_KEYSPACE="+s.cassandra.keyspace, "BEEP_REDIS_ADDRS="+s.redis.addr)
		cmd.Env = append(cmd.Env, cqlSettings()...)
	}
	cmd.Env = append(cmd.Env, settings...)
	p, took, err := launch(ctx, cmd, httpReady("http://"+admin+"/readyz"))
	if err != nil {
		return nil, 0, err
	}
	p.addr, p.admin = addr, admin
	return p, took, nil
}

// startAll runs nodes one after the other; what stops them is given even after an error.
func (s *site) startAll(ctx context.Context, nodes int, settings ...string) (all []*process, stop func() error, err error) {
	stop = func() error {
		var errs []error
		for _, p := range all {
			errs = append(errs, p.stop())
		}
		return errors.Join(errs...)
	}
	for i := range nodes {
		p, _, err := s.start(ctx, i+1, settings...)
		if err != nil {
			return all, stop, fmt.Errorf("start node %d of %d: %w", i+1, nodes, err)
		}
		all = append(all, p)
	}
	return all, stop, nil
}

// cleanEnv is the environment without settings of another Beep.
func cleanEnv() []string {
	var out []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "BEEP_") {
			out = append(out, pair)
		}
	}
	return out
}
