// Package redisdb is Beep's connection to Redis (or Valkey): one place for addresses, credentials, time-outs and the names
// of keys.
//
// It owns how a node connects and what it says when it cannot. It refuses to know what is kept in Redis: the log
// (realtime/redis), limits (ratelimit/redis), claims and tickets (storage/redis) do. Nothing in Redis is the truth: losing
// all of it loses no message.
//
// A DB is safe for concurrent use. The client reconnects by itself; what must notice a reconnect uses a dedicated
// connection with hooks. Commands end after CommandTimeout at the latest, and none is repeated behind the caller's back.
//
//	db, err := redisdb.Open(redisdb.Options{Addrs: []string{"127.0.0.1:6379"}})
//	defer db.Close()
//	n, err := db.Client.Do(ctx, db.Client.B().Get().Key(db.Key("log", "meta")).Build()).AsInt64()
package redisdb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Time-outs. A peer that is silent for CommandTimeout is given up; keep-alive probes find a dead one sooner.
const (
	DialTimeout    = 2 * time.Second
	CommandTimeout = 2 * time.Second
	keepAlive      = 400 * time.Millisecond
)

// connBuffer is small: a node has a handful of connections, and its commands are short.
const connBuffer = 64 << 10

// Options say which Redis to use.
type Options struct {
	Addrs    []string // one address, host:port; with Master: those of the sentinels
	Master   string   // name of the master set when Addrs are sentinels
	Username string
	Password string
	Database int
	TLS      *tls.Config // nil: plain
	Prefix   string      // of all keys; "" is "beep"
}

// DB is a connection to Redis and the names of Beep's keys in it.
type DB struct {
	Client rueidis.Client
	prefix string
}

// Open connects. The error says what is wrong and what to do.
func Open(o Options) (*DB, error) {
	if o.Prefix == "" {
		o.Prefix = "beep"
	}
	option := rueidis.ClientOption{
		InitAddress: o.Addrs, Username: o.Username, Password: o.Password, SelectDB: o.Database, TLSConfig: o.TLS,
		ClientName: "beep", Dialer: net.Dialer{Timeout: DialTimeout, KeepAlive: keepAlive}, ConnWriteTimeout: CommandTimeout,
		DisableCache: true, DisableRetry: true, PipelineMultiplex: -1, // one connection, so that one failed command tells
		ReadBufferEachConn: connBuffer, WriteBufferEachConn: connBuffer,
	}
	if o.Master != "" {
		option.Sentinel = rueidis.SentinelOption{MasterSet: o.Master, Username: o.Username, Password: o.Password, TLSConfig: o.TLS,
			Dialer: option.Dialer}
	} else {
		option.ForceSingleClient = true
	}
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, explain(o, err)
	}
	return &DB{Client: client, prefix: o.Prefix}, nil
}

// Close ends all connections; commands under way fail.
func (db *DB) Close() { db.Client.Close() }

// Key names a key or channel of Beep. All of them share one hash tag, so that a script may touch several.
func (db *DB) Key(parts ...string) string {
	return "{" + db.prefix + "}:" + strings.Join(parts, ":")
}

// Now is Redis's clock.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	parts, err := db.Client.Do(ctx, db.Client.B().Time().Build()).AsIntSlice()
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock of redis: %w", err)
	}
	if len(parts) != 2 {
		return time.Time{}, errors.New("read the clock of redis: unexpected answer")
	}
	return time.Unix(parts[0], parts[1]*1000), nil
}

// explain says what an operator can do about a connection that failed.
func explain(o Options, err error) error {
	text := err.Error()
	do := "is it running, and does redis.addrs name it?"
	switch {
	case strings.Contains(text, "WRONGPASS"), strings.Contains(text, "NOAUTH"):
		do = "check redis.username and redis.password"
	case strings.Contains(text, "NOPERM"):
		do = "the user of redis.username lacks rights; see docs/operators/cluster.md"
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		do = "it does not speak TLS; set redis.tls to false"
	case strings.Contains(text, "DB index"):
		do = "there is no such database; check redis.database"
	case strings.Contains(text, "no such host"):
		do = "the name does not resolve; check redis.addrs and DNS"
	case o.Master != "":
		do = "are the sentinels of redis.addrs running, and do they know the master set " + o.Master + "?"
	}
	return fmt.Errorf("redis at %s: %w; %s", strings.Join(o.Addrs, ", "), err, do)
}
