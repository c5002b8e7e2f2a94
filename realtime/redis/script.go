package redis

import (
	"context"
	"crypto/rand"
	_ "embed" // the scripts
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

var (
	//go:embed lua/begin.lua
	beginLua string
	//go:embed lua/append.lua
	appendLua string
	//go:embed lua/probe.lua
	probeLua string
)

// scripts are what runs inside Redis, each in one step.
type scripts struct {
	append, probe *rueidis.Lua
	probeText     string
}

func newScripts(begin, app, probe string) scripts {
	return scripts{append: rueidis.NewLuaScript(begin + app), probe: rueidis.NewLuaScript(begin + probe), probeText: begin + probe}
}

// state is what the scripts say of the log.
type state struct {
	epoch string
	seq   uint64    // newest position
	from  uint64    // the epoch's positions are the ones after it
	born  time.Time // when the epoch began, by Redis's clock
	added int       // events appended by this call
}

// ErrOtherCluster tells that this Redis holds the log of another Beep.
var ErrOtherCluster = errors.New("redis holds the log of another Beep")

const otherClusterReply = "BEEPCLUSTER "

func (l *Log) parseState(r rueidis.RedisResult) (state, error) {
	parts, err := r.ToArray()
	if err != nil {
		return state{}, l.explain(err)
	}
	if len(parts) != 5 {
		return state{}, fmt.Errorf("the log's script answered with %d parts instead of 5", len(parts))
	}
	var s state
	if s.epoch, err = parts[0].ToString(); err != nil {
		return state{}, fmt.Errorf("the log's script: epoch: %w", err)
	}
	var n [4]int64
	for i := range n {
		if n[i], err = parts[i+1].ToInt64(); err != nil {
			return state{}, fmt.Errorf("the log's script: part %d: %w", i+1, err)
		}
	}
	s.seq, s.from, s.born, s.added = uint64(n[0]), uint64(n[1]), time.UnixMilli(n[2]).UTC(), int(n[3])
	return s, nil
}

// explain says whose log is in the way.
func (l *Log) explain(err error) error {
	e, ok := rueidis.IsRedisErr(err)
	if !ok {
		return err
	}
	_, other, ok := strings.Cut(e.Error(), otherClusterReply)
	if !ok {
		return err
	}
	return fmt.Errorf("redis at %s: %w (cluster %s; this is %s): give each its own redis.prefix or redis.database",
		l.addr(), ErrOtherCluster, other, l.opt.Cluster)
}

func (l *Log) addr() string {
	for addr := range l.opt.DB.Client.Nodes() {
		return addr
	}
	return "?"
}

// args are the arguments that every script begins with.
func (l *Log) args(more ...string) []string {
	epoch, newest := l.known()
	return append([]string{l.opt.Cluster, rand.Text()[:16], epoch, strconv.FormatUint(newest, 10),
		strconv.FormatInt(l.opt.MaxAge.Milliseconds(), 10), strconv.Itoa(l.opt.MaxBytes), l.channel}, more...)
}

func (l *Log) keys() []string { return []string{l.key.meta, l.key.stream, l.key.marks} }

// probe publishes a probe known by tag, and tells the state of the log. It ends the epoch where it must.
func (l *Log) probe(ctx context.Context, tag string) (state, error) {
	return l.parseState(l.scripts.probe.Exec(ctx, l.opt.DB.Client, l.keys(), l.args(tag)))
}

// meet asks for the state on a given connection, so that it is that of the server the connection goes to.
func (l *Log) meet(ctx context.Context, c rueidis.DedicatedClient) (state, error) {
	return l.parseState(c.Do(ctx, c.B().Eval().Script(l.scripts.probeText).Numkeys(3).Key(l.keys()...).Arg(l.args("")...).Build()))
}
