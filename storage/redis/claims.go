package redis

import (
	"context"
	"crypto/sha256"
	_ "embed" // the scripts
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/beep-chat/beep/core"
	"github.com/beep-chat/beep/core/messages"
	"github.com/beep-chat/beep/internal/redisdb"
)

var (
	//go:embed claim.lua
	claimText string
	//go:embed unclaim.lua
	unclaimText string

	claimScript   = rueidis.NewLuaScript(claimText)
	unclaimScript = rueidis.NewLuaScript(unclaimText)
)

// ClaimsOptions say how far Redis is trusted; the zero value trusts it only to let attempts meet.
type ClaimsOptions struct {
	// Vouch lets Redis vouch for nonces nobody asked for, which saves reading the store. It may double a message
	// that a node without Redis stored and another is sent again; see the package.
	Vouch bool
	// Changed is told, in order, when Redis stops deciding (shared is false, err says why) and when it decides again. It
	// must not block or call the claims. It may be nil.
	Changed func(shared bool, err error)
}

// Claims are the nonce claims of a cluster.
type Claims struct {
	db      *redisdb.DB
	inner   messages.NonceClaims
	vouch   string
	life    time.Duration
	line    *redisdb.Breaker
	timeout time.Duration

	alone  atomic.Int64 // attempts that went on without Redis
	marked atomic.Int64 // those that Redis has been told of

	mu  sync.Mutex
	own map[messages.NonceKey]core.MessageID // attempts under way on ids they brought; one a send
}

var _ messages.NonceClaims = (*Claims)(nil)

// NewClaims puts Redis behind the claims of this node. The connection stays the caller's.
func NewClaims(db *redisdb.DB, inner messages.NonceClaims, o ClaimsOptions) *Claims {
	vouch := "0"
	if o.Vouch {
		vouch = "1"
	}
	return &Claims{db: db, inner: inner, vouch: vouch, life: core.NonceLife, line: redisdb.NewBreaker(o.Changed), timeout: redisdb.BriefTimeout,
		own: make(map[messages.NonceKey]core.MessageID)}
}

// Claim implements messages.NonceClaims: first among the attempts of this node, then among all nodes.
func (c *Claims) Claim(ctx context.Context, key messages.NonceKey, id core.MessageID) (messages.Claimed, error) {
	local, err := c.inner.Claim(ctx, key, id)
	if err != nil {
		return messages.Claimed{}, err
	}
	got, err := c.bind(ctx, key, local.ID)
	if err == nil && got.ID != local.ID {
		// The cluster agreed on another id than this node remembers; the node's claim follows it.
		c.inner.Release(key, messages.Failed)
		if _, err := c.inner.Claim(ctx, key, got.ID); err != nil {
			return messages.Claimed{}, err
		}
	}
	if err != nil {
		c.inner.Release(key, leftOver(local.ID == id))
		return messages.Claimed{}, err
	}
	if got.ID != id {
		return messages.Claimed{ID: got.ID}, nil
	}
	c.mu.Lock()
	c.own[key] = id
	c.mu.Unlock()
	return got, nil
}

// leftOver is the outcome of an attempt that ended before it began: an id that was there before stays bound.
func leftOver(own bool) messages.Outcome {
	if own {
		return messages.Failed
	}
	return messages.Unknown
}

// bind agrees with the other nodes on an id. While Redis is away this node's claim decides.
func (c *Claims) bind(ctx context.Context, key messages.NonceKey, id core.MessageID) (messages.Claimed, error) {
	if c.line.Try() {
		got, err := c.ask(ctx, key, id)
		if err == nil {
			c.line.Up()
			return got, nil
		}
		if err := redisdb.Ended(ctx); err != nil {
			return messages.Claimed{}, err
		}
		c.line.Down(err)
	}
	c.alone.Add(1)
	return messages.Claimed{ID: id}, nil
}

var errAnswer = errors.New("unexpected answer; is another program using Beep's keys? give each its own redis.prefix")

func (c *Claims) ask(ctx context.Context, key messages.NonceKey, id core.MessageID) (messages.Claimed, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	alone, doubt := c.alone.Load(), "0"
	if alone != c.marked.Load() {
		doubt = "1"
	}
	answer, err := claimScript.Exec(ctx, c.db.Client, []string{c.name(key), c.db.Key("nonces")},
		[]string{id.String(), strconv.FormatInt(c.life.Milliseconds(), 10), c.vouch, doubt}).ToArray()
	if err != nil {
		return messages.Claimed{}, fmt.Errorf("claim a nonce in redis: %w", err)
	}
	got, err := claimed(answer)
	if err != nil {
		return messages.Claimed{}, fmt.Errorf("claim a nonce in redis: %w", err)
	}
	c.marked.Store(alone)
	return got, nil
}

func claimed(answer []rueidis.RedisMessage) (messages.Claimed, error) {
	if len(answer) != 2 {
		return messages.Claimed{}, errAnswer
	}
	text, err := answer[0].ToString()
	if err != nil {
		return messages.Claimed{}, errAnswer
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return messages.Claimed{}, errAnswer
	}
	vouched, err := answer[1].AsInt64()
	if err != nil {
		return messages.Claimed{}, errAnswer
	}
	return messages.Claimed{ID: core.MessageID(id), Vouched: vouched == 1}, nil
}

// Release implements messages.NonceClaims. Only an attempt that came to nothing, on an id of its own that no other node has seen,
// takes its binding back; else the binding stays until it expires.
func (c *Claims) Release(key messages.NonceKey, outcome messages.Outcome) {
	c.mu.Lock()
	id, own := c.own[key]
	delete(c.own, key)
	c.mu.Unlock()
	if own && outcome == messages.Failed {
		c.unbind(key, id) // before the next attempt of this node may claim
	}
	c.inner.Release(key, outcome)
}

// unbind takes a binding back. If Redis does not answer it stays: a retry then runs under the id of this attempt.
func (c *Claims) unbind(key messages.NonceKey, id core.MessageID) {
	if !c.line.Try() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	if err := unclaimScript.Exec(ctx, c.db.Client, []string{c.name(key)}, []string{id.String()}).Error(); err != nil {
		c.line.Down(fmt.Errorf("release a nonce in redis: %w", err))
		return
	}
	c.line.Up()
}

// nameBytes of SHA-256 name a nonce: enough that no two meet, and short, since hundreds of thousands may be bound.
const nameBytes = 16

// name is the key of a nonce in Redis.
func (c *Claims) name(key messages.NonceKey) string {
	text := make([]byte, 0, 16+len(key.Nonce))
	text = binary.BigEndian.AppendUint64(text, uint64(key.Channel))
	text = binary.BigEndian.AppendUint64(text, uint64(key.Author))
	sum := sha256.Sum256(append(text, key.Nonce...))
	return c.db.Key("nonce", base64.RawURLEncoding.EncodeToString(sum[:nameBytes]))
}
