package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"github.com/beep-chat/beep/core"
)

// ErrMoved tells that Redis is at another epoch than this log; a Reset follows.
var ErrMoved = errors.New("the log in redis is at another epoch")

// page is a part of the stream, and the state of the log at that moment.
type page struct {
	epoch  string // empty: there is no log
	seq    uint64
	events []stored
}

// readPage reads up to limit events after a position, in one transaction with the epoch they belong to.
func (l *Log) readPage(ctx context.Context, after uint64, limit int) (page, error) {
	c := l.opt.DB.Client
	replies := c.DoMulti(ctx,
		c.B().Multi().Build(),
		c.B().Hmget().Key(l.key.meta).Field("epoch", "seq").Build(),
		c.B().Xrange().Key(l.key.stream).Start(strconv.FormatUint(after+1, 10)).End("+").Count(int64(limit)).Build(),
		c.B().Exec().Build())
	parts, err := replies[3].ToArray()
	if err == nil && len(parts) != 2 {
		err = errors.New("unexpected answer")
	}
	if err != nil {
		return page{}, fmt.Errorf("read the log's stream: %w", err)
	}
	p, err := parsePage(parts[0], parts[1])
	if err != nil {
		return page{}, fmt.Errorf("read the log's stream: %w", err)
	}
	return p, nil
}

func parsePage(meta, stream rueidis.RedisMessage) (page, error) {
	fields, err := meta.ToArray()
	if err != nil {
		return page{}, err
	}
	if len(fields) != 2 || fields[0].IsNil() || fields[1].IsNil() {
		return page{}, nil
	}
	var p page
	if p.epoch, err = fields[0].ToString(); err != nil {
		return page{}, err
	}
	seq, err := fields[1].AsUint64()
	if err != nil {
		return page{}, err
	}
	p.seq = seq
	entries, err := stream.ToArray()
	if err != nil {
		return page{}, err
	}
	p.events = make([]stored, len(entries))
	for i, e := range entries {
		if p.events[i], err = parseEntry(e); err != nil {
			return page{}, err
		}
	}
	return p, nil
}

// parseEntry takes apart [POSITION-0, [e, DATA]].
func parseEntry(m rueidis.RedisMessage) (stored, error) {
	entry, err := m.ToArray()
	if err != nil || len(entry) != 2 {
		return stored{}, errors.Join(errBadFrame, err)
	}
	id, err := entry[0].ToString()
	if err != nil {
		return stored{}, err
	}
	fields, err := entry[1].ToArray()
	if err != nil || len(fields) != 2 {
		return stored{}, errors.Join(errBadFrame, err)
	}
	data, err := fields[1].ToString()
	if err != nil {
		return stored{}, err
	}
	text, _, _ := strings.Cut(id, "-")
	position, err := strconv.ParseUint(text, 10, 64)
	return stored{position: position, data: []byte(data)}, err
}

// Read implements realtime.Log: it asks Redis, for at most MaxRead events and 2 s. ErrMoved says that the position belongs
// to an epoch that has ended.
func (l *Log) Read(after uint64, limit int) ([]core.LoggedEvent, error) {
	if limit <= 0 {
		return nil, nil
	}
	if l.isClosed() {
		return nil, ErrClosed
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	limit = min(limit, MaxRead)
	for {
		epoch := l.Epoch()
		p, err := l.readPage(ctx, after, limit)
		if err != nil {
			return nil, err
		}
		if p.epoch != epoch {
			return nil, ErrMoved
		}
		events, skip := readable(p.events)
		if len(events) > 0 || skip == 0 {
			return events, nil
		}
		after = skip
	}
}

// readable gives the first run of events that can be decoded. Without any it gives the position to go on after; zero when
// there is nothing.
func readable(in []stored) (events []core.LoggedEvent, after uint64) {
	for i := range in {
		if events = decode(in[i : i+contiguous(in[i:])]); len(events) > 0 {
			return events, 0
		}
		after = in[i].position
	}
	return nil, after
}

// contiguous is how many of the first events follow each other.
func contiguous(in []stored) int {
	n := 1
	for n < len(in) && in[n].position == in[n-1].position+1 {
		n++
	}
	return n
}

// Bounds implements realtime.Log. Where Redis does not answer in 2 s, it tells what was seen last.
func (l *Log) Bounds() (oldest, newest uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	p, err := l.readPage(ctx, 0, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	newest = max(l.tip, l.appended)
	if err == nil && p.epoch == l.epoch {
		newest = p.seq
		l.oldest = newest + 1
		if len(p.events) > 0 {
			l.oldest = p.events[0].position
		}
	}
	if newest == 0 {
		return 0, 0
	}
	return min(max(l.oldest, 1), newest+1), newest
}
