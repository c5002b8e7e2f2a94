package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

const (
	joinedServers  = 50 // of a person, which is the product's limit
	streamsPerUser = 50 // more than a person has; the limit is off here
	settle         = 2 * time.Second
	timed          = 8 // streams whose deliveries are timed one by one
)

// listener is one event stream that is read to its end.
type listener struct {
	conn    *conn
	heard   *atomic.Int64 // deliveries of all listeners
	mark    []byte        // stands once in each delivery
	latency *hdrhistogram.Histogram
}

// listen opens a stream at a path of a server and waits until it stands.
func listen(addr, path, token string, mark string, heard *atomic.Int64) (*listener, error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	c.r = bufio.NewReaderSize(c, 4<<10)
	if err := c.send("GET", path, token, "text/event-stream", nil); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	status, _, err := c.head()
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("stream was answered %d", status)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &listener{conn: c, heard: heard, mark: []byte(mark)}, nil
}

// sentAt stands before the time of a send in what is sent.
const sentAt = "sent-at-"

// read counts deliveries until the stream ends. A mark that lies across two reads is found by keeping its beginning.
func (l *listener) read() {
	keep := len(l.mark) - 1
	buf := make([]byte, 32<<10)
	have := 0
	for {
		n, err := l.conn.r.Read(buf[have:])
		if err != nil {
			return
		}
		got := buf[:have+n]
		l.heard.Add(int64(bytes.Count(got, l.mark)))
		if l.latency != nil {
			l.time(got[max(0, have-keep):])
		}
		have = copy(buf, got[max(0, len(got)-keep):])
	}
}

// time notes how long ago the messages in a piece of the stream were sent; one that lies across two pieces is left out.
func (l *listener) time(piece []byte) {
	now := time.Now().UnixNano()
	for {
		i := bytes.Index(piece, []byte(sentAt))
		if i < 0 || len(piece) < i+len(sentAt)+19 {
			return
		}
		piece = piece[i+len(sentAt):]
		if sent, err := strconv.ParseInt(string(piece[:19]), 10, 64); err == nil {
			_ = l.latency.RecordValue(max(1, (now-sent)/1000)) // beyond 60 s only when all is lost
		}
		piece = piece[19:]
	}
}

// crowd is many listeners, read by a goroutine each.
type crowd struct {
	listeners []*listener
	heard     atomic.Int64
	wg        sync.WaitGroup
}

// open adds listeners; path and token are asked for each.
func (c *crowd) open(addr string, count int, mark string, who func(i int) (path, token string)) error {
	all := make([]*listener, count)
	var g errgroup.Group
	g.SetLimit(32)
	for i := range all {
		g.Go(func() (err error) {
			path, token := who(i)
			all[i], err = listen(addr, path, token, mark, &c.heard)
			return err
		})
	}
	err := g.Wait()
	for i, l := range all {
		if l == nil {
			continue
		}
		if err := l.conn.SetDeadline(time.Time{}); err != nil {
			return err
		}
		if i < timed {
			l.latency = newHistogram()
		}
		c.listeners = append(c.listeners, l)
		c.wg.Go(l.read)
	}
	return err
}

func (c *crowd) close() {
	for _, l := range c.listeners {
		_ = l.conn.Close()
	}
	c.wg.Wait()
}

// latencies are those of the timed listeners; the crowd must be closed.
func (c *crowd) latencies() *hdrhistogram.Histogram {
	h := newHistogram()
	for _, l := range c.listeners {
		if l.latency != nil {
			h.Merge(l.latency)
		}
	}
	return h
}

// quiet waits until nothing was heard for a moment, at most the limit.
func (c *crowd) quiet(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for before := int64(-1); before != c.heard.Load(); {
		before = c.heard.Load()
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// measureStreams opens streams of people who are in 50 servers each, and looks what that costs while nothing happens.
func measureStreams(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, "streams")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, _, err := s.start(ctx, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	people, err := register(p.addr, "listener", (b.streams+streamsPerUser-1)/streamsPerUser+1)
	defer hangUp(people)
	if err != nil {
		return err
	}
	for i := range joinedServers {
		if _, err := community(people, "server "+strconv.Itoa(i), 1); err != nil {
			return err
		}
	}
	before, heapBefore := p.settled(ctx)
	var c crowd
	defer c.close()
	began := time.Now()
	err = c.open(p.addr, b.streams, "event: message.created", func(i int) (string, string) {
		return "/api/v1/events", people[1+i/streamsPerUser].token
	})
	if err != nil {
		return err
	}
	opened := time.Since(began)
	after, heapAfter := p.settled(ctx)
	note := fmt.Sprintf("%d streams, %d a person, %d servers joined", b.streams, streamsPerUser, joinedServers)
	b.report.add("streams", "memory of an idle stream", (after-before)/float64(b.streams), "KB", "RSS; "+note)
	b.report.add("streams", "heap and stacks of an idle stream", (heapAfter-heapBefore)/float64(b.streams), "KB", "in use after a collection")
	b.report.add("streams", "streams opened", float64(b.streams)/opened.Seconds(), "/s", "")
	b.report.add("streams", "memory of the node", after/1024, "MB", "RSS")
	return nil
}

// settled waits for the node to be idle, has it collect its garbage, and gives RSS and the Go memory in use, in KB.
func (p *process) settled(ctx context.Context) (rss, inUse float64) {
	select {
	case <-ctx.Done():
	case <-time.After(settle):
	}
	for range 2 {
		if answer, err := http.Get("http://" + p.admin + "/debug/pprof/heap?gc=1"); err == nil {
			_ = answer.Body.Close()
		}
	}
	for _, name := range []string{"go_memstats_heap_inuse_bytes", "go_memstats_stack_inuse_bytes"} {
		inUse += p.metric(name) / 1024
	}
	return p.rss(), inUse
}

// metric reads one of the node's own metrics; 0 where there is none.
func (p *process) metric(name string) float64 {
	answer, err := http.Get("http://" + p.admin + "/metrics")
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if value, ok := bytes.CutPrefix(lines.Bytes(), []byte(name+" ")); ok {
			v, _ := strconv.ParseFloat(string(value), 64)
			return v
		}
	}
	return 0
}

// measureFanout has a few people write into one channel that many streams hear.
func measureFanout(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, "fanout")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, _, err := s.start(ctx, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	people, err := register(p.addr, "member", (b.audience+streamsPerUser-1)/streamsPerUser+1)
	defer hangUp(people)
	if err != nil {
		return err
	}
	channels, err := community(people, "fanout", 1)
	if err != nil {
		return err
	}
	var c crowd
	err = c.open(p.addr, b.audience, "event: message.created", func(i int) (string, string) {
		return "/api/v1/events", people[1+i/streamsPerUser].token
	})
	if err != nil {
		c.close()
		return err
	}
	path := "/api/v1/channels/" + channels[0] + "/messages"
	return b.fanout(ctx, "fanout", p, &c, func(text string) error {
		return people[0].call("POST", path[len("/api/v1"):], map[string]string{"content": text}, nil)
	})
}

// fanoutRates are the messages a second that are tried, each for a share of the time: the first is far from the limit of
// anything, for the latency; the last is beyond it.
var fanoutRates = []int{20, 0}

// fanout publishes at each rate and counts what the crowd hears. It closes the crowd.
func (b *bench) fanout(ctx context.Context, part string, p *process, c *crowd, publish func(text string) error) error {
	defer c.close()
	for _, rate := range fanoutRates {
		c.quiet(ctx, settle)
		heard, before := c.heard.Load(), p.usage()
		for _, l := range c.listeners[:min(timed, len(c.listeners))] {
			l.latency.Reset()
		}
		sent, err := b.publishAt(ctx, rate, publish)
		if err != nil {
			return err
		}
		publishing := time.Since(before.at)
		c.quiet(ctx, requestLimit)
		got := c.heard.Load() - heard
		after := p.usage()
		name := fmt.Sprintf("at %d messages/s", rate)
		if rate == 0 {
			name = "one after the other"
		}
		note := fmt.Sprintf("%d streams, %d messages in %.1f s, %.2f %% delivered", len(c.listeners), sent, publishing.Seconds(),
			100*float64(got)/float64(sent*len(c.listeners)))
		b.report.add(part, name+": deliveries", float64(got)/publishing.Seconds(), "/s", note)
		b.report.add(part, name+": deliveries a processor", float64(got)/(after.node-before.node).Seconds(), "/s/core", "node's processor time only, the sends in it")
		b.report.latencies(part, name+": publish to client", c.latencies())
		b.report.busy(part+" "+name, before, after)
	}
	return nil
}

// publishAt publishes for the measurement's time; rate 0 is as fast as the answers come.
func (b *bench) publishAt(ctx context.Context, rate int, publish func(text string) error) (sent int, err error) {
	var pace <-chan time.Time
	if rate > 0 {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		pace = tick.C
	}
	for end := time.Now().Add(b.duration / time.Duration(len(fanoutRates))); time.Now().Before(end) && ctx.Err() == nil; sent++ {
		if pace != nil {
			<-pace
		}
		text := sentAt + strconv.FormatInt(time.Now().UnixNano(), 10) + " " + b.texts[sent%len(b.texts)]
		if err := publish(text); err != nil {
			return sent, err
		}
	}
	return sent, ctx.Err()
}
